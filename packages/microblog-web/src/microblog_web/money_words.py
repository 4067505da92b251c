"""What pages for those who are paid, and for operators, share beside `paying`: what payments are called,
amounts from forms, and files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from microblog_core.domain.errors import Invalid
from microblog_core.domain.money import Money, parse_amount
from microblog_core.domain.payments import PaymentState
from microblog_web.i18n import mark
from microblog_web.responses import Answer

STATES: Mapping[PaymentState, str] = {
    PaymentState.CREATED: mark("Begun"),
    PaymentState.PENDING: mark("Not paid yet"),
    PaymentState.AUTHORISED: mark("Reserved"),
    PaymentState.CAPTURED: mark("Paid"),
    PaymentState.FAILED: mark("Failed"),
    PaymentState.CANCELLED: mark("Given up"),
    PaymentState.PARTIALLY_REFUNDED: mark("Refunded in part"),
    PaymentState.REFUNDED: mark("Refunded"),
    PaymentState.DISPUTED: mark("Disputed"),
    PaymentState.CHARGED_BACK: mark("Charged back"),
}
CURRENCIES = ("BRL", "EUR", "GBP", "INR", "JPY", "KWD", "USD")
"""Suggested where a currency is typed; any other may be typed too."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def amount_of(text: str, currency: str, field: str) -> Money:
    """An amount as people type it. Raises `Invalid` about this field."""
    try:
        return parse_amount(text, currency)
    except Invalid as error:
        raise Invalid(fields={field: next(iter(error.fields.values()), error.message)}) from error


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Answer:
    """Rows as a file of this name (RFC 4180), for nobody but the reader."""
    headers = (
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-disposition", b'attachment; filename="%s"' % name.encode("ascii")),
        (b"cache-control", b"private, no-store"),
    )
    return Answer(csv_lines((columns, *rows)), headers=headers)


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows of such a file. What a spreadsheet would take for a formula gets an apostrophe; a `Number` stays
    as it is.
    """
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


class Number(str):
    """A cell that is a number: a minus is no formula."""

    __slots__ = ()


def moment(at: int) -> str:
    """A moment for files: `2026-11-22T18:40:05Z`, empty for none."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and not isinstance(cell, Number) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
