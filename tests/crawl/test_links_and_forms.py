"""Every link and every form of the site, as everybody: nothing breaks, nothing is dead, all HTML is valid."""

from __future__ import annotations

import pytest

from .routes import UNREACHED, all_routes
from .town import ROLES, Town
from .walking import Walk

REACHED: dict[str, set[str]] = {}
"""The routes that each role came to."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ROLES)
def test_no_link_is_dead_and_no_form_breaks(town: Town, role: str):
    walk = Walk(town, role, town.client(role))
    walk.everywhere()
    assert len(walk.pages) > 20
    walk.send_all(filled=True)
    if role == "member":
        # A new password ended all other sessions: here is one to end by its own button.
        town.other_browser(role).close()
    # What the forms made has pages and forms of its own.
    walk.pages.clear()
    walk.kinds.clear()
    walk.everywhere()
    walk.send_all(filled=False)
    walk.client.close()
    REACHED[role] = walk.reached
    assert not walk.problems, "\n".join(sorted(set(walk.problems)))


def test_every_route_was_reached(town: Town):
    assert REACHED.keys() == ROLES.keys(), "run the whole file"
    missed = all_routes().keys() - set().union(*REACHED.values())
    unknown, needless = sorted(missed - UNREACHED.keys()), sorted(UNREACHED.keys() - missed)
    assert not unknown, "no link or button leads there: link to it, or say why not in routes.py"
    assert not needless, "these are reached, and need no reason"
