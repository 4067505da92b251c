from __future__ import annotations

from typing import Any

import pytest

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.services import accounts, posts, statistics


async def _publish(site: Any) -> None:
    """An operator makes the account: sign-up may be closed."""
    command = accounts.CreateAccount(username="ada", email="ada@example.org", password="correct horse")
    ada = await accounts.create_account(site.ports, SYSTEM, command)
    for visibility in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS):
        post = posts.PublishPost(text="Hello", visibility=visibility)
        await posts.publish_post(site.ports, Actor(account=ada), post)


@pytest.mark.parametrize("slash", ["", "/"])
async def test_both_shapes_say_what_the_site_is_with_and_without_a_slash(serving: Any, slash: str) -> None:
    async with serving(
        title="Ada's place", description="Small", post_length=700, registrations="closed"
    ) as http:
        await _publish(http.site)
        first = (await http.get("/api/v1/instance" + slash)).json()
        second = (await http.get("/api/v2/instance" + slash)).json()
    assert first["uri"] == second["domain"] == "localhost:8000"
    assert first["title"] == second["title"] == "Ada's place"
    assert first["stats"] == {"user_count": 1, "status_count": 2, "domain_count": 0}
    assert first["registrations"] is second["registrations"]["enabled"] is False
    for configuration in (first["configuration"], second["configuration"]):
        assert configuration["statuses"]["max_characters"] == 700
    assert first["version"] == second["version"]
    assert "Microblog" in first["version"]


async def test_the_domain_is_the_configured_public_address(serving: Any) -> None:
    async with serving(base_url="https://ada.example") as http:
        assert (await http.get("/api/v1/instance")).json()["uri"] == "ada.example"
        assert (await http.get("/api/v2/instance")).json()["domain"] == "ada.example"


async def test_the_activity_of_twelve_weeks_is_in_strings_the_newest_first(serving: Any) -> None:
    async with serving() as http:
        await _publish(http.site)
        ports = http.site.ports
        await statistics.compute(ports, started=ports.clock.now() + 1, limit=1000)
        weeks = (await http.get("/api/v1/instance/activity")).json()
        assert len(weeks) == 12
        assert {name: weeks[0][name] for name in ("statuses", "logins", "registrations")} == {
            "statuses": "2",
            "logins": "1",
            "registrations": "1",
        }
        assert int(weeks[0]["week"]) - int(weeks[1]["week"]) == 7 * 24 * 3600
        assert (await http.get("/api/v2/instance")).json()["usage"]["users"]["active_month"] == 1
        assert (await http.get("/nodeinfo/2.0")).json()["usage"]["users"]["activeMonth"] == 1


async def test_activity_that_is_not_public_is_nothing(serving: Any) -> None:
    async with serving(statistics="operators") as http:
        assert (await http.get("/api/v1/instance/activity")).json() == []
