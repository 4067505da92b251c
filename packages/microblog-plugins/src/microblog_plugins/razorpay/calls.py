"""Calling Razorpay by its own library, in threads, since that blocks: what its errors mean is decided here.

Unavailable     the call surely did nothing: not connected, or refused before it was looked at
NotFound        there is no such object
Refused         the call was understood and refused; what that means depends on what was asked for
Unclear         nobody knows whether it did anything
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import razorpay
import requests
import urllib3

from microblog_core.domain.errors import NotFound, Unavailable
from microblog_plugins.razorpay.settings import RazorpaySettings

CONNECT_SECONDS = 5.0
_NEVER_LOOKED_AT = (401, 403, 429)
_BROKEN = ("GATEWAY_ERROR", "SERVER_ERROR")
_NOT_CONNECTED = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)

Call = Callable[[Any], Any]
"""Uses a `razorpay.Client`. The data of a call must be a new object: its own defaults are shared by all."""


class Refused(Exception):
    """Razorpay says that this can't be done; the message is its own."""


class Unclear(Exception):
    """Whether the call did anything is not known."""


class Calls:
    """Makes the calls of one site, `at_once` at a time. Nothing is tried again."""

    def __init__(self, settings: RazorpaySettings) -> None:
        self._seconds = settings.seconds
        self._pool = ThreadPoolExecutor(settings.at_once, thread_name_prefix="razorpay")
        auth = (settings.key_id, settings.key_secret.reveal())
        options = {"base_url": settings.api_base} if settings.api_base else {}
        self._client = razorpay.Client(session=_Http(settings.seconds), auth=auth, **options)

    async def act(self, call: Call) -> Any:
        """The answer to a call that changes something. Raises all of the errors above."""
        try:
            # Reading has no end where somebody sends a byte every second.
            async with asyncio.timeout(self._seconds + CONNECT_SECONDS):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._pool, call, self._client)
        except TimeoutError as error:
            raise Unclear("Razorpay did not answer in time.") from error

    async def look(self, call: Call) -> Any:
        """The answer to a call that changes nothing: where it fails, that is `Unavailable`. Raises
        `NotFound` besides.
        """
        try:
            return await self.act(call)
        except Refused as error:
            # Unknown ids are refused with 400.
            raise NotFound("Razorpay knows no such payment.") from error
        except Unclear as error:
            raise Unavailable(str(error)) from error

    def close(self) -> None:
        """Let the threads end with the calls that they are at."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Http:
    """What Razorpay's library sends with, in place of a session of its own: with time-outs, one session for
    each thread, and errors that keep their status, of which the library keeps the sentence alone.
    """

    def __init__(self, seconds: float) -> None:
        self._timeouts = (min(CONNECT_SECONDS, seconds), seconds)
        self._local = threading.local()

    def get(self, url: str, **options: Any) -> requests.Response:
        """Send a GET."""
        return self._send("GET", url, options)

    def post(self, url: str, **options: Any) -> requests.Response:
        """Send a POST."""
        return self._send("POST", url, options)

    def _send(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        try:
            response = session.request(method, url, timeout=self._timeouts, allow_redirects=False, **options)
        except requests.exceptions.RequestException as error:
            if _never_sent(error):
                raise Unavailable("Razorpay can't be reached.") from error
            raise Unclear("The connection to Razorpay broke before it answered.") from error
        try:
            body = response.json()
        except requests.exceptions.JSONDecodeError as error:
            raise Unclear(f"Razorpay answered {response.status_code}, and nothing readable.") from error
        if not 200 <= response.status_code < 300:
            _explain(response.status_code, body)
        return response


def _explain(status: int, body: Any) -> NoReturn:
    """Raise what an answer means that is none of success."""
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    text, code = str(told.get("description", "")), str(told.get("code", ""))
    if status in _NEVER_LOOKED_AT:
        raise Unavailable(f"Razorpay refused the call ({status}): {text}")
    if status == 404:
        raise NotFound("Razorpay knows no such payment.")
    if status == 400 and code not in _BROKEN:
        raise Refused(text)
    raise Unclear(f"Razorpay answered {status}: {text}")


def _never_sent(error: requests.exceptions.RequestException) -> bool:
    """Whether there was no connection yet when it failed."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError) or not error.args:
        return False
    reason = getattr(error.args[0], "reason", None)
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, _NOT_CONNECTED)
