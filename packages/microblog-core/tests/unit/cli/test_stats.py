"""`microblog stats`: a table, files, and counting anew."""

from __future__ import annotations

import json


def test_figures_are_counted_anew_and_shown_in_three_forms(microblog, migrated):
    empty = microblog("stats", "--days", "2")
    assert empty.exit_code == 0 and "Nothing is counted yet" in empty.stderr
    made = microblog("demo", "--accounts", "5", "--posts", "20", "--follows", "2")
    assert made.exit_code == 0, made.stderr
    counted = microblog("stats", "--days", "60", "--recompute", "2020-01-01", "--format", "json")
    assert counted.exit_code == 0, counted.stderr
    assert "Counting days" in counted.stderr
    days = json.loads(counted.stdout)["days"]
    assert len(days) == 60 and sum(day["posts"] for day in days) > 0
    lines = microblog("stats", "--days", "60", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("day,posts,") and len(lines) == 61
    assert lines[-1].split(",")[1] == str(days[-1]["posts"])
    table = microblog("stats", "--days", "3").stdout.splitlines()
    assert table[0].split()[:3] == ["day", "(UTC)", "posts"] and len(table) == 4
    one = microblog("stats", "--recompute", "2020-01-01", "2020-01-02", "--days", "1")
    assert one.exit_code == 0


def test_what_is_asked_wrongly_is_said(microblog, migrated):
    for wrong in (("--recompute",), ("2026-01-01",), ("--recompute", "2026-01-02", "2026-01-01")):
        refused = microblog("stats", *wrong)
        assert refused.exit_code == 1 and "Error:" in refused.stderr
    assert microblog("stats", "--recompute", "yesterday").exit_code == 2
