"""Calling Stripe by its own library, in threads, since that blocks: what its errors mean is decided here.

Unavailable     the call surely did nothing: not connected, or refused before it was looked at
NotFound        there is no such object
Declined        a card was refused
Refused         the call was understood and refused; what that means depends on what was asked for
Unclear         nobody knows whether it did anything
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

import msgspec
import requests
import stripe
import urllib3

from microblog_core.domain.errors import Declined, NotFound, Unavailable
from microblog_plugins.stripe.settings import StripeSettings

CONNECT_SECONDS = 5.0
_NEVER_LOOKED_AT = (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError)
_NOT_CONNECTED = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)

Call = Callable[[Any], Any]
"""Uses a `stripe.StripeClient`."""
S = TypeVar("S")


class Refused(Exception):
    """Stripe says that this can't be done; the message is its own."""


class Unclear(Exception):
    """Whether the call did anything is not known. `status` is that of the answer, 0 where there was none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Answered(msgspec.Struct, frozen=True):
    """An answer; `replayed` where it is the one that the same idempotency key got before."""

    body: Any
    replayed: bool = False

    def read(self, into: type[S]) -> S:
        """The answer as an object. Raises `Unclear` where it is none of these."""
        try:
            return msgspec.convert(self.body, into)
        except msgspec.ValidationError as error:
            raise Unclear(f"Stripe's answer can't be read: {error}") from error


class Calls:
    """Makes the calls of one site, `at_once` at a time. Stripe's library is told to try nothing again: after
    a first try whose answer was lost, a second that is not connected would look as if nothing had happened.
    """

    def __init__(self, settings: StripeSettings) -> None:
        self._seconds = settings.seconds
        self._pool = ThreadPoolExecutor(settings.at_once, thread_name_prefix="stripe")
        timeouts = (min(CONNECT_SECONDS, settings.seconds), settings.seconds)
        self._http = stripe.RequestsClient(timeout=timeouts)
        self._client = stripe.StripeClient(
            settings.secret_key.reveal(),
            base_addresses={"api": settings.api_base} if settings.api_base else {},
            http_client=self._http,
            max_network_retries=0,
        )

    async def act(self, call: Call) -> Answered:
        """A call that changes something. Raises all of the errors above."""
        try:
            return await self._call(call)
        except stripe.StripeError as error:
            _explain(error)

    async def look(self, call: Call) -> Answered:
        """A call that changes nothing: where it fails, that is `Unavailable`. Raises `NotFound` besides."""
        try:
            return await self.act(call)
        except (Refused, Declined) as error:
            # An id that could be none of Stripe's is refused with 400.
            raise NotFound("Stripe knows no such payment.") from error
        except Unclear as error:
            raise Unavailable(str(error)) from error

    def close(self) -> None:
        """Let the threads end with the calls that they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _call(self, call: Call) -> Answered:
        def run() -> Answered:
            answer = call(self._client)
            response = answer.last_response
            headers = response.headers if response is not None else {}
            return Answered(answer.to_dict(), headers.get("Idempotent-Replayed") == "true")

        try:
            # Reading has no end where somebody sends a byte every second.
            async with asyncio.timeout(self._seconds + CONNECT_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, run)
        except TimeoutError as error:
            raise Unclear("Stripe did not answer in time.") from error


def _explain(error: stripe.StripeError) -> NoReturn:
    """Raise what an error of Stripe's library means."""
    status, text = error.http_status or 0, error.user_message or type(error).__name__
    if isinstance(error, stripe.APIConnectionError):
        if _never_sent(error.__cause__):
            raise Unavailable("Stripe can't be reached.") from error
        raise Unclear("The connection to Stripe broke before it answered.") from error
    if isinstance(error, _NEVER_LOOKED_AT):
        raise Unavailable(f"Stripe refused the call ({status}): {text}") from error
    if isinstance(error, stripe.CardError):
        raise Declined(f"Stripe declined it: {text}") from error
    if status == 404 or error.code == "resource_missing":
        raise NotFound("Stripe knows no such payment.") from error
    if status == 400 and not isinstance(error, stripe.IdempotencyError):
        raise Refused(text) from error
    raise Unclear(f"Stripe answered {status}: {text}", status) from error


def _never_sent(error: BaseException | None) -> bool:
    """Whether there was no connection yet when it failed."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError) or not error.args:
        return False
    reason = getattr(error.args[0], "reason", None)
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, _NOT_CONNECTED)
