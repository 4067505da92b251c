from __future__ import annotations

from microblog_core.domain.events import CORE_EVENTS, AccountCreated, Event, LoggedIn, encode_event
from microblog_core.memory.storage import MemoryStorage
from microblog_core.ports.operations import Signal
from microblog_core.ports.storage import SIGNALS
from microblog_core.runtime.bus import MemoryBus
from microblog_core.runtime.signals import relay_signals
from microblog_core.testing.world import make_ports


class Signalling(MemoryStorage):
    """Tells itself what it commits, as another process would hear it."""

    capabilities = MemoryStorage.capabilities | {SIGNALS}

    def hear(self, on_signal):
        self.on_signal = on_signal

    async def commit(self, operations):
        await super().commit([each for each in operations if not isinstance(each, Signal)])
        for each in operations:
            if isinstance(each, Signal):
                self.on_signal(each.event)


async def test_what_a_unit_of_work_emits_goes_to_other_processes_with_its_commit():
    storage, bus, heard = Signalling(), MemoryBus(), []
    relay_signals(storage, bus, CORE_EVENTS)
    bus.subscribe(Event, heard.append, everywhere=True)
    unit = make_ports(storage=storage).unit()
    events = [AccountCreated(id=1, at=2, account_id=3), LoggedIn(id=4, at=5, account_id=3)]
    for event in events:
        unit.emit(event)
    assert heard == []
    await unit.commit()
    assert heard == events


def test_an_event_that_is_not_understood_is_passed_over():
    storage, bus, heard = Signalling(), MemoryBus(), []
    relay_signals(storage, bus, CORE_EVENTS)
    bus.subscribe(Event, heard.append, everywhere=True)
    event = LoggedIn(id=4, at=5, account_id=3)
    for said in (b'{"type":"tips.tipped","id":1,"at":1}', b"no json", b'{"type":"account.created"}'):
        storage.on_signal(said)
    storage.on_signal(encode_event(event))
    assert heard == [event]


def test_a_storage_of_one_process_is_left_alone():
    relay_signals(MemoryStorage(), MemoryBus(), CORE_EVENTS)
