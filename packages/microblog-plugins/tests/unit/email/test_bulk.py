"""Mails to many are the same as mails to one, written faster."""

from __future__ import annotations

import email
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microblog_core.domain.notifications import Message
from microblog_plugins.email.bulk import BulkWriter
from microblog_plugins.email.letters import UNFOLDED, LetterWriter

LETTERS = LetterWriter(
    sender=Address(display_name="Blög", username="noreply", domain="blog.example"), host="blog.example"
)


def made(**changes):
    values = {
        "account_id": 7,
        "kind": "news",
        "subject": "Wäs is new: €5 " + "x" * 90,
        "text": "Good morning\n.\nFrom here = there  \n",
        "html": "<p>Good <b>morning</b></p>",
        "locale": "de",
        "address": "ada.l+x@people.example",
        "site_title": "The Blog",
        "notes": ("You get this, @ada", "Settings"),
        "unsubscribe_url": "https://blog.example/unsubscribe?token=" + "a1_-." * 60,
        "unsubscribe": "Nö more",
        "reference": "abc",
        **changes,
    }
    return Message(**values)


def both(message):
    fast = BulkWriter(LETTERS).write(message, key="k")
    assert isinstance(fast, bytes)
    slow = LETTERS.write(message, key="k").as_bytes(policy=UNFOLDED)
    return [email.message_from_bytes(each, policy=SMTP) for each in (fast, slow)]


def same(message):
    fast, slow = both(message)
    assert not fast.defects

    def fields(mail):
        return sorted(
            (name, str(value)) for name, value in mail.items() if name not in ("Date", "Content-Type")
        )

    assert fields(fast) == fields(slow)
    assert fast.get_content_type() == slow.get_content_type() == "multipart/alternative"
    for one, other in zip(fast.iter_parts(), slow.iter_parts(), strict=True):
        assert not one.defects
        assert one.get_content_type() == other.get_content_type()
        assert one.get_content().rstrip() == other.get_content().rstrip()


@pytest.mark.parametrize("changes", [{}, {"unsubscribe_url": ""}, {"html": ""}, {"reference": ""}])
def test_a_mail_to_many_has_the_fields_and_parts_of_a_mail_to_one(changes):
    same(made(**changes))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300))
def test_whatever_the_text_is(text):
    same(made(text=text, subject=f"About {text}", html=""))


def test_no_line_is_longer_than_a_server_must_take():
    fast = BulkWriter(LETTERS).write(made(text="ü" * 5000 + "=" * 5000), key="k")
    assert max(map(len, fast.split(b"\r\n"))) <= 998
    assert b"\n" not in fast.replace(b"\r\n", b"")


@pytest.mark.parametrize("address", ["ädä@people.example", '"a b"@people.example', "a..b@people.example"])
def test_an_address_that_is_not_plain_is_left_to_the_slow_way(address):
    try:
        mail = BulkWriter(LETTERS).write(made(address=address), key="k")
    except ValueError:
        with pytest.raises(ValueError, match="address"):
            LETTERS.write(made(address=address), key="k")
    else:
        assert isinstance(mail, EmailMessage)


def test_every_mail_is_its_receivers_own():
    writer = BulkWriter(LETTERS)
    mails = [
        writer.write(
            made(address=f"{name}@people.example", reference=name, unsubscribe_url=f"https://x/{name}"),
            key="k",
        )
        for name in ("ada", "bob")
    ]
    for name, mail in zip(("ada", "bob"), mails, strict=True):
        read = email.message_from_bytes(mail, policy=SMTP)
        assert read["To"] == f"{name}@people.example"
        assert read["List-Unsubscribe"] == f"<https://x/{name}>"
        assert read["Message-ID"] == f"<{name}@blog.example>"
