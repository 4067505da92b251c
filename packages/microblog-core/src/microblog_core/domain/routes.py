"""What a site's configuration says of payments, and which gateways take one: the choice with its reasons."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.money import exponent_of, is_country, is_currency
from microblog_core.domain.payments import Product

DAY = 24 * 3600 * 1000

TIP_LIMITS: Mapping[int, tuple[int, int]] = {0: (100, 100_000), 2: (100, 100_000), 3: (100, 300_000)}
"""The smallest and the largest tip in minor units, by the digits of the currency."""


class PaymentRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a site takes money. Without `gateways` it takes none.

    `routes` replace the choice among gateways for a currency, a payer's country and a product: by
    `EUR:DE:tip`, `EUR:DE`, `EUR::tip` or `EUR`, the first of these that there is. `countries` narrow a
    gateway down to payers of these. `country_default` is taken for payers whose country isn't known.
    `minimum` and `maximum` are of tips by currency, in minor units; `grace` is in milliseconds. `public_url`
    is the site's address, to which payers come back, without a slash at its end.
    """

    gateways: tuple[str, ...] = ()
    routes: Mapping[str, tuple[str, ...]] = {}
    countries: Mapping[str, tuple[str, ...]] = {}
    country_default: str = ""
    grace: int = 3 * DAY
    minimum: Mapping[str, int] = {}
    maximum: Mapping[str, int] = {}
    public_url: str = ""

    @property
    def on(self) -> bool:
        """Whether the site takes money at all."""
        return bool(self.gateways)

    def tip_limits(self, currency: str) -> tuple[int, int]:
        """The smallest and the largest tip, in minor units."""
        least, most = TIP_LIMITS[exponent_of(currency)]
        least = self.minimum.get(currency, least)
        return least, max(least, self.maximum.get(currency, most))

    def route(self, currency: str, country: str, product: Product) -> tuple[str, tuple[str, ...] | None]:
        """(the key that applies, the gateways that it names); an empty key and None where none does."""
        for key in (f"{currency}:{country}:{product}", f"{currency}:{country}", f"{currency}::{product}"):
            if key in self.routes and (country or "::" in key):
                return key, self.routes[key]
        if currency in self.routes:
            return currency, self.routes[currency]
        return "", None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The gateways that take a payment, in the order in which they are tried, and a line for each that was
    looked at, why it is among them or not.
    """

    gateways: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()


def is_route(key: str) -> bool:
    """Whether this is a key of `PaymentRules.routes`."""
    currency, *rest = key.split(":")
    if not is_currency(currency) or len(rest) > 2 or (rest and not rest[-1]):
        return False
    if len(rest) == 2 and rest[1] not in Product.__members__.values():
        return False
    return not rest or is_country(rest[0]) or (len(rest) == 2 and not rest[0])
