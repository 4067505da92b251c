"""Measures the site beside bare probes, on one core: `nox -s bench`. Reading the figures: docs/speed.md."""
