"""A house whose site takes pictures, and how its forms are sent with files."""

from __future__ import annotations

import dataclasses

import pytest

from microblog_core.domain.errors import Invalid
from microblog_core.domain.media import CENTRE, MediaKind
from microblog_core.ports.media import MediaFacts, ProcessedMedia, Rendition


class Sketcher:
    """A media processor that draws without a library."""

    name = "sketcher"
    content_types = ("image/png",)

    def probe(self, data):
        return MediaFacts(kind=MediaKind.IMAGE, content_type="image/png") if data[:3] == b"PIC" else None

    async def process(self, data, purpose, focus=CENTRE):
        if b"broken" in data:
            raise Invalid(fields={"file": "This file is broken."})
        return ProcessedMedia(
            kind=MediaKind.IMAGE,
            picture=Rendition(content_type="image/png", data=data, width=30, height=20),
            preview=Rendition(content_type="image/webp", data=b"small", width=3, height=2),
        )


@pytest.fixture
def drawing(house):
    """The house; its site takes files that begin with `PIC`."""
    house.site._ports = dataclasses.replace(house.site.ports, processors=(Sketcher(),))
    return house


@pytest.fixture
def send_file():
    """Send the form of a page that has this action, with files by their fields."""

    async def send(visitor, page, action, files, **values):
        form = next(each for each in (await visitor.get(page)).forms() if each.action == action)
        return await visitor.http.post(
            action,
            data={**form.fields, **values},
            files={name: (f"{name}.png", data, "image/png") for name, data in files.items()},
            headers={"origin": "http://localhost:8000"},
        )

    return send
