"""What all entities have in common, and the small ones that many hold."""

from __future__ import annotations

import msgspec


class Entity(msgspec.Struct, kw_only=True, gc=False):
    """The root of entities. None ever holds itself, so the collector of cycles needn't look at them."""


class Empty(Entity):
    """`{}`: done, and nothing to tell."""


class CustomEmoji(Entity):
    """A picture that stands for `:shortcode:` in texts."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None = None


class Field(Entity):
    """A name and a value (HTML) on a profile."""

    name: str
    value: str
    verified_at: str | None = None
