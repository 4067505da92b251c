"""Our own plugins owe their sites what every plugin owes."""

from __future__ import annotations

import pytest

from microblog_core.testing.hygiene_suite import HygieneSuite, Subject

SECRET = "s3cret-of-nobody"
SUBJECTS = (
    Subject(
        name="email",
        settings={"host": "127.0.0.1", "port": 9, "sender": "a@b.example", "user": "u", "password": SECRET},
        secret=SECRET,
    ),
    Subject(name="webhooks"),
    Subject(name="webpush"),
    Subject(
        name="stripe",
        settings={"secret_key": f"sk_{SECRET}", "webhook_secret": f"whsec_{SECRET}"},
        secret=SECRET,
    ),
    Subject(name="media"),
    Subject(name="prometheus"),
    Subject(name="passkeys"),
)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.name)
class TestHygiene(HygieneSuite):
    """Those that have something to leave behind."""
