"""The navigation: which links a reader gets, in which order, and which of them is the page that is shown."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_web.contributions import NavItem, NavPlace


class NavView(msgspec.Struct, frozen=True, kw_only=True):
    """The links of one kind of reader."""

    main: tuple[NavItem, ...]
    account: tuple[NavItem, ...]
    footer: tuple[NavItem, ...]
    settings: tuple[NavItem, ...]


class Nav:
    """All links of a site; later items replace earlier ones with the same key."""

    def __init__(self, items: Iterable[NavItem]) -> None:
        by_key = {item.key: item for item in items}
        self._items = sorted(by_key.values(), key=lambda item: item.order)
        self._anonymous, self._member = self._view("anonymous"), self._view("member")
        self._moderator = self._view("member", "moderator")

    def view(self, *, logged_in: bool, moderator: bool = False) -> NavView:
        """The links for somebody who is logged in, maybe as a moderator, or isn't."""
        if not logged_in:
            return self._anonymous
        return self._moderator if moderator else self._member

    def _view(self, *kinds: str) -> NavView:
        def at(place: NavPlace) -> tuple[NavItem, ...]:
            shown = ("always", *kinds)
            return tuple(item for item in self._items if item.place == place and item.show in shown)

        return NavView(main=at("main"), account=at("account"), footer=at("footer"), settings=at("settings"))
