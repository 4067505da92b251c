"""The table `[payments]` of a site: which gateways take its money, and how. Empty `gateways` take none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.money import is_country, is_currency
from microblog_core.domain.routes import DAY, PaymentRules, is_route


class PaymentsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sites take money; `[sites.NAME.payments]` says it of one, key by key."""

    gateways: tuple[str, ...] = ()
    """The gateways that take money, such as `["sandbox"]`, which takes no real one; empty: nobody pays."""
    routes: Mapping[str, tuple[str, ...]] = {}
    """Gateways by `EUR:DE:tip`, `EUR:DE`, `EUR::tip` or `EUR`, instead of the usual choice; the first of
    these keys that there is decides.
    """
    countries: Mapping[str, tuple[str, ...]] = {}
    """Countries by gateway: it takes payers from these only."""
    country_default: str = ""
    """The country of payers whose own isn't known, such as `DE`."""
    grace_days: float = 3.0
    """How long members keep their access while a renewal is late (days; 0 to 60)."""
    minimum: Mapping[str, int] = {}
    """The smallest tip by currency, such as `{EUR = 100}` (minor units: cents)."""
    maximum: Mapping[str, int] = {}
    """The largest tip by currency (minor units: cents)."""


def spelled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The raw table with its currencies in capitals: a variable of the environment may have them in any
    case.
    """
    table = dict(raw)
    for key in {"minimum", "maximum"} & table.keys():
        if isinstance(table[key], Mapping):
            table[key] = {str(currency).upper(): minor for currency, minor in table[key].items()}
    return table


def payment_rules(config: PaymentsConfig, public_url: str = "") -> PaymentRules:
    """What the configuration says, for use cases."""
    return PaymentRules(
        gateways=tuple(dict.fromkeys(config.gateways)),
        routes=config.routes,
        countries=config.countries,
        country_default=config.country_default,
        grace=round(config.grace_days * DAY),
        minimum=config.minimum,
        maximum=config.maximum,
        public_url=public_url,
    )


def check_payments(config: PaymentsConfig, where: str) -> None:
    """Raises `ConfigurationError` for what can't be meant so."""
    for key, names in config.routes.items():
        if not is_route(key):
            raise ConfigurationError(
                f"{where}.routes: {key!r} is no route.",
                hint='Write "EUR", "EUR:DE", "EUR:DE:tip" or "EUR::membership".',
            )
        for name in names:
            if name not in config.gateways:
                raise ConfigurationError(
                    f'{where}.routes."{key}" names {name!r}, which {where}.gateways does not.',
                    hint="Add it there, or take it off the route.",
                )
    for name, countries in config.countries.items():
        if name not in config.gateways or not all(map(is_country, countries)):
            raise ConfigurationError(
                f"{where}.countries.{name} can't be used.",
                hint='Write a gateway and its countries: sandbox = ["DE", "FR"].',
            )
    if config.country_default and not is_country(config.country_default):
        raise ConfigurationError(
            f"{where}.country_default is no country.", hint="Use a two-letter code such as DE."
        )
    if not 0 <= config.grace_days <= 60:
        raise ConfigurationError(f"{where}.grace_days is out of range.", hint="Use 0 to 60 days.")
    for limits in ("minimum", "maximum"):
        for currency, minor in getattr(config, limits).items():
            if not is_currency(currency) or minor < 1:
                raise ConfigurationError(
                    f"{where}.{limits}.{currency} can't be used.",
                    hint="Write a currency and an amount in its smallest unit: EUR = 100.",
                )
