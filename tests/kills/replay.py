"""What providers' logs say that a site must know: who paid what, what went back, and until when members have
access. Nothing of Microblog is imported here, and nothing of the site is asked: a mistake of the site's must
not repeat itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

GRACE = 3 * 24 * 3600 * 1000
_TAKEN = "captured"


class Line(Protocol):
    """A line of a provider's log."""

    at: int
    object_id: str
    what: str
    minor: int
    currency: str
    reference: str
    part_of: str
    period_start: int
    period_end: int


@dataclass
class Taken:
    """A payment that a provider took."""

    currency: str
    minor: int
    reference: str
    part_of: str = ""
    period_end: int = 0
    refunded: int = 0
    dispute: str = ""

    @property
    def owed(self) -> int:
        """What the payee has of it."""
        return 0 if self.dispute else self.minor - self.refunded

    @property
    def held(self) -> int:
        """What is held back."""
        return self.minor - self.refunded if self.dispute == "disputed" else 0

    @property
    def counts(self) -> bool:
        """Whether the period is paid."""
        return not self.dispute and self.refunded < self.minor


@dataclass
class Replay:
    """What a log says: payments by the provider's id, and subscriptions with (paid until, access until)."""

    taken: dict[str, Taken]
    subscriptions: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, log: Iterable[Line]) -> Replay:
        """Read a log from its beginning."""
        taken: dict[str, Taken] = {}
        ended: dict[str, int] = {}
        ending: set[str] = set()
        periods: dict[str, list[Taken]] = defaultdict(list)
        for line in log:
            if line.what == _TAKEN:
                assert line.object_id not in taken, f"{line.object_id} was taken twice"
                payment = Taken(line.currency, line.minor, line.reference, line.part_of, line.period_end)
                taken[line.object_id] = payment
                if line.part_of:
                    periods[line.part_of].append(payment)
            elif line.what == "refunded":
                taken[line.object_id].refunded += line.minor
            elif line.what in ("disputed", "lost", "won"):
                taken[line.object_id].dispute = "" if line.what == "won" else line.what
            elif line.what == "to end":
                ending.add(line.object_id)
            elif line.what == "ended":
                ended[line.object_id] = line.at // 1000 * 1000
        access = {
            name: _access(paid, ended.get(name, 0), ending=name in ending) for name, paid in periods.items()
        }
        return cls(taken, access)


def _access(paid: Sequence[Taken], ended: int, *, ending: bool) -> tuple[int, int]:
    until = max((each.period_end for each in paid if each.counts), default=0)
    if not until:
        return 0, 0
    if ended:
        return until, min(until, ended)
    return until, until if ending else until + GRACE


Rows = Sequence[Sequence[Any]]


def check_ledger(lines: Rows) -> None:
    """(entry, account, currency, minor): each entry and each currency sums to zero."""
    sums: dict[object, int] = defaultdict(int)
    for entry, _, currency, minor in lines:
        sums[entry] += minor
        sums[currency] += minor
    wrong = {name: total for name, total in sums.items() if total}
    assert not wrong, f"the ledger doesn't balance: {wrong}"


def check_credits(logs: Mapping[str, Replay], payments: Rows, entries: Rows, lines: Rows) -> None:
    """Every payment that was taken is credited once, with what was taken, to whom it was for; and nothing
    else is.

    `payments` are (id, payee, gateway, gateway's id, currency, minor, refunded), `entries` (id, payment,
    sequence), `lines` as in `check_ledger`.
    """
    of_entry = defaultdict(list)
    for entry, account, currency, minor in lines:
        of_entry[entry].append((account, currency, minor))
    first: dict[int, list[list[tuple[str, str, int]]]] = defaultdict(list)
    for entry, payment, _ in sorted(entries, key=lambda each: (each[1], each[2])):
        if of_entry[entry]:
            first[payment].append(sorted(of_entry[entry]))
    left = {(gateway, name) for gateway, log in logs.items() for name in log.taken}
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for payment, payee, gateway, name, currency, minor, refunded in payments:
        posted, key = first.pop(payment, []), (gateway, name)
        if key not in left:
            assert not posted, f"{payment} was credited, and {gateway} never took {name!r}"
            continue
        left.remove(key)
        taken = logs[gateway].taken[name]
        assert (currency, minor, refunded) == (taken.currency, taken.minor, taken.refunded), payment
        assert posted, f"{payment} was taken as {name}, and is not credited"
        credit = sorted([(f"author:{payee}", currency, -minor), (f"gateway:{gateway}", currency, minor)])
        assert posted[0] == credit, f"{payment}: {posted[0]} instead of {credit}"
        for account, amount in (
            (f"author:{payee}", -taken.owed),
            (f"held:{payee}", -taken.held),
            (f"gateway:{gateway}", taken.owed + taken.held),
        ):
            balances[account, currency] += amount
    assert not left, f"{len(left)} payments were taken and are not here, such as {sorted(left)[:3]}"
    assert not first
    stands: dict[tuple[str, str], int] = defaultdict(int)
    for _, account, currency, minor in lines:
        stands[account, currency] += minor
    assert {k: v for k, v in stands.items() if v} == {k: v for k, v in balances.items() if v}


def check_entitlements(logs: Mapping[str, Replay], memberships: Rows) -> None:
    """Every membership, (id, gateway, gateway's id, paid until, access until), is what the log says."""
    left = {
        (gateway, name): times for gateway, log in logs.items() for name, times in log.subscriptions.items()
    }
    for membership, gateway, name, paid, access in memberships:
        expected = left.pop((gateway, name), (0, 0))
        assert (paid, access) == expected, f"membership {membership} ({name}): {(paid, access)} {expected}"
    assert not left, f"somebody paid for memberships that are not here: {sorted(left)[:3]}"
