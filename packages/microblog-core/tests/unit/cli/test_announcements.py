"""`microblog announcements` and `microblog emojis`: said, shown, taken back."""

from __future__ import annotations


def test_what_is_announced_is_listed_and_taken_back(microblog, migrated):
    empty = microblog("announcements", "list")
    assert empty.exit_code == 0 and "Nothing is announced" in empty.output
    added = microblog(
        "announcements", "add", "We move tonight.", "--starts", "2020-01-01", "--ends", "2020-01-02T10:00"
    )
    assert added.exit_code == 0, added.stderr
    announcement_id = added.output.split()[-1].rstrip(".")
    assert microblog("announcements", "add", "Good morning").exit_code == 0
    listed = microblog("announcements", "list").output
    assert [line.split()[1] for line in listed.splitlines() if "00:00" in line or "Good" in line] == [
        "on",
        "off",
    ]
    assert "2020-01-01 00:00" in listed and "2020-01-02 10:00" in listed
    assert microblog("announcements", "remove", announcement_id).exit_code == 0
    gone = microblog("announcements", "remove", announcement_id)
    assert gone.exit_code == 1 and "no such announcement" in gone.stderr
    assert announcement_id not in microblog("announcements", "list").output


def test_an_announcement_that_says_nothing_is_refused(microblog, migrated):
    refused = microblog("announcements", "add", " ")
    assert refused.exit_code == 1 and "Write what" in refused.stderr


def test_emojis_that_are_not_there(microblog, migrated):
    assert "no custom emojis" in microblog("emojis", "list").output
    refused = microblog("emojis", "remove", "tea")
    assert refused.exit_code == 1 and "no such emoji" in refused.stderr
