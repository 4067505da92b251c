"""What the usual variables say (OpenTelemetry specification, "Environment variables"); the library reads all
others by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from microblog_core.domain.errors import ConfigurationError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
OUR_PROTOCOL = "http/protobuf"
OUR_EXPORTER = "otlp"


def is_collected(environ: Mapping[str, str]) -> bool:
    """Whether spans are sent anywhere: a collector is named, and nothing switches traces off.

    Raises `ConfigurationError` for a way of sending that this isn't.
    """
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = {each.strip() for each in environ.get("OTEL_TRACES_EXPORTER", OUR_EXPORTER).split(",")}
    if OUR_EXPORTER not in exporters or not any(environ.get(name) for name in ENDPOINTS):
        return False
    protocol = next((environ[name] for name in PROTOCOLS if environ.get(name)), OUR_PROTOCOL)
    if protocol != OUR_PROTOCOL:
        raise ConfigurationError(
            f"Traces are sent by {OUR_PROTOCOL}, not by {protocol}.",
            hint=f"Unset {PROTOCOLS[1]}, and name the collector's port for HTTP (4318).",
        )
    return True
