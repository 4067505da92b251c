"""Short plain texts from posts, for titles and previews."""

from __future__ import annotations

from microblog_core.domain.posts import Post


def excerpt(post: Post, length: int) -> str:
    """At most `length` characters of a post on one line; of its content warning where it has one, of what its
    pictures are where it has no text.
    """
    described = " ".join(each.description for each in post.attachments)
    return shortened(post.spoiler or post.text or described, length)


def shortened(text: str, length: int) -> str:
    """At most `length` characters of a text on one line."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
