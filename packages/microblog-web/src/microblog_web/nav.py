"""The navigation: which links a reader gets, in which order, and which of them is the page that is shown."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microblog_core.domain.permissions import Actor
from microblog_core.ports.policies import Authoriser
from microblog_web.contributions import NavItem, NavPlace


class NavView(msgspec.Struct, frozen=True, kw_only=True):
    """The links of one kind of reader."""

    main: tuple[NavItem, ...]
    account: tuple[NavItem, ...]
    footer: tuple[NavItem, ...]
    settings: tuple[NavItem, ...]
    admin: tuple[NavItem, ...] = ()


NOBODY: frozenset[str] = frozenset()


class Nav:
    """All links of a site; later items replace earlier ones with the same key."""

    def __init__(self, items: Iterable[NavItem]) -> None:
        by_key = {item.key: item for item in items}
        self._items = sorted(by_key.values(), key=lambda item: item.order)
        self._permissions = sorted({item.permission for item in self._items if item.permission})
        self._views = {
            (False, NOBODY): self._view("anonymous", NOBODY),
            (True, NOBODY): self._view("member", NOBODY),
        }

    def allowed(self, authoriser: Authoriser, actor: Actor) -> frozenset[str]:
        """Those permissions that decide about links and that somebody has; none for visitors."""
        if actor.account is None:
            return NOBODY
        return frozenset(name for name in self._permissions if authoriser.allows(actor, name))

    def view(self, *, logged_in: bool, allowed: frozenset[str] = NOBODY) -> NavView:
        """The links for somebody who is logged in and has these permissions, or isn't."""
        return self._views.get((logged_in, allowed)) or self._view(
            "member" if logged_in else "anonymous", allowed
        )

    def _view(self, kind: str, allowed: frozenset[str]) -> NavView:
        shown = [
            item
            for item in self._items
            if item.show in ("always", kind) and (not item.permission or item.permission in allowed)
        ]

        def at(place: NavPlace) -> tuple[NavItem, ...]:
            return tuple(item for item in shown if item.place == place)

        return NavView(
            main=at("main"),
            account=at("account"),
            footer=at("footer"),
            settings=at("settings"),
            admin=at("admin"),
        )
