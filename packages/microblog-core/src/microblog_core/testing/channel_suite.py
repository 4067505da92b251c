"""The contract of channels as tests: subclass `ChannelSuite`, give it your channel on a rig, and run pytest.

    class TestMyChannel(ChannelSuite):
        @pytest.fixture
        async def rig(self):
            yield MyRig(...)   # a channel, and an other side that has got nothing yet

A `Rig` is the channel together with its other side: a mail server, a push service, a log, whatever takes
what is delivered, and can be made to misbehave.
"""

from __future__ import annotations

import asyncio
import enum
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import pytest

from microblog_core.domain.deliveries import Frequency
from microblog_core.domain.notifications import Message, NotificationKind
from microblog_core.ports.channels import (
    AddressGone,
    BulkChannel,
    Channel,
    DeliveryError,
    Permanent,
    PreferredChannel,
    ReachingChannel,
    Temporary,
    Unclear,
    Unreachable,
    frequencies_offered,
)

PATIENCE = 20.0
"""Seconds that a delivery to an other side that hangs may take. Give your channel a shorter time-out for
tests.
"""
AT_ONCE = 10
HOSTILE = (
    "",
    " \n ",
    "a" * 20_000,
    "one\r\nBcc: eve@example.org\r\n\r\nSubject: two",
    "\r\n.\r\nQUIT\r\n",
    "\0\x01\x1b[31m\x7f\u2028\u2029",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe \N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
    "</p><script>alert(1)</script>&lt;",
    "{{ 7 * 7 }} ${x} %s %(x)s {0} \\N{DASH} $(id) `id`",
    "=?utf-8?q?=00?= \\u0000 \\",
)
PREFERRED = ("label", "defaults", "fold_seconds", "digest_hour", "by_address")
NO_ACCOUNT = 7
"""The id of nobody's account."""


class Trouble(enum.StrEnum):
    """How an other side can fail."""

    AWAY = "away"
    """Nobody answers: connections are refused."""
    BUSY = "busy"
    """It says to come back later."""
    REFUSED = "refused"
    """It says that it will never take this message."""
    GONE = "gone"
    """It says that there is no such address any more."""
    BROKEN = "broken"
    """It breaks off in the middle, or answers nonsense."""
    UNANSWERED = "unanswered"
    """It takes the message whole, and is gone before it says so."""
    HANGING = "hanging"
    """It says nothing at all, for longer than the channel waits."""


PASSING = (Trouble.AWAY, Trouble.BUSY, Trouble.BROKEN, Trouble.UNANSWERED, Trouble.HANGING)
"""What may be over the next time."""


class Received(NamedTuple):
    """What came to the other side. `identity` is by what it knows a message that comes again: an id in it, or
    the text itself; `text` holds what the message said.
    """

    identity: str
    text: str


class Rig(Protocol):
    """A channel and its other side. `troubles` are those that the other side can have; `account_id` is of
    somebody who can be reached.
    """

    channel: Channel
    troubles: frozenset[Trouble]
    account_id: int

    async def message(self, text: str) -> Message:
        """A message to this account that says this, to which the channel can deliver."""
        ...

    async def received(self) -> Sequence[Received]:
        """All that has come to the other side so far, once what is on its way has arrived."""
        ...

    async def trouble(self, trouble: Trouble | None) -> None:
        """Let the other side have this trouble from now on; None ends it."""
        ...


class ChannelSuite:
    """What every channel must do. Fixture: `rig`."""

    async def send(self, rig: Rig, text: str, key: str) -> None:
        """Deliver one message, in time."""
        message = await rig.message(text)
        async with asyncio.timeout(PATIENCE):
            await rig.channel.deliver(message, key=key)

    async def fails(self, rig: Rig, trouble: Trouble, text: str = "mark-fails") -> DeliveryError | None:
        """How a delivery fails in this trouble; None where the other side never has it."""
        if trouble not in rig.troubles:
            return None
        message = await rig.message(text)
        await rig.trouble(trouble)
        try:
            async with asyncio.timeout(PATIENCE):
                await rig.channel.deliver(message, key=f"key-{trouble}")
        except DeliveryError as error:
            return error
        except Exception as error:
            pytest.fail(f"{trouble}: it raises {error!r}, which is no DeliveryError")
        finally:
            await rig.trouble(None)
        pytest.fail(f"{trouble}: the delivery did not fail")

    async def count(self, rig: Rig, *marks: str) -> list[int]:
        """How many different messages with each of these marks have come."""
        received = set(await rig.received())
        return [len({each.identity for each in received if mark in each.text}) for mark in marks]

    def test_it_has_a_name(self, rig: Rig) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", rig.channel.name)

    async def test_a_message_arrives_once_with_its_text(self, rig: Rig) -> None:
        await self.send(rig, "mark-one: Bob named you.", "key-1")
        received = await rig.received()
        assert len(received) == 1
        assert "mark-one: Bob named you." in received[0].text

    async def test_messages_with_different_keys_all_arrive(self, rig: Rig) -> None:
        for number in range(3):
            await self.send(rig, f"mark-{number}", f"key-{number}")
        assert await self.count(rig, "mark-0", "mark-1", "mark-2") == [1, 1, 1]

    async def test_a_key_that_comes_again_is_the_same_message(self, rig: Rig) -> None:
        message = await rig.message("mark-again")
        for _ in range(3):
            await rig.channel.deliver(message, key="key-again")
        assert await self.count(rig, "mark-again") == [1]

    async def test_many_at_once_all_arrive(self, rig: Rig) -> None:
        marks = [f"mark-{number}." for number in range(AT_ONCE)]
        messages = [await rig.message(mark) for mark in marks]
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(
                *(rig.channel.deliver(message, key=f"key-{each}") for each, message in enumerate(messages))
            )
        assert await self.count(rig, *marks) == [1] * AT_ONCE

    async def test_hostile_texts_arrive_or_are_refused_and_harm_nothing(self, rig: Rig) -> None:
        messages = [await rig.message(f"mark-{number}. {text}") for number, text in enumerate(HOSTILE)]
        refused = 0
        for number, message in enumerate(messages):
            try:
                async with asyncio.timeout(PATIENCE):
                    await rig.channel.deliver(message, key=f"key-{number}")
            except DeliveryError:
                refused += 1
            except Exception as error:
                pytest.fail(f"{HOSTILE[number]!r}: it raises {error!r}, which is no DeliveryError")
        await self.send(rig, "mark-afterwards", "key-afterwards")
        received = await rig.received()
        assert Counter("mark-afterwards" in each.text for each in received)[True] == 1
        assert len({each.identity for each in received}) == len(HOSTILE) - refused + 1

    async def test_what_may_go_well_later_is_temporary(self, rig: Rig) -> None:
        for trouble in PASSING:
            error = await self.fails(rig, trouble)
            assert error is None or isinstance(error, Temporary), f"{trouble}: {error!r}"

    async def test_a_time_to_wait_is_seconds_from_now(self, rig: Rig) -> None:
        for trouble in Trouble:
            error = await self.fails(rig, trouble)
            if isinstance(error, Temporary) and error.retry_after is not None:
                assert 0 <= error.retry_after <= 7 * 24 * 3600

    async def test_what_will_never_be_taken_is_permanent(self, rig: Rig) -> None:
        error = await self.fails(rig, Trouble.REFUSED)
        assert error is None or isinstance(error, Permanent)

    async def test_an_address_that_is_gone_is_said_to_be_gone(self, rig: Rig) -> None:
        error = await self.fails(rig, Trouble.GONE)
        assert error is None or isinstance(error, AddressGone)

    async def test_after_any_trouble_messages_arrive_again(self, rig: Rig) -> None:
        for trouble in sorted(rig.troubles):
            await self.fails(rig, trouble)
            await self.send(rig, f"mark-after-{trouble}", f"key-after-{trouble}")
            assert await self.count(rig, f"mark-after-{trouble}") == [1]

    async def test_what_failed_arrives_when_it_is_tried_again(self, rig: Rig) -> None:
        if Trouble.BUSY not in rig.troubles:
            return
        message = await rig.message("mark-again")
        await rig.trouble(Trouble.BUSY)
        with pytest.raises(Temporary):
            await rig.channel.deliver(message, key="key-again")
        await rig.trouble(None)
        await rig.channel.deliver(message, key="key-again")
        assert await self.count(rig, "mark-again") == [1]

    async def test_an_error_does_not_quote_the_message(self, rig: Rig) -> None:
        for trouble in sorted(rig.troubles):
            error = await self.fails(rig, trouble, "mark-private")
            assert error is not None and error.message
            assert "mark-private" not in f"{error} {error!r}"

    async def test_while_one_message_waits_everything_else_goes_on(self, rig: Rig) -> None:
        if Trouble.HANGING not in rig.troubles:
            return
        message = await rig.message("mark-waits")
        await rig.trouble(Trouble.HANGING)
        delivering = asyncio.create_task(rig.channel.deliver(message, key="key-waits"))
        turns = 0
        while turns < 20 and not delivering.done():
            await asyncio.sleep(0.001)
            turns += 1
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        await rig.trouble(None)
        assert turns == 20

    async def test_a_delivery_that_is_cancelled_ends_and_says_so(self, rig: Rig) -> None:
        if Trouble.HANGING not in rig.troubles:
            return
        message = await rig.message("mark-cancelled")
        await rig.trouble(Trouble.HANGING)
        delivering = asyncio.create_task(rig.channel.deliver(message, key="key-cancelled"))
        await asyncio.sleep(0.05)
        delivering.cancel()
        done, _ = await asyncio.wait([delivering], timeout=PATIENCE)
        await rig.trouble(None)
        assert done, "it goes on after it was cancelled"
        assert delivering.cancelled(), f"it was cancelled, and ends with {delivering.exception()!r}"

    def test_what_people_set_up_is_all_there(self, rig: Rig) -> None:
        channel = rig.channel
        given = [name for name in PREFERRED if hasattr(channel, name)]
        if not given:
            return
        assert isinstance(channel, PreferredChannel), f"besides {given} there must be all of {PREFERRED}"
        assert channel.label.strip()
        assert isinstance(channel.by_address, bool)
        assert 0 <= channel.fold_seconds <= 3600
        assert 0 <= channel.digest_hour <= 23
        offered = frequencies_offered(channel)
        assert set(offered) <= set(Frequency)
        assert Frequency.NEVER in offered
        assert set(channel.defaults) <= set(NotificationKind)
        assert set(channel.defaults.values()) <= set(offered)

    async def test_it_reaches_who_has_set_something_up_and_nobody_else(self, rig: Rig) -> None:
        if isinstance(rig.channel, ReachingChannel):
            assert await rig.channel.reaches(rig.account_id)
            assert not await rig.channel.reaches(NO_ACCOUNT)

    async def test_one_for_many_tells_what_was_not_asked_from_what_is_unclear(self, rig: Rig) -> None:
        if not isinstance(rig.channel, BulkChannel):
            return
        assert isinstance(rig.channel.parallel, int) and rig.channel.parallel > 0
        for trouble, kind in ((Trouble.AWAY, Unreachable), (Trouble.UNANSWERED, Unclear)):
            error = await self.fails(rig, trouble)
            assert error is None or isinstance(error, kind), f"{trouble}: {error!r}"
