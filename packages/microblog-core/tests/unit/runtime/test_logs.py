from __future__ import annotations

import io
import json
import logging

import pytest

from microblog_core.runtime.logs import configure_logging, never_write, scrub


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def logged():
    """Configure logging to a stream."""

    def configure(form="auto", minimum="info", stream=None):
        stream = stream or io.StringIO()
        configure_logging(form, minimum, stream)
        return stream

    return configure


def test_a_line_is_one_json_object_with_the_fields_of_the_record(logged):
    stream = logged()
    fields = {"request_id": "abc12345", "status": 200, "message": "not this"}
    logging.getLogger("microblog.access").info("GET / 200", extra={"fields": fields})
    line = json.loads(stream.getvalue())
    assert line["message"] == "GET / 200"
    assert (line["level"], line["logger"], line["request_id"], line["status"]) == (
        "info",
        "microblog.access",
        "abc12345",
        200,
    )
    assert line["time"].endswith("Z")


def test_a_terminal_gets_readable_lines_that_hostile_text_can_not_forge(logged):
    stream = logged(stream=Terminal())
    logging.getLogger("microblog").info("name %s", "x\n12:00:00 error \x1b[31mforged")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b[31m" not in stream.getvalue()


def test_an_exception_is_written_with_its_traceback(logged):
    stream = logged("json")
    try:
        raise RuntimeError("password=hunter22")
    except RuntimeError:
        logging.getLogger("microblog").exception("it broke")
    line = json.loads(stream.getvalue())
    assert "RuntimeError" in line["exception"]
    assert "hunter22" not in stream.getvalue()


def test_others_are_quiet_below_warning_and_configuring_twice_writes_once(logged):
    logged("json")
    stream = logged("json")
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("trouble")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["trouble"]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ada:hunter22@db/site",
        "password=hunter22&next=/",
        '{"access_token": "hunter22"}',
        "Authorization: Bearer hunter22",
        "cookie: hunter22",
        "MICROBLOG_SECRET_KEY=hunter22",
    ],
)
def test_secrets_are_hidden(text):
    assert "hunter22" not in scrub(text)
    assert "***" in scrub(text)


def test_ordinary_text_stays_as_it_is():
    text = "GET /@ada/12 200, three tokens left, see http://127.0.0.1:8000/about"
    assert scrub(text) == text


def test_what_the_configuration_keeps_secret_is_hidden_wherever_it_stands_but_short_words_are_not(logged):
    never_write(["plain-words-kept-secret", "plain-words-kept-secret-longer", "short"])
    stream = logged("json")
    try:
        raise ValueError("a plugin said plain-words-kept-secret")
    except ValueError:
        logging.getLogger("microblog").exception("It has plain-words-kept-secret-longer and short ones")
    line = json.loads(stream.getvalue())
    assert line["message"] == "It has *** and short ones"
    assert "a plugin said ***" in line["exception"]
    assert "plain-words" not in stream.getvalue()
