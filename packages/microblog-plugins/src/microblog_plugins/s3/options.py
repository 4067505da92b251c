"""What the URL of `blobs` says: the bucket, a prefix, and a few options behind the question mark.

No part of a URL is quoted in errors: it may hold a secret key.
"""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from microblog_core.domain.errors import ConfigurationError
from microblog_core.plugins.settings import Secret

SCHEME = "s3"
REGION = "us-east-1"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_OWN = ("endpoint", "region", "style", "public")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prefix` is empty or ends in `/`. `endpoint` is empty for AWS. `style` says where requests name the
    bucket: in the path or as part of the host. `public` is the address at which the files below `public/` can
    be seen.
    """

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = REGION
    style: Literal["path", "virtual"] = "path"
    public: str = ""
    access_key_id: str = ""
    secret_access_key: Secret = Secret("")

    @property
    def host(self) -> str:
        """Who is asked, as people know it."""
        return urlsplit(self.endpoint).netloc or f"s3.{self.region}.amazonaws.com"

    @property
    def address(self) -> str:
        """The endpoint that requests go to; with the bucket in its host where the style is `virtual`."""
        if self.style == "path" or not self.endpoint:
            return self.endpoint
        scheme, _, rest = self.endpoint.partition("://")
        return f"{scheme}://{self.bucket}.{rest}"


def read_options(url: str) -> Options:
    """Read a URL such as `s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-central-1`. Raises
    `ConfigurationError`.
    """
    try:
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _refused("can't be read", "Write s3://bucket/prefix?endpoint=https://s3.example.org") from None
    read: dict[str, Any] = dict(given)
    if unknown := sorted(read.keys() - {*_OWN}):
        named = ", ".join(name for name in unknown if name.isidentifier() and len(name) < 20) or "one"
        raise _refused(f"has an option that there isn't ({named})", f"There are {', '.join(_OWN)}.")
    if len(given) != len(read):
        raise _refused("names an option twice", "Name each once.")
    login, _, bucket = parts.netloc.rpartition("@")
    if _BUCKET.fullmatch(bucket) is None or parts.fragment:
        raise _refused("names no bucket", "Write s3://bucket/prefix; a port belongs to the endpoint.")
    prefix = parts.path.strip("/")
    if prefix and _PREFIX.fullmatch(prefix) is None:
        raise _refused(
            "has a prefix of other characters", "Use letters, digits, `.`, `_`, `-` between slashes."
        )
    access_key_id, secret = (unquote(part) for part in login.partition(":")[::2])
    if bool(access_key_id) != bool(secret):
        raise _refused("has one key without the other", "Write s3://KEY:SECRET@bucket, or leave both out.")
    for name in ("endpoint", "public"):
        if name in read:
            read[name] = _address(name, read[name])
    # AWS wants the bucket in the host; what people run themselves mostly has one host.
    read.setdefault("style", "path" if read.get("endpoint") else "virtual")
    if read["style"] not in ("path", "virtual"):
        raise _refused("has another style than there is", "style is path or virtual.")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", read.get("region", REGION)):
        raise _refused("has a region that is none", "A region is a word such as eu-central-1.")
    return Options(
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        access_key_id=access_key_id,
        secret_access_key=Secret(secret),
        **read,
    )


def _address(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        valid = False
    else:
        valid = valid and not (parts.query or parts.fragment or parts.username)
    if not valid or re.search(r"[\s;,'\"]", text):
        raise _refused(f"has no address in {name}", f"Write {name}=https://host or {name}=http://host:port.")
    return text.rstrip("/")


def _refused(what: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"The URL of the S3 store {what}.", hint=hint)
