"""Traces by OpenTelemetry: a room that a site may have or not (extra `opentelemetry`).

`environment` says whether anybody collects them, `tracing` makes spans of what goes on, and `exporting` owns
what sends them. Nothing of the library's global state is touched.
"""
