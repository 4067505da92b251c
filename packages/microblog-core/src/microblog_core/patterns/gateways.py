"""Payment gateways by what they can take: the choice is explicit, and each that was looked at says why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from microblog_core.contributions import GatewayFactory
from microblog_core.domain.errors import NotFound
from microblog_core.domain.payments import NEEDED, Product
from microblog_core.domain.routes import PaymentRules, Route
from microblog_core.ports.gateways import Gateway

REFUSED = "payments.webhooks_refused"
"""The metric of webhooks that were not believed, by `gateway` and `reason`."""

Count = Callable[[str, int, Mapping[str, str]], None]


class GatewayRegistry:
    """The gateways that plugins offer, chosen among by a site's rules; each is made once, on first use."""

    def __init__(
        self,
        factories: Iterable[GatewayFactory] = (),
        rules: PaymentRules | None = None,
        count: Count = lambda name, value, labels: None,
    ) -> None:
        self.rules = rules or PaymentRules()
        self._factories = {factory.name: factory for factory in factories}
        self._made: dict[str, Gateway] = {}
        self._lock = threading.Lock()
        self._count = count

    @property
    def names(self) -> tuple[str, ...]:
        """The gateways that the site uses: those that the configuration names and a plugin offers."""
        return tuple(name for name in self.rules.gateways if name in self._factories)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the configuration names and no plugin offers."""
        routed = (name for names in self.rules.routes.values() for name in names)
        wanted = dict.fromkeys((*self.rules.gateways, *routed))
        return tuple(name for name in wanted if name not in self._factories)

    def route(self, currency: str, country: str = "", product: Product = Product.TIP) -> Route:
        """The gateways that take this, in the order in which they are tried. Without a route of the
        configuration's they come by priority, and among the same priority as the configuration names them.
        """
        country = country or self.rules.country_default
        rules = self.rules
        if not rules.on:
            return Route(explanation=("payments.gateways is empty: this site takes no money",))
        key, routed = rules.route(currency, country, product)
        explanation = [f'routes."{key}": {", ".join(routed) or "none"}'] if routed is not None else []
        # sorted() is stable: with the same priority the configuration's order decides.
        by_priority = sorted(rules.gateways, key=lambda name: -self._priority(name))
        chosen: list[str] = []
        for name in dict.fromkeys((*(routed if routed is not None else by_priority),)):
            obstacle = self._obstacle(name, currency, country, product)
            place = f"priority {self._priority(name)}" if routed is None else "by the route"
            outcome = obstacle or ("chosen" if not chosen else "next, if that fails") + f", {place}"
            explanation.append(f"{name}: {outcome}")
            if not obstacle:
                chosen.append(name)
        if routed is not None:
            left_out = [name for name in by_priority if name not in routed]
            explanation += [f"{name}: not on the route" for name in left_out]
        return Route(gateways=tuple(chosen), explanation=tuple(explanation))

    def capabilities(self, name: str) -> frozenset[str]:
        """What a gateway can do; nothing for one that isn't there."""
        factory = self._factories.get(name)
        return frozenset() if factory is None else factory.capabilities

    def get(self, name: str) -> Gateway:
        """The gateway of this name. Raises `NotFound`, and what its factory raises; then the next call tries
        again.
        """
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def refused(self, name: str, reason: str) -> None:
        """Count a webhook that was refused: of which gateway (`unknown` for none of ours), and why."""
        self._count(REFUSED, 1, {"gateway": name, "reason": reason})

    def _make(self, name: str) -> Gateway:
        factory = self._factories.get(name)
        make: Callable[[], Gateway] | None = factory.make if factory is not None else None
        if make is None:
            raise NotFound(f"There is no payment gateway {name!r}.")
        return make()

    def _priority(self, name: str) -> int:
        factory = self._factories.get(name)
        return 0 if factory is None else factory.priority

    def _obstacle(self, name: str, currency: str, country: str, product: Product) -> str:
        factory = self._factories.get(name)
        if factory is None:
            return "no active plugin offers it"
        if name not in self.rules.gateways:
            return "payments.gateways does not name it"
        if factory.currencies and currency not in factory.currencies:
            return f"does not take {currency}"
        for countries, where in (
            (factory.countries, f"does not work in {country}"),
            (self.rules.countries.get(name, ()), f"payments.countries keeps it out of {country}"),
        ):
            if countries and country and country not in countries:
                return where
        missing = sorted(NEEDED[product] - factory.capabilities)
        return f"can't do {', '.join(missing)}" if missing else ""
