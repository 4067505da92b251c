"""Money and what a payment gateway answers. Amounts are in minor units of the currency (cents, yen, fils)."""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.errors import Invalid

_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
EXPONENTS = {code: digits for digits, codes in _EXPONENTS.items() for code in codes.split()}
"""Minor-unit digits of currencies that do not have two (ISO 4217)."""


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units of an ISO 4217 currency."""

    minor: int
    currency: str

    @property
    def exponent(self) -> int:
        """How many digits the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD."""
        return EXPONENTS.get(self.currency, 2)

    def __str__(self) -> str:
        sign, digits = ("-" if self.minor < 0 else ""), self.exponent
        whole, part = divmod(abs(self.minor), 10**digits)
        return (
            f"{sign}{whole}.{part:0{digits}d} {self.currency}" if digits else f"{sign}{whole} {self.currency}"
        )


class PaymentState(enum.StrEnum):
    """Where a payment stands at its gateway."""

    CREATED = "created"
    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer is asked for; `reference` is ours and the same for every try of one payment."""

    reference: str
    amount: Money
    country: str
    description: str
    return_url: str


class PaymentStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway says of a payment; `redirect_url` is where the payer goes on, empty for nowhere."""

    gateway: str
    gateway_id: str
    reference: str
    state: PaymentState
    amount: Money
    refunded_minor: int = 0
    redirect_url: str = ""


def check_money(minor: int, currency: str) -> Money:
    """Return an amount above zero in a three-letter currency; raises `Invalid` with the field `amount`."""
    if not (len(currency) == 3 and currency.isascii() and currency.isupper() and currency.isalpha()):
        raise Invalid(fields={"currency": "Use a three-letter code such as EUR."})
    if not 0 < minor < 10**12:
        raise Invalid(fields={"amount": "Use an amount above zero."})
    return Money(minor, currency)
