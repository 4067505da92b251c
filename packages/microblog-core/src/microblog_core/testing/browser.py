"""A browser without a screen: pages, forms, cookies over real HTTP, hundreds of them in one event loop.

It does what a person without JavaScript can do: open a page, fill a form in, press a button. It loads
nothing that a page refers to. Real browsers are driven by the e2e tests. Standard library only.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from types import TracebackType
from urllib.parse import urlencode, urljoin, urlsplit

REDIRECTS = 10
_LIMIT = 1 << 22


File = tuple[str, str, bytes]
"""A file as a browser sends it: its name, the type that it says it is, its content."""


class NoSuchForm(LookupError):
    """The page has no form like that; the message says what it has."""


@dataclass(frozen=True)
class Form:
    """A form as it stands in the page: where it goes, and what would be sent if nobody touched it.

    `names` are all its inputs; `buttons` the addresses of buttons that send it elsewhere than `action`.
    """

    action: str
    method: str
    fields: Mapping[str, str]
    names: frozenset[str]
    buttons: frozenset[str]


@dataclass(frozen=True)
class Page:
    """An answer: status, header names in lower case, body in bytes, and the path it came from."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")

    @property
    def location(self) -> str:
        """Where a redirect leads, as path and query; empty where it is none."""
        target = urlsplit(urljoin(self.path, self.headers.get("location", "")))
        return target._replace(scheme="", netloc="").geturl() if "location" in self.headers else ""

    @property
    def acknowledged(self) -> bool:
        """Whether the server said that it did what a form asked for."""
        return self.status in {200, 303}

    def forms(self) -> list[Form]:
        """All forms of the page, in order."""
        reader = _FormReader()
        reader.feed(self.text)
        reader.close()
        return [draft.form(self.path) for draft in reader.drafts]

    def form(self, *names: str) -> Form:
        """The first form that has inputs of all these names. Raises `NoSuchForm`."""
        forms = self.forms()
        for each in forms:
            if each.names.issuperset(names):
                return each
        shown = ", ".join(f"{each.action}({', '.join(sorted(each.names))})" for each in forms)
        raise NoSuchForm(
            f"{self.path} answers {self.status} and has no form with {names}; it has {shown or 'none'}"
        )


class Browser:
    """One person's browser at `http://127.0.0.1:PORT`, one connection, one request at a time.

    Raises ConnectionError (or another OSError) when the server goes away; the cookies survive that.
    """

    def __init__(self, port: int, *, host: str = "localhost", address: str = "127.0.0.1") -> None:
        self.origin = f"http://{host}:{port}"
        self.cookies: dict[str, str] = {}
        self._host, self._port, self._address = host, port, address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        """Open a page; redirects are followed, at most ten, without the header fields given."""
        page = await self._request("GET", path, headers=headers)
        for _ in range(REDIRECTS):
            if not follow or page.status not in {301, 302, 303, 307, 308} or not page.location:
                return page
            page = await self._request("GET", page.location)
        raise ConnectionError(f"{path} redirects without an end")

    async def post(
        self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> Page:
        """Send a form; a redirect that answers it is not followed."""
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": self.origin, **(headers or {})}
        return await self._request("POST", path, urlencode(fields).encode(), sent)

    async def upload(self, path: str, fields: Mapping[str, str], files: Mapping[str, File]) -> Page:
        """Send a form with files by their fields; a redirect that answers it is not followed."""
        boundary = secrets.token_hex(16)
        sent = {"content-type": f"multipart/form-data; boundary={boundary}", "origin": self.origin}
        return await self._request("POST", path, multipart(boundary, fields, files), sent)

    async def submit(self, form: Form, *, button: str = "", **values: str) -> Page:
        """Fill a form in and send it, by the button whose own address is `button` where one is named."""
        unknown = values.keys() - form.names
        if unknown:
            raise NoSuchForm(f"{form.action} has no inputs {sorted(unknown)}")
        return await self.post(button or form.action, {**form.fields, **values})

    async def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Page:
        try:
            return await self._exchange(method, path, body, headers or {})
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        except asyncio.CancelledError:
            await self.close()
            raise

    async def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._address, self._port, limit=_LIMIT)
        reader, writer = self._streams
        path = path.partition("#")[0]
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}:{self._port}"]
        if self.cookies:
            lines.append("cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method != "GET":
            lines.append(f"content-length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        await writer.drain()
        status, received = await _read_head(reader)
        content = await _read_body(reader, status, received)
        self._keep_cookies(received)
        fields = dict(reversed(received))
        if fields.get("connection", "").lower() == "close":
            await self.close()
        return Page(path, status, fields, content)

    def _keep_cookies(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name != "set-cookie":
                continue
            pair, *attributes = [part.strip() for part in value.split(";")]
            key, _, content = pair.partition("=")
            if any(attribute.lower() == "max-age=0" for attribute in attributes):
                self.cookies.pop(key, None)
            else:
                self.cookies[key] = content


def multipart(boundary: str, fields: Mapping[str, str], files: Mapping[str, File]) -> bytes:
    """A form with files as browsers send it (RFC 7578)."""
    parts = []
    for name, value in fields.items():
        parts.append(f'content-disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    for name, (called, kind, data) in files.items():
        quoted = called.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'content-disposition: form-data; name="{name}"; filename="{quoted}"\r\ncontent-type: {kind}'
        parts.append(head.encode() + b"\r\n\r\n" + data)
    edge = f"--{boundary}\r\n".encode()
    return b"".join(edge + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


async def sign_up(browser: Browser, username: str, password: str) -> Page:
    """Fill in the website's sign-up page, as a newcomer would; who succeeds is logged in afterwards."""
    form = (await browser.get("/signup")).form("username", "email", "password")
    values = {"username": username, "email": f"{username}@example.org", "password": password}
    repeated = {name: password for name in form.names if name.startswith("password") and name != "password"}
    return await browser.submit(form, **values, **repeated)


async def log_in(browser: Browser, username: str, password: str) -> Page:
    """Fill in the website's log-in page."""
    form = (await browser.get("/login")).form("name", "password")
    return await browser.submit(form, name=username, password=password)


async def write(browser: Browser, text: str, **values: str) -> Page:
    """Open the website's page for writing a post, fill it in and send it."""
    form = (await browser.get("/compose")).form("text")
    return await browser.submit(form, text=text, **values)


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    fields = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
    if first.startswith("HTTP/1.0"):
        # Such servers close after each answer, whether they say so or not.
        fields.append(("connection", "close"))
    return int(first.split()[1]), fields


async def _read_body(reader: asyncio.StreamReader, status: int, headers: list[tuple[str, str]]) -> bytes:
    fields = dict(headers)
    if status in {http.HTTPStatus.NO_CONTENT, http.HTTPStatus.NOT_MODIFIED}:
        return b""
    if fields.get("transfer-encoding", "").lower() == "chunked":
        return b"".join([chunk async for chunk in _chunks(reader)])
    if "content-length" in fields:
        return await reader.readexactly(int(fields["content-length"]))
    return await reader.read()


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")


class _Draft:
    """A form while the page is being read."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self.attributes = attributes
        self.fields: dict[str, str] = {}
        self.names: set[str] = set()
        self.buttons: set[str] = set()

    def add(self, name: str, value: str, *, sent: bool = True) -> None:
        if name:
            self.names.add(name)
            if sent:
                self.fields[name] = value

    def form(self, base: str) -> Form:
        action = urljoin(base, self.attributes.get("action", "") or base)
        return Form(
            action=action,
            method=self.attributes.get("method", "get").lower(),
            fields=self.fields,
            names=frozenset(self.names),
            buttons=frozenset(self.buttons),
        )


class _FormReader(HTMLParser):
    """Collects forms and their inputs, those outside that name their form included."""

    def __init__(self) -> None:
        super().__init__()
        self.drafts: list[_Draft] = []
        self._open: _Draft | None = None
        self._loose: list[tuple[dict[str, str], str]] = []
        self._text: tuple[dict[str, str], list[str]] | None = None
        self._select: dict[str, str] | None = None
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = _Draft(attributes)
            self.drafts.append(self._open)
        elif tag == "input":
            self._input(attributes)
        elif tag == "textarea":
            self._text = (attributes, [])
        elif tag == "select":
            self._select, self._options = attributes, []
        elif tag == "option" and self._select is not None:
            self._options.append((attributes.get("value", ""), "selected" in attributes))
        elif tag == "button":
            self._put(attributes, "", sent=False)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._text is not None:
            attributes, parts = self._text
            self._put(attributes, "".join(parts).removeprefix("\n"))
            self._text = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected] or [
                value for value, _ in self._options
            ]
            self._put(self._select, chosen[0] if chosen else "")
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[1].append(data)

    def close(self) -> None:
        super().close()
        named = {draft.attributes["id"]: draft for draft in self.drafts if "id" in draft.attributes}
        for attributes, value in self._loose:
            if owner := named.get(attributes["form"]):
                self._give(owner, attributes, value)

    def _input(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "text").lower()
        if kind in {"submit", "button", "image", "reset", "file"}:
            return
        if kind in {"checkbox", "radio"}:
            self._put(attributes, attributes.get("value", "on"), sent="checked" in attributes)
        else:
            self._put(attributes, attributes.get("value", ""))

    def _put(self, attributes: dict[str, str], value: str, *, sent: bool = True) -> None:
        if "form" in attributes:
            self._loose.append((attributes, value))
        elif self._open is not None:
            self._give(self._open, attributes, value, sent=sent)

    def _give(self, owner: _Draft, attributes: dict[str, str], value: str, *, sent: bool = True) -> None:
        if "formaction" in attributes:
            owner.buttons.add(attributes["formaction"])
        else:
            owner.add(attributes.get("name", ""), value, sent=sent)


__all__ = ["Browser", "File", "Form", "NoSuchForm", "Page", "log_in", "sign_up", "write"]
