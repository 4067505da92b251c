"""Servers that die, refuse, hang and break off: what was asked ends in time, with a sentence that says what
to do, and nobody ever sees half a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time

import pytest

from microblog_core.domain.errors import NotFound, Unavailable
from microblog_core.patterns.admission import Refused
from microblog_core.testing.blob_suite import KEY, OTHER, TYPE
from microblog_core.testing.s3 import ACCESS_KEY, OPERATOR, OPERATOR_SECRET, SECRET_KEY
from microblog_core.testing.servers import free_port
from microblog_plugins.s3.blobs import BREAKER, S3Blobs
from microblog_plugins.s3.options import read_options
from microblog_plugins.s3.settings import S3Settings

MEGABYTE = b"x" * (1 << 20)
WRONG = "wrong-secret-that-nobody-may-see"
OPERATORS = f"{OPERATOR}:{OPERATOR_SECRET}"


def elsewhere(port, seconds=1.0):
    """A store whose server is somebody else at this port."""
    url = f"s3://KEY:{WRONG}@bucket?endpoint=http://127.0.0.1:{port}"
    return S3Blobs(read_options(url), S3Settings(seconds=seconds))


@contextlib.asynccontextmanager
async def answering(*answers):
    """A server that says these bytes to each request and then nothing more."""
    held = []

    async def serve(reader, writer):
        held.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                for answer in answers:
                    writer.write(answer)
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for writer in held:
            writer.close()
        server.close()
        await server.wait_closed()


async def told(work):
    """What somebody is told of what doesn't work."""
    with pytest.raises(Unavailable) as caught:
        await work
    error = caught.value
    assert error.__cause__ is None
    assert WRONG not in f"{error} {error.hint}" and SECRET_KEY not in f"{error} {error.hint}"
    return f"{error} {error.hint}"


async def test_a_server_that_is_killed_in_the_middle_of_a_file_is_left_alone_and_has_the_one_before(
    make, s3_server
):
    blobs = make(seconds=2.0)
    await blobs.put(KEY, b"one", TYPE)

    async def pieces():
        for number in range(16):
            if number == 8:
                s3_server.kill()
            yield MEGABYTE

    assert "does not answer" in await told(blobs.put_stream(KEY, pieces(), 16 << 20, TYPE))
    for _ in range(BREAKER.failures - 1):
        assert s3_server.endpoint.removeprefix("http://") in await told(blobs.get(KEY))
    began = time.monotonic()
    for work in (blobs.get(KEY), blobs.stream(KEY), blobs.put(OTHER, b"x", TYPE), blobs.delete(KEY)):
        with pytest.raises(Refused):
            await work
    assert time.monotonic() - began < 0.1
    assert "does not answer" in await told(blobs.ping())
    s3_server.start()
    await blobs.ping()
    blobs._guard._circuit._clock = lambda: time.monotonic() + BREAKER.open_for
    assert await blobs.get(KEY) == b"one"


async def test_files_that_are_not_there_say_nothing_about_the_server(blobs):
    for _ in range(BREAKER.failures + 1):
        with pytest.raises(NotFound):
            await blobs.get(KEY)


async def test_wrong_keys_are_told_without_telling_them(make):
    for keys, what in ((f"{ACCESS_KEY}:{WRONG}", "secret key is wrong"), (f"NOBODY:{WRONG}", "access key")):
        blobs = make(keys=keys)
        for work in (blobs.ping(), blobs.put(KEY, b"x", TYPE), blobs.get(KEY), blobs.delete(KEY)):
            said = await told(work)
            assert what in said and "plugins.s3.secret_access_key" in said


async def test_a_bucket_that_is_not_there_is_no_missing_file(make):
    blobs = make(keys=OPERATORS, bucket="another-bucket")
    for work in (blobs.ping(), blobs.put(KEY, b"x", TYPE), blobs.get(KEY), blobs.stream(KEY)):
        assert "the bucket isn't there" in await told(work)


async def test_what_the_keys_may_not_do_is_no_missing_file(make):
    blobs = make(bucket="another-bucket")
    for work in (blobs.ping(), blobs.get(KEY), blobs.stream(KEY)):
        assert "s3:ListBucket" in await told(work)


async def test_without_any_keys_it_says_so(s3_server, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    url = f"s3://microblog?endpoint={s3_server.endpoint}"
    blobs = S3Blobs(read_options(url), S3Settings(seconds=1.0))
    assert "no keys" in await told(blobs.ping())
    await blobs.close()


async def test_a_server_that_never_answers_is_given_up_in_time():
    async with answering() as port:
        for work in (elsewhere(port).get(KEY), elsewhere(port).put(KEY, b"x", TYPE)):
            began = time.monotonic()
            await told(work)
            assert time.monotonic() - began < 5


async def test_a_file_that_stops_in_its_middle_is_given_up_in_time():
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\nlast-modified: Fri, 27 Nov 2026 10:00:00 GMT\r\n\r\n"
    async with answering(head, b"x" * 10) as port:
        blob = await elsewhere(port).stream(KEY)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            _ = [piece async for piece in blob.chunks]
        assert time.monotonic() - began < 5


async def test_what_a_server_says_is_never_quoted():
    body = f"<Error><Code>SignatureDoesNotMatch</Code><StringToSign>{WRONG}</StringToSign></Error>".encode()
    head = b"HTTP/1.1 403 Forbidden\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with answering(head, body) as port:
        assert "secret key is wrong" in await told(elsewhere(port).get(KEY))


async def test_an_error_of_the_server_is_tried_again_and_told():
    async with answering(b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n") as port:
        assert "it answered 503" in await told(elsewhere(port).get(KEY))


MEASURE = r"""
import asyncio, os, re, sys
from pathlib import Path
from microblog_plugins.s3.blobs import S3Blobs
from microblog_plugins.s3.options import read_options
from microblog_plugins.s3.settings import S3Settings

KEY, SIZE, PIECE = f"ab/{'f' * 30}.zip", 48 << 20, 256 << 10

async def pieces():
    for _ in range(SIZE // PIECE):
        yield os.urandom(PIECE)

def peak():
    # Of this program alone: what getrusage says begins with that of who started it.
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024

async def main():
    blobs = S3Blobs(read_options(sys.argv[1]), S3Settings())
    await blobs.ping()
    before = peak()
    await blobs.put_stream(KEY, pieces(), SIZE, "application/zip")
    blob = await blobs.stream(KEY)
    assert sum([len(piece) async for piece in blob.chunks]) == SIZE
    print(peak() - before)
    await blobs.delete(KEY)
    await blobs.close()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one program")
def test_a_large_file_is_never_wholly_in_memory(s3_url):
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, s3_url], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(ran.stdout) < 32, "MB more than before, for a file of 48 MB"


ENDING = """
import asyncio, sys, threading, time
from microblog_plugins.s3.blobs import S3Blobs
from microblog_plugins.s3.options import read_options
from microblog_plugins.s3.settings import S3Settings

class Loop(asyncio.SelectorEventLoop):
    # Who gives a result is still busy when it has arrived, as may happen at any time.
    def call_soon_threadsafe(self, *arguments, **named):
        handle = super().call_soon_threadsafe(*arguments, **named)
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.02)
        return handle

async def main():
    blobs = S3Blobs(read_options(sys.argv[1]), S3Settings())
    await blobs.ping()
    await blobs.close()
    print("done")

with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
"""


def test_a_program_that_ends_is_not_killed_by_the_thread_that_gave_its_last_answer(s3_url):
    ran = subprocess.run(
        [sys.executable, "-c", ENDING, s3_url], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "done\n"), ran.stderr
