"""`microblog webhooks`: the site's own targets from the command line."""

from __future__ import annotations

import re


def test_a_target_is_added_listed_turned_paused_and_removed(microblog):
    microblog("migrate")
    assert "There are none" in microblog("webhooks", "list").output
    refused = microblog("webhooks", "add", "http://127.0.0.1/")
    assert refused.exit_code == 1 and "https://example.org/hook" in refused.stderr
    added = microblog("webhooks", "add", "https://hooks.example.org/x", "--event", "post.created")
    assert added.exit_code == 0 and "site_events = true" in added.output
    (secret,) = re.findall(r"whsec_\S+", added.output)
    (webhook_id,) = re.findall(r"id (\d+)\.", added.output)
    listed = microblog("webhooks", "list").output
    assert "hooks.example.org" in listed and "active" in listed and secret not in listed
    (turned,) = re.findall(r"whsec_\S+", microblog("webhooks", "rotate", webhook_id).output)
    assert turned != secret
    assert "Queued" in microblog("webhooks", "ping", webhook_id).output
    assert "Paused" in microblog("webhooks", "pause", webhook_id).output
    assert microblog("webhooks", "ping", webhook_id).exit_code == 1
    assert "paused" in microblog("webhooks", "list").output
    assert "Resumed" in microblog("webhooks", "resume", webhook_id).output
    assert "Removed" in microblog("webhooks", "remove", webhook_id).output
    assert "There are none" in microblog("webhooks", "list").output
    gone = microblog("webhooks", "pause", webhook_id)
    assert gone.exit_code == 1 and "no such web hook" in gone.stderr
