"""The settings of the plugin `prometheus`."""

from __future__ import annotations

import os
from ipaddress import ip_address

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import Secret

TOKEN_LENGTH = 16


class PrometheusSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugins.prometheus]`. Without a port the plugin does nothing."""

    host: str = "127.0.0.1"
    """The address at which figures are shown. Beyond this machine that needs a `token`."""
    port: int = 0
    """The port where `microblog serve` shows its figures, at `http://HOST:PORT/metrics`; 0: nowhere."""
    worker_port: int = 0
    """The port where workers and schedulers do; each process needs one of its own."""
    token: Secret = Secret("")
    """Figures are shown only to who sends it (`Authorization: Bearer TOKEN`); 16 characters or more."""


def check_settings(settings: PrometheusSettings) -> None:
    """Raises `ConfigurationError` for what can't work, or would show figures to everybody."""
    for name in ("port", "worker_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise ConfigurationError(
                f"plugins.prometheus.{name}: there is no such port.", hint="Use a number from 0 to 65535."
            )
    if not _is_local(settings.host) and not settings.token:
        raise ConfigurationError(
            "plugins.prometheus would show the site's figures to everybody.",
            hint="Set plugins.prometheus.token, and give it to Prometheus as `authorization: credentials`.",
        )
    if settings.token and len(settings.token.reveal()) < TOKEN_LENGTH:
        raise ConfigurationError(
            "plugins.prometheus.token is too short.", hint=f"Use {TOKEN_LENGTH} characters or more."
        )
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        raise ConfigurationError(
            "PROMETHEUS_MULTIPROC_DIR is set, which is for processes that share one address.",
            hint="Unset it: each of our processes shows its figures at a port of its own.",
        )


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
