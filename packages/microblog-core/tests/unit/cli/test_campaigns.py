"""`microblog campaigns`: written from a file, started, watched, stopped."""

from __future__ import annotations

import re

import pytest

FILE = """
name = "May"
subject = "What is new"
body = "Hello"
rate = 60
[audience]
roles = ["moderator"]
locale = "de"
joined_after = 2026-01-31
"""


@pytest.fixture
def draft(microblog, tmp_path, migrated):
    """The id of a draft."""
    source = tmp_path / "may.toml"
    source.write_text(FILE)
    made = microblog("campaigns", "create", "--file", str(source))
    assert made.exit_code == 0, made.output
    return re.search(r"Draft (\d+)", made.output)[1]


def test_a_site_without_campaigns_says_how_to_make_one(microblog, migrated):
    assert "create --file" in microblog("campaigns", "list").output


def test_a_draft_is_listed_and_shown(microblog, draft):
    listed = microblog("campaigns", "list").output
    assert draft in listed and "May" in listed and "draft" in listed
    shown = microblog("campaigns", "show", draft, "--follow").output
    for line in (
        "subject  What is new",
        "audience 0 people now",
        "rate     60 mails a minute",
        "sent     0 of 0",
    ):
        assert line in shown


@pytest.mark.parametrize(
    ("command", "said"),
    [("pause", "can be paused"), ("resume", "can be resumed"), ("cancel", "can be cancelled")],
)
def test_what_does_not_run_is_not_stopped(microblog, draft, command, said):
    ended = microblog("campaigns", command, draft)
    assert ended.exit_code == 1 and said in ended.output


def test_a_site_that_sends_no_mail_starts_nothing(microblog, draft):
    ended = microblog("campaigns", "start", draft, "--at", "2026-12-24T18:00")
    assert ended.exit_code == 1 and "plugins.email.host" in ended.output


def test_an_unknown_campaign_is_an_error(microblog, migrated):
    assert "no such campaign" in microblog("campaigns", "show", "7").output


WRONG = ("name = ", 'name = "x"', FILE + 'colour = "red"', FILE.replace("moderator", "boss"))


@pytest.mark.parametrize("text", WRONG)
def test_a_file_that_is_none_says_what_it_needs(microblog, tmp_path, text, migrated):
    source = tmp_path / "wrong.toml"
    source.write_text(text)
    ended = microblog("campaigns", "create", "--file", str(source))
    assert ended.exit_code == 1 and "is no campaign" in ended.output and "[audience]" in ended.output
