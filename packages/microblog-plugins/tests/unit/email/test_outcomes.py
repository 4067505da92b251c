from __future__ import annotations

import pytest
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from microblog_core.ports.channels import AddressGone, Permanent, Temporary
from microblog_plugins.email.outcomes import outcome_of


def refused(code, text):
    return SMTPRecipientsRefused([SMTPRecipientRefused(code, text, "ada@people.example")])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (refused(450, "4.2.0 Greylisted"), Temporary),
        (refused(452, "4.2.2 Mailbox full"), Temporary),
        (refused(550, "5.1.1 No such user"), AddressGone),
        (refused(550, "5.2.1 Mailbox disabled"), AddressGone),
        (refused(550, "No such user here"), AddressGone),
        (refused(553, "sorry, that recipient is not found"), AddressGone),
        (refused(550, "5.7.1 Your network is blocked: user unknown to us"), Permanent),
        (refused(550, "Blocked by policy"), Permanent),
        (refused(554, "No such user"), Permanent),
        (SMTPDataError(554, "5.7.1 Spam"), Permanent),
        (SMTPDataError(550, "5.1.1 <ada> does not exist"), AddressGone),
        (SMTPDataError(451, "4.3.0 Later"), Temporary),
        (SMTPSenderRefused(550, "5.7.1 Not from here", "noreply@blog.example"), Permanent),
        (SMTPSenderRefused(550, "Unknown user", "noreply@blog.example"), Permanent),
        (SMTPDataError(421, "4.3.2 Shutting down"), type(None)),
        (SMTPAuthenticationError(535, "5.7.8 Wrong password"), type(None)),
        (SMTPServerDisconnected("Gone"), type(None)),
    ],
)
def test_what_an_answer_means(error, outcome):
    assert type(outcome_of(error)) is outcome
