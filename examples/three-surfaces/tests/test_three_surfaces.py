"""All three as one process, started by its command and driven over HTTP."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from microblog_core.testing.browser import Browser, sign_up, write
from microblog_core.testing.servers import ServerProcess, free_port

COMMAND = [sys.executable, "-m", "microblog_core.cli.main"]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    port, folder = free_port(), tmp_path_factory.mktemp("site")
    command = [*COMMAND, "--data", str(folder / "data"), "serve", "--port", str(port)]
    env = {"MICROBLOG_SITES__MAIN__SIGNUP_SECONDS": "0"}
    with ServerProcess(command, port, folder / "server.log", env=env) as server:
        yield server


def send(server: ServerProcess, path: str, body: bytes, **fields: str) -> tuple[int, str, str]:
    """Post something that no form sends; status, content type and text of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        headers = {key.replace("_", "-"): value for key, value in fields.items()}
        headers["host"] = f"localhost:{server.port}"
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("content-type", ""), answer.read().decode()
    finally:
        connection.close()


def _cookies(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


async def test_who_logs_in_on_the_website_writes_in_each_and_is_read_in_all(server: ServerProcess) -> None:
    async with Browser(server.port) as ada, Browser(server.port) as reader:
        assert (await sign_up(ada, "ada", "correct horse battery")).acknowledged
        assert (await write(ada, "From the website")).acknowledged
        form = (await ada.get("/office/")).form("text")
        assert (await ada.submit(form, text="From the <office>")).location == "/office/"
        me = json.loads((await ada.get("/board/me")).body)
        assert me["username"] == "ada"
        fields = {"cookie": _cookies(ada), "x-csrf-token": me["token"]}
        status, _, published = send(server, "/board/posts", b'{"text": "From the board"}', **fields)
        assert (status, json.loads(published)["by"]) == (201, "ada")
        said = ["From the board", "From the <office>", "From the website"]
        board = json.loads((await reader.get("/board/")).body)
        assert [post["text"] for post in board["posts"]] == said
        for path in ("/public", "/office/", "/@ada"):
            page = (await reader.get(path)).text
            assert all(text.replace("<office>", "&lt;office&gt;") in page for text in said), path


@pytest.mark.parametrize(
    ("status", "body", "fields"),
    [
        (413, b"x" * (2 << 20), {}),
        (403, b"text=x", {"content_type": FORM}),
        (403, b"text=x", {"content_type": FORM, "sec_fetch_site": "cross-site"}),
    ],
)
def test_what_core_or_a_use_case_refuses_is_drawn_as_the_surface_draws(
    server: ServerProcess, status: int, body: bytes, fields: dict[str, str]
) -> None:
    paths = ("/board/posts", "/office/posts", "/compose")
    answers = {path: send(server, path, body, **fields) for path in paths}
    assert {path: answer[0] for path, answer in answers.items()} == dict.fromkeys(answers, status)
    board, office, website = answers.values()
    problem = json.loads(board[2])
    assert (board[1], problem["status"]) == ("application/problem+json", status)
    assert problem["title"]
    assert "The office can't do that" in office[2]
    assert 'rel="stylesheet"' in website[2] and "The office" not in website[2]


async def test_what_is_not_there_is_told_in_each_format(server: ServerProcess) -> None:
    async with Browser(server.port) as reader:
        board, office, website = [
            await reader.get(path) for path in ("/board/none", "/office/none", "/nobody-here")
        ]
    assert {board.status, office.status, website.status} == {404}
    assert board.headers["content-type"] == "application/problem+json"
    assert "There is no such desk." in office.text
    assert 'rel="stylesheet"' in website.text


async def test_a_surface_lives_within_the_life_of_the_site(tmp_path: Path) -> None:
    port = free_port()
    command = [*COMMAND, "--data", str(tmp_path / "data"), "serve", "--port", str(port)]
    with ServerProcess(command, port, tmp_path / "server.log") as server:
        async with Browser(port) as reader:
            counted = [json.loads((await reader.get("/board/")).body)["seen"] for _ in range(3)]
        assert counted == [1, 2, 3]
        assert server.terminate() == 0
        said = server.output()
    assert said.index("the board opens") < said.index("the board closes")
    assert "Traceback" not in said
