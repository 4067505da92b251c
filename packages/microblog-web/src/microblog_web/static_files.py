"""Static files: read once, served from memory under names that carry a hash of their content.

A name that changes with its content may be kept by browsers for ever; there is no other way to reach a file.
The style sheets that one plugin loads on every page are sent as one file: each request takes a way there and
back.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path

import msgspec

from microblog_core.domain.errors import PluginError
from microblog_web.contributions import StaticFolder

PREFIX = "/static/"
_COMPRESSED = ("text/", "image/svg", "application/javascript", "application/json")
_MAX_BYTES = 8 << 20
OWN = "web"
# Deferred, so that it runs when the style sheets are there, and fetches the others when the page is read.
_FETCH = (
    'addEventListener("DOMContentLoaded",()=>{for(const src of URLS)'
    'document.head.append(Object.assign(document.createElement("script"),{src,async:false}))})'
)
# Rules that count only at the very beginning of a sheet.
_ONLY_FIRST = (b"@import", b"@charset", b"@namespace")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class StaticFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is sent: `gzipped` is None where compressing gains nothing."""

    path: str
    content_type: str
    body: bytes
    gzipped: bytes | None

    def headers(self, *, gzipped: bool) -> list[tuple[bytes, bytes]]:
        """Response headers: kept for a year, since the content of this address never changes."""
        body = self.gzipped if gzipped and self.gzipped is not None else self.body
        headers = [
            (b"content-type", self.content_type.encode("latin-1")),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"public, max-age=31536000, immutable"),
            (b"vary", b"accept-encoding"),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if body is not self.body:
            headers.append((b"content-encoding", b"gzip"))
        return headers


class StaticFiles:
    """The static files of one set of plugins."""

    def __init__(self, folders: Mapping[str, Sequence[StaticFolder]]) -> None:
        self.by_path: dict[str, StaticFile] = {}
        self._urls: dict[str, str] = {}
        self._folders = folders
        for plugin, contributed in folders.items():
            for folder in contributed:
                self._read(plugin, folder.path)
                for name in (*folder.styles, *folder.scripts):
                    self.url(f"{plugin}/{name}")

    @property
    def themes(self) -> frozenset[str]:
        """The plugins that have files of a theme."""
        return frozenset(
            plugin for plugin, found in self._folders.items() if any(folder.theme for folder in found)
        )

    def styles(self, theme: str = "") -> tuple[str, ...]:
        """The addresses of the style sheets that every page of a site with this theme loads, in order."""
        left_out = {name for _, folder in self._used(theme) if folder.theme for name in folder.replaces}
        sheets = [
            (plugin, self.by_path[self.url(f"{plugin}/{name}")])
            for plugin, folder in self._used(theme)
            for name in folder.styles
            if f"{plugin}/{name}" not in left_out
        ]
        return tuple(
            path
            for plugin, found in groupby(sheets, key=lambda sheet: sheet[0])
            for path in self._joined(plugin, [sheet for _, sheet in found])
        )

    def scripts(self, theme: str = "") -> tuple[str, ...]:
        """The same of scripts: the address of one that fetches them all, in order, once there is something to
        read. What browsers find in the page they fetch at once, beside the style sheet, and on a slow line
        that comes the later.
        """
        names = [f"{plugin}/{name}" for plugin, folder in self._used(theme) for name in folder.scripts]
        if not names:
            return ()
        urls = json.dumps([self.url(name) for name in names], separators=(",", ":"))
        file = _file(OWN, "scripts.js", _FETCH.replace("URLS", urls).encode())
        self.by_path[file.path] = file
        return (file.path,)

    def _joined(self, plugin: str, sheets: Sequence[StaticFile]) -> Iterable[str]:
        """One address for all sheets of a plugin; their own addresses where they can't be one sheet.

        Not across plugins: a brace that one forgets to close must not reach the rules of another.
        """
        if len(sheets) == 1 or any(rule in sheet.body for sheet in sheets for rule in _ONLY_FIRST):
            return [sheet.path for sheet in sheets]
        file = _file(plugin, "styles.css", b"\n".join(sheet.body for sheet in sheets))
        self.by_path[file.path] = file
        return [file.path]

    def _used(self, theme: str) -> list[tuple[str, StaticFolder]]:
        """The folders that this theme's sites use, those of the theme last: what it says of looks wins."""
        folders = [(plugin, folder) for plugin, found in self._folders.items() for folder in found]
        own = [(plugin, folder) for plugin, folder in folders if not folder.theme]
        return own + [(plugin, folder) for plugin, folder in folders if folder.theme and plugin == theme]

    def url(self, name: str) -> str:
        """The address of `<plugin>/<file>`; raises PluginError where there is no such file."""
        try:
            return self._urls[name]
        except KeyError:
            raise PluginError(
                f"There is no static file {name}.", hint="Check the name and the folder."
            ) from None

    def get(self, path: str) -> StaticFile | None:
        """The file at this path of the site."""
        return self.by_path.get(path)

    def _read(self, plugin: str, folder: Path) -> None:
        if not folder.is_dir():
            raise PluginError(f"The static folder of {plugin} is not there: {folder}")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = file.relative_to(folder).as_posix()
            if any(part.startswith(".") for part in name.split("/")):
                continue
            if file.stat().st_size > _MAX_BYTES:
                raise PluginError(f"The static file {plugin}/{name} is larger than {_MAX_BYTES} bytes.")
            self._add(plugin, name, file.read_bytes())

    def _add(self, plugin: str, name: str, body: bytes) -> None:
        file = _file(plugin, name, body)
        self._urls[f"{plugin}/{name}"] = file.path
        self.by_path[file.path] = file


def _file(plugin: str, name: str, body: bytes) -> StaticFile:
    stem, dot, suffix = name.rpartition(".")
    digest = blake2b(body, digest_size=6).hexdigest()
    hashed = f"{stem}.{digest}.{suffix}" if dot else f"{name}.{digest}"
    content_type = _TYPES.get(f".{suffix}") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    small: bytes | None = None
    if content_type.startswith(_COMPRESSED):
        packed = gzip.compress(body, 9, mtime=0)
        small = packed if len(packed) < len(body) else None
    path = f"{PREFIX}{plugin}/{hashed}"
    return StaticFile(path=path, content_type=content_type, body=body, gzipped=small)
