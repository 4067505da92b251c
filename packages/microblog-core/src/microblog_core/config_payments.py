"""The table `[payments]` of a site: which gateways take its money, and how. Empty `gateways` take none."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.domain.money import is_country, is_currency
from microblog_core.domain.routes import DAY, PaymentRules, is_route


class PaymentsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a site takes money: `domain.routes.PaymentRules` says what each key means. `minimum` and `maximum`
    are of tips, by currency, in minor units (cents).
    """

    gateways: tuple[str, ...] = ()
    routes: Mapping[str, tuple[str, ...]] = {}
    countries: Mapping[str, tuple[str, ...]] = {}
    country_default: str = ""
    grace_days: float = 3.0
    minimum: Mapping[str, int] = {}
    maximum: Mapping[str, int] = {}


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
