"""Channels with a fault each, to an other side in memory that has every trouble when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time

from microblog_core.domain.deliveries import ALL_AT_ONCE
from microblog_core.domain.notifications import Message
from microblog_core.ports.channels import AddressGone, Permanent, Temporary, Unclear, Unreachable
from microblog_core.testing.channel_suite import ChannelSuite, Received, Trouble
from microblog_core.testing.planted import Planted

ADA = 1


class Letters:
    """A sound channel, of all the kinds that there are."""

    name = "letters"
    label = "Letters"
    defaults = ALL_AT_ONCE
    fold_seconds = 0.0
    digest_hour = 7
    by_address = False
    parallel = 2

    def __init__(self, box):
        self.box = box

    async def reaches(self, account_id):
        return account_id == ADA

    async def deliver(self, message, *, key):
        await self.meet(self.box.trouble, message)
        self.put(key, message.text)

    def put(self, key, text):
        self.box.received.append(Received(key, text))

    async def meet(self, trouble, message):
        match trouble:
            case Trouble.AWAY:
                raise Unreachable("Nobody opens.")
            case Trouble.BUSY:
                raise Temporary("The box is full.", retry_after=30)
            case Trouble.REFUSED:
                raise Permanent("They don't take it.")
            case Trouble.GONE:
                raise AddressGone("They have moved.")
            case Trouble.BROKEN:
                raise Temporary("The lid is broken.")
            case Trouble.UNANSWERED:
                raise Unclear("It was thrown in, maybe.")
            case Trouble.HANGING:
                await self.wait()
                raise Unreachable("Nobody came to the door.")

    async def wait(self):
        await asyncio.sleep(0.1)


class Box:
    """The other side."""

    def __init__(self):
        self.received = []
        self.trouble = None


class Rig:
    account_id = ADA
    troubles = frozenset(Trouble)

    def __init__(self, kind):
        self._box = Box()
        self.channel = kind(self._box)

    async def message(self, text):
        return Message(account_id=ADA, kind="mention", subject="Hello", text=text)

    async def received(self):
        return list(self._box.received)

    async def trouble(self, trouble):
        self._box.trouble = trouble


def on_a_rig(kind):
    """A function that makes a rig of these, named as the kind is."""

    def make():
        return Rig(kind)

    make.__name__ = kind.__name__
    return make


class HasATitle(Letters):
    name = "My Letters"


class CutsShort(Letters):
    def put(self, key, text):
        super().put(key, text[:9])


class DeliversTwice(Letters):
    def put(self, key, text):
        super().put(key, text)
        super().put(key, text)


class DeliversOnceAtAll(Letters):
    def put(self, key, text):
        if not self.box.received:
            super().put(key, text)


class ForgetsKeys(Letters):
    def put(self, key, text):
        super().put(secrets.token_hex(4), text)


class DropsWhatComesMeanwhile(Letters):
    busy = False

    async def deliver(self, message, *, key):
        if self.busy:
            return
        self.busy = True
        await asyncio.sleep(0)
        await super().deliver(message, key=key)
        self.busy = False


class TakesAsciiAlone(Letters):
    async def deliver(self, message, *, key):
        message.text.encode("ascii")
        await super().deliver(message, key=key)


class EndsAtADot(Letters):
    def put(self, key, text):
        for number, part in enumerate(text.split("\r\n.\r\n")):
            super().put(f"{key}/{number}", part)


class GivesUpAtOnce(Letters):
    async def meet(self, trouble, message):
        try:
            await super().meet(trouble, message)
        except Temporary as error:
            raise Permanent("It does not work.") from error


class WaitsForADate(Letters):
    async def meet(self, trouble, message):
        if trouble is Trouble.BUSY:
            raise Temporary("The box is full.", retry_after=time.time())
        await super().meet(trouble, message)


class NeverGivesUp(Letters):
    async def meet(self, trouble, message):
        try:
            await super().meet(trouble, message)
        except (Permanent, AddressGone) as error:
            raise Temporary("It does not work.") from error


class HidesWhatWasRefused(Letters):
    async def meet(self, trouble, message):
        if trouble is not Trouble.REFUSED:
            await super().meet(trouble, message)


class RaisesWhatItGot(Letters):
    async def meet(self, trouble, message):
        if trouble is Trouble.GONE:
            raise LookupError("no such address")
        await super().meet(trouble, message)


class NeverComesBack(Letters):
    broken = False

    async def meet(self, trouble, message):
        self.broken = self.broken or trouble is not None
        if self.broken:
            await super().meet(trouble or Trouble.AWAY, message)


class NotesKeysTooEarly(Letters):
    def __init__(self, box):
        super().__init__(box)
        self.keys = set()

    async def deliver(self, message, *, key):
        if key not in self.keys:
            self.keys.add(key)
            await super().deliver(message, key=key)


class Quotes(Letters):
    async def meet(self, trouble, message):
        if trouble is Trouble.BUSY:
            raise Temporary(f"The box is full, and has no room for: {message.text}")
        await super().meet(trouble, message)


class BlocksEverybody(Letters):
    async def wait(self):
        time.sleep(0.05)


class HoldsOn(Letters):
    async def wait(self):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.2)


class IsReadAtMidnight(Letters):
    digest_hour = 24


class HasNoLabel(Letters):
    label = " "


class OffersNoEnd(Letters):
    frequencies = ("at_once",)


class ReachesEverybody(Letters):
    async def reaches(self, account_id):
        return True


class TellsNotWhy(Letters):
    async def meet(self, trouble, message):
        try:
            await super().meet(trouble, message)
        except (Unreachable, Unclear) as error:
            raise Temporary("It does not work.") from error


class WorksAloneOrNot(Letters):
    parallel = 0


FAULTS = {
    "test_it_has_a_name": [HasATitle],
    "test_a_message_arrives_once_with_its_text": [CutsShort, DeliversTwice],
    "test_messages_with_different_keys_all_arrive": [DeliversOnceAtAll],
    "test_a_key_that_comes_again_is_the_same_message": [ForgetsKeys],
    "test_many_at_once_all_arrive": [DropsWhatComesMeanwhile],
    "test_hostile_texts_arrive_or_are_refused_and_harm_nothing": [TakesAsciiAlone, EndsAtADot],
    "test_what_may_go_well_later_is_temporary": [GivesUpAtOnce],
    "test_a_time_to_wait_is_seconds_from_now": [WaitsForADate],
    "test_what_will_never_be_taken_is_permanent": [NeverGivesUp, HidesWhatWasRefused],
    "test_an_address_that_is_gone_is_said_to_be_gone": [NeverGivesUp, RaisesWhatItGot],
    "test_after_any_trouble_messages_arrive_again": [NeverComesBack],
    "test_what_failed_arrives_when_it_is_tried_again": [NotesKeysTooEarly],
    "test_an_error_does_not_quote_the_message": [Quotes],
    "test_while_one_message_waits_everything_else_goes_on": [BlocksEverybody],
    "test_a_delivery_that_is_cancelled_ends_and_says_so": [HoldsOn],
    "test_what_people_set_up_is_all_there": [IsReadAtMidnight, HasNoLabel, OffersNoEnd],
    "test_it_reaches_who_has_set_something_up_and_nobody_else": [ReachesEverybody],
    "test_one_for_many_tells_what_was_not_asked_from_what_is_unclear": [TellsNotWhy, WorksAloneOrNot],
}
PLANTED = (
    Planted(
        suite=ChannelSuite,
        fixture="rig",
        sound=on_a_rig(Letters),
        faults={promise: [on_a_rig(kind) for kind in kinds] for promise, kinds in FAULTS.items()},
    ),
)
