from __future__ import annotations

from microblog_core.domain.events import AccountCreated, Event, LoggedIn
from microblog_core.runtime.bus import MemoryBus


def test_observers_hear_their_type_and_its_subtypes_in_order_of_subscription():
    bus, heard = MemoryBus(), []
    bus.subscribe(AccountCreated, lambda event: heard.append(("first", event.id)))
    bus.subscribe(AccountCreated, lambda event: heard.append(("second", event.id)))
    bus.subscribe(Event, lambda event: heard.append(("all", event.id)))

    bus.publish(AccountCreated(id=1, at=0, account_id=7))
    bus.publish(LoggedIn(id=2, at=0, account_id=7))

    assert heard == [("first", 1), ("second", 1), ("all", 1), ("all", 2)]


def test_other_processes_events_are_told_only_to_who_listens_everywhere():
    bus, here, everywhere = MemoryBus(), [], []
    bus.subscribe(Event, lambda event: here.append(event.id))
    stop = bus.subscribe(AccountCreated, lambda event: everywhere.append(event.id), everywhere=True)
    bus.publish(AccountCreated(id=1, at=0, account_id=7))
    bus.relay(AccountCreated(id=2, at=0, account_id=7))
    stop()
    bus.relay(AccountCreated(id=3, at=0, account_id=7))
    assert (here, everywhere) == ([1], [1, 2])


def test_an_observer_that_raises_is_counted_and_logged_and_hurts_nobody(caplog):
    bus, heard = MemoryBus(), []

    def broken(event: LoggedIn) -> None:
        raise RuntimeError("boom")

    bus.subscribe(LoggedIn, broken)
    bus.subscribe(LoggedIn, lambda event: heard.append(event.id))
    bus.publish(LoggedIn(id=1, at=0, account_id=7))

    assert heard == [1]
    assert bus.failures == 1
    assert "boom" in caplog.text


def test_ending_a_subscription_ends_only_that_one_and_may_be_repeated():
    bus, heard = MemoryBus(), []
    end = bus.subscribe(LoggedIn, heard.append)
    bus.subscribe(LoggedIn, heard.append)
    end()
    end()
    bus.publish(LoggedIn(id=1, at=0, account_id=7))
    assert len(heard) == 1


def test_an_observer_may_end_its_own_subscription_while_it_is_told():
    bus, heard = MemoryBus(), []

    def once(event: LoggedIn) -> None:
        heard.append(event.id)
        end()

    end = bus.subscribe(LoggedIn, once)
    bus.publish(LoggedIn(id=1, at=0, account_id=7))
    bus.publish(LoggedIn(id=2, at=0, account_id=7))
    assert heard == [1]
