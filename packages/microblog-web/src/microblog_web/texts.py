"""Short plain texts: from posts for titles and previews, from what browsers call themselves."""

from __future__ import annotations

from microblog_core.domain.posts import Post


def excerpt(post: Post, length: int) -> str:
    """At most `length` characters of a post on one line; of its content warning where it has one, of what its
    pictures are where it has no text.
    """
    described = " ".join(each.description for each in post.attachments)
    text = " ".join((post.spoiler or post.text or described).split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


# In this order: browsers name those that they descend from, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """`Firefox on Linux` for a `User-Agent` field; its beginning where it is no known browser."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " on ".join(part for part in (browser, system) if part) or user_agent[:40]
