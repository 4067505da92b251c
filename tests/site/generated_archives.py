"""Archives as Mastodon writes them (https://docs.joinmastodon.org/spec/activitypub/), with all that is wrong
in real ones.
"""

from __future__ import annotations

import io
import json
import random
import tarfile
from collections.abc import Mapping
from typing import Any

from .archive_towns import picture

OLD = "https://old.example"
ME = f"{OLD}/users/ada"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
YEAR = 2017


def note(number: int, content: str, **changes: Any) -> dict[str, Any]:
    """A public post; its dates follow its number."""
    uri = f"{ME}/statuses/{number}"
    day = number % 28 + 1
    published = f"{YEAR + number // 3000 % 9}-{number // 28 % 12 + 1:02}-{day:02}T10:{number % 60:02}:00Z"
    inner = {
        "id": uri,
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": published,
        "url": f"{OLD}/@ada/{number}",
        "attributedTo": ME,
        "to": [PUBLIC],
        "cc": [f"{ME}/followers"],
        "sensitive": False,
        "atomUri": uri,
        "content": content,
        "contentMap": {"en": content},
        "attachment": [],
        "tag": [],
        "replies": {"id": f"{uri}/replies", "type": "Collection", "first": {"type": "CollectionPage"}},
        **changes,
    }
    return {
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": ME,
        "published": inner["published"],
        "to": inner["to"],
        "cc": inner["cc"],
        "object": inner,
        "signature": {"type": "RsaSignature2017", "creator": f"{ME}#main-key", "signatureValue": "x" * 40},
    }


def boost(number: int, of: str) -> dict[str, Any]:
    return {
        "id": f"{ME}/statuses/{number}/activity",
        "type": "Announce",
        "actor": ME,
        "published": "2020-02-02T02:02:02Z",
        "to": [PUBLIC],
        "cc": [],
        "object": of,
    }


def document(name: str, kind: str = "image/png", **changes: Any) -> dict[str, Any]:
    url = f"/old-example/media_attachments/files/{name}"
    return {"type": "Document", "mediaType": kind, "url": url, "name": "A picture", **changes}


PICTURES = {
    "media_attachments/files/109/1/original/red.png": picture("red"),
    "media_attachments/files/109/2/original/green.jpg": picture("green", "JPEG"),
    "media_attachments/files/109/3/original/broken.png": b"\x89PNG\r\n\x1a\n broken",
    "media_attachments/files/109/4/original/film.mp4": b"\0\0\0\x18ftypmp42 a film",
}

ODD: Mapping[str, Any] = {
    "a like": {"id": f"{ME}#likes/1", "type": "Like", "object": "https://x.example/1"},
    "a word": "not an activity",
    "a number": 7,
    "nothing": None,
    "no date": note(90_001, "<p>When?</p>", published="last summer"),
    "to come": note(90_002, "<p>Later</p>", published="2999-01-01T00:00:00Z"),
    "before there was a web": note(90_003, "<p>Early</p>", published="1066-10-14T00:00:00Z"),
    "somebody else's": note(90_004, "<p>Not mine</p>", attributedTo="https://x.example/users/eve"),
    "without a name": {
        "type": "Create",
        "object": {"type": "Note", "content": "x", "published": "2020-01-01"},
    },
    "empty": note(90_005, ""),
    "a film only": note(90_006, "", attachment=[document("109/4/original/film.mp4", "video/mp4")]),
    "a lost picture only": note(90_007, "", attachment=[document("gone.png")]),
    "a broken picture only": note(90_008, "", attachment=[document("109/3/original/broken.png")]),
    "out of the folder": note(90_009, "", attachment=[document("../../../../../etc/passwd")]),
    "too long": note(90_010, f"<p>{'word ' * 6000}</p>"),
    "a boost from afar": boost(90_011, "https://x.example/users/eve/statuses/1"),
    "a boost of nothing": {"id": "b", "type": "Announce", "published": "2020-01-01T00:00:00Z"},
    "too many tags": note(90_012, " ".join(f"#tag{number}" for number in range(500))),
}
"""Entries of which nothing can be taken."""


def plain(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """So many posts of all kinds that can be taken."""
    chance = random.Random(seed)
    posts = []
    for number in range(1, count + 1):
        kind = chance.randrange(12)
        tea = f"<a href='{OLD}/tags/tea' class='mention hashtag'>#<span>tea</span></a>"
        content = f"<p>Post {number} about {tea}</p>"
        changes: dict[str, Any] = {}
        if kind == 0 and number > 10:
            changes["inReplyTo"] = f"{ME}/statuses/{number - chance.randrange(1, 5)}"
        elif kind == 1:
            changes |= {"summary": "Careful", "sensitive": True}
        elif kind == 2:
            changes |= {"to": [f"{ME}/followers"], "cc": []}
        elif kind == 3:
            changes |= {"to": [f"{ME}/followers"], "cc": [PUBLIC]}
        elif kind == 4:
            changes |= {"to": ["https://x.example/users/eve"], "cc": []}
        elif kind == 5:
            options = [
                {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}
                for name, votes in (("Tea", 3), ("Coffee", 2))
            ]
            changes |= {
                "type": "Question",
                "oneOf": options,
                "endTime": "2021-01-01T00:00:00Z",
                "votersCount": 5,
            }
        elif kind == 6:
            changes["inReplyTo"] = "https://x.example/users/eve/statuses/7"
            eve = '<a href="https://x.example/@eve" class="u-url mention">@<span>eve</span></a>'
            content = f'<p><span class="h-card">{eve}</span> yes, {number}</p>'
        posts.append(note(number, content, **changes))
    return posts


def as_tar(outbox: bytes, files: Mapping[str, bytes], **collections: Any) -> bytes:
    """A .tar.gz as Mastodon writes it."""
    person = {"id": ME, "type": "Person", "preferredUsername": "ada", "name": "Ada", "outbox": "outbox.json"}
    contents = {"outbox.json": outbox, "actor.json": json.dumps(person).encode(), **files}
    contents |= {
        f"{name}.json": json.dumps({"orderedItems": value}).encode() for name, value in collections.items()
    }
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz", compresslevel=1) as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return output.getvalue()


def outbox(entries: list[Any]) -> bytes:
    head = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "outbox.json",
        "type": "OrderedCollection",
    }
    return json.dumps({**head, "totalItems": len(entries), "orderedItems": entries}).encode()
