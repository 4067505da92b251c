"""Who listens gets a status again when what its link shows is known."""

from __future__ import annotations

import contextlib

import pytest

from microblog_core.domain.events import LinkPreviewChanged
from microblog_core.domain.link_previews import LinkPreview


class Known:
    def __init__(self):
        self.title = ""

    async def of(self, posts):
        if not self.title:
            return {}
        return {post.id: LinkPreview(url="https://x.example/", title=self.title) for post in posts}


@pytest.fixture
def known():
    return Known()


@pytest.fixture
async def api(serving, make_api, known):
    async with contextlib.AsyncExitStack() as stack:
        yield make_api(await stack.enter_async_context(serving(link_previews=(known,))), stack)


async def test_a_preview_that_comes_is_an_update_of_the_status_and_no_edit(town, known):
    ann, ben = await town.api.people("ann", "ben")
    await ben.post(f"/api/v1/accounts/{ann.id}/follow")
    stream, told = await town.events("/user/", ben), await town.events("/user/notification", ben)
    written = await ann.write("https://x.example/")
    name, status = await stream.event()
    assert (name, status["card"]) == ("update", None)
    known.title = "Known"
    unit, now = town.ports.unit(), town.ports.clock.now()
    unit.emit(
        LinkPreviewChanged(
            id=town.ports.ids.at(now), at=now, post_id=int(written["id"]), account_id=int(ann.id)
        )
    )
    await unit.commit()
    name, status = await stream.event()
    assert (name, status["id"], status["card"]["title"]) == ("status.update", written["id"], "Known")
    assert status["edited_at"] is None
    await ann.write("Hello @ben https://x.example/")
    came = dict([await stream.event(), await stream.event()])
    assert came["update"]["card"]["title"] == "Known"
    assert came["notification"]["status"]["card"]["title"] == "Known"
    assert (await told.event())[1]["status"]["card"]["title"] == "Known"
