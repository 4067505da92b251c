"""`python -m microblog_plugins.testing.providers stripe`: a provider to try payments out with."""

from __future__ import annotations

import argparse
import signal

from microblog_plugins.testing.providers.razorpay import RazorpayProvider
from microblog_plugins.testing.providers.stripe import StripeProvider

PORT = 8124


def main() -> None:
    """Serve a provider, and print what a site needs to use it."""
    parser = argparse.ArgumentParser(prog="python -m microblog_plugins.testing.providers")
    parser.add_argument("provider", choices=("stripe", "razorpay"))
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--site", default="http://127.0.0.1:8000", help="where webhooks go")
    given = parser.parse_args()
    endpoints = [f"{given.site}/payments/webhooks/{given.provider}"]
    provider: StripeProvider | RazorpayProvider
    if given.provider == "stripe":
        provider = StripeProvider(port=given.port, endpoints=endpoints)
        keys = {"secret_key": provider.secret_key}
    else:
        provider = RazorpayProvider(port=given.port, endpoints=endpoints)
        keys = {"key_id": provider.key_id, "key_secret": provider.key_secret}
    stops = {signal.SIGINT, signal.SIGTERM}
    # Before there are threads: they take it on.
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with provider:
        keys |= {"webhook_secret": provider.webhook_secret, "api_base": provider.url}
        lines = (f'{name} = "{value}"' for name, value in keys.items())
        print(f"[plugins.{given.provider}]", *lines, sep="\n", flush=True)
        signal.sigwait(stops)


if __name__ == "__main__":
    main()
