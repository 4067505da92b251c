"""`after`, `before` and `requires` are kept, everything else stays where it was, and circles are found."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from microblog_core.contributions import Manifest
from microblog_core.plugins.ordering import in_order


def manifests(**wishes: dict[str, tuple[str, ...]]) -> dict[str, Manifest]:
    return {name: Manifest(name=name, **wish) for name, wish in wishes.items()}


def test_without_wishes_nothing_moves():
    assert in_order(manifests(c={}, a={}, b={})) == (("c", "a", "b"), {})


def test_after_before_and_requires_are_kept():
    order, cycles = in_order(
        manifests(
            a={"after": ("d",)}, b={}, c={"before": ("b",)}, d={"requires": ("c",)}, e={"before": ("a",)}
        )
    )
    assert order == ("c", "b", "d", "e", "a")
    assert cycles == {}


def test_names_that_are_not_there_are_ignored():
    assert in_order(manifests(a={"after": ("ghost",), "before": ("ghost",)}, b={}))[0] == ("a", "b")


def test_a_circle_is_named_and_leaves_the_others_in_order():
    order, cycles = in_order(
        manifests(a={"after": ("b",)}, b={"after": ("c",)}, c={"after": ("a",)}, d={"after": ("a",)}, e={})
    )
    assert cycles == {"a": ("a", "b", "c", "a"), "b": ("b", "c", "a", "b"), "c": ("c", "a", "b", "c")}
    assert order == ("d", "e")


def test_a_plugin_after_itself_is_a_circle():
    assert in_order(manifests(a={"after": ("a",)}))[1] == {"a": ("a", "a")}


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_every_wish_of_any_set_without_circles_is_kept(seed, size):
    chance = random.Random(seed)
    names = [f"p{index}" for index in range(size)]
    rank = {name: chance.random() for name in names}
    wishes = {
        name: Manifest(
            name=name,
            after=tuple(other for other in names if rank[other] < rank[name] and chance.random() < 0.4),
        )
        for name in names
    }
    order, cycles = in_order(wishes)
    assert cycles == {}
    assert sorted(order) == sorted(names)
    for name, manifest in wishes.items():
        assert all(order.index(other) < order.index(name) for other in manifest.after)
