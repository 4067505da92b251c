"""Events: their names on the wire, and that they survive it."""

from __future__ import annotations

import msgspec
import pytest

from microblog_core.domain.events import CORE_EVENTS, Event, JobsQueued

PLAIN: dict[object, object] = {str: "x", bool: True}


def test_every_event_of_core_is_listed_under_its_own_name() -> None:
    types = [event.type for event in CORE_EVENTS]
    assert len(set(types)) == len(types)
    own = {kind for kind in Event.__subclasses__() if kind.__module__ == Event.__module__}
    assert own == {*CORE_EVENTS, JobsQueued}


@pytest.mark.parametrize("kind", CORE_EVENTS, ids=lambda kind: kind.type)
def test_an_event_survives_json(kind: type[Event]) -> None:
    values = {
        field.name: PLAIN.get(field.type, (1, 2) if "tuple" in str(field.type) else 7)
        for field in msgspec.structs.fields(kind)
        if "tuple[str" not in str(field.type)
    }
    event = kind(**values)
    assert msgspec.json.decode(msgspec.json.encode(event), type=kind) == event
