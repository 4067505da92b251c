"""Synchronous functions of plugins on a thread beside: as if called at once, but for what waits."""

from __future__ import annotations

import contextvars
import threading
from types import SimpleNamespace

import pytest

from microblog_core.plugins.beside import Beside, beside, functions_beside
from microblog_core.plugins.guard import TimeBudgetExceeded

PLACE = contextvars.ContextVar("place", default="")


def test_it_sees_the_caller_s_context_and_gives_its_answer_or_its_exception():
    aside = Beside("sample", "a thing")
    PLACE.set("here")
    assert aside.call(lambda left, *, right: (PLACE.get(), left + right), 1, right=2) == ("here", 3)
    with pytest.raises(ValueError, match="no good"):
        aside.call(lambda: (_ for _ in ()).throw(ValueError("no good")))


def test_a_generator_runs_to_its_end_there():
    def numbers():
        yield threading.current_thread().name
        yield 2

    name, two = Beside("sample", "a thing").call(numbers)
    assert (name, two) == ("microblog: a thing of the plugin sample", 2)


def test_threads_are_used_again():
    aside = Beside("sample", "a thing")
    assert len({aside.call(threading.get_ident) for _ in range(20)}) == 1


def test_what_waits_is_given_up_and_left_alone_until_it_comes_back():
    aside, holding, calls = Beside("sample", "a thing", 0.05), threading.Event(), []

    def waiting():
        calls.append(1)
        holding.wait()

    with pytest.raises(TimeBudgetExceeded, match="a thing of the plugin sample took longer"):
        aside.call(waiting)
    with pytest.raises(TimeBudgetExceeded, match="has not come back"):
        aside.call(waiting)
    assert calls == [1]
    (stuck,) = aside._stuck
    holding.set()
    assert stuck.ended.wait(5)
    aside.call(waiting)
    assert calls == [1, 1]


def test_a_stand_in_is_the_object_but_for_its_methods():
    policy = SimpleNamespace(decide=lambda *what: threading.current_thread().name, name="mine")
    (other,) = beside("sample", {"register_policies": (policy,)}, 1.0)["register_policies"]
    assert other == policy
    assert hash(other) == id(policy)
    assert (other.name, type(other).__name__, repr(other)) == ("mine", "SimpleNamespace", repr(policy))
    assert other.decide() == "microblog: the SimpleNamespace of the plugin sample"


def test_what_is_not_synchronous_or_a_value_stays_as_it_is():
    async def later() -> None: ...

    channels = (SimpleNamespace(name="x"),)
    assert beside("sample", {"register_channels": channels}, 1.0)["register_channels"][0] is channels[0]
    values = functions_beside("sample", {"later": later, "kind": dict, "number": 7, "add": int.__add__})
    assert (values["later"], values["kind"], values["number"]) == (later, dict, 7)
    assert values["add"](1, 2) == 3
