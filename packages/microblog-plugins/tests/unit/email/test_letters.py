from __future__ import annotations

from email.headerregistry import Address

import pytest

from microblog_core.domain.accounts import Account
from microblog_core.domain.notifications import Message, MessageItem
from microblog_plugins.email.letters import LetterWriter

WRITER = LetterWriter(sender=Address("Blog", "noreply", "blog.example"), host="blog.example")
ADA = Account(id=7, username="ada", display_name="Ada Löwe", created_at=0)


def message(**changes):
    values = {
        "account_id": 1,
        "kind": "mention",
        "subject": "Ada mentioned you",
        "text": "Hello",
        "address": "bob@people.example",
        **changes,
    }
    return Message(**values)


def parts(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def test_plain_subjects_stay_plain_and_others_are_encoded_words():
    assert b"Subject: Ada mentioned you\r\n" in WRITER.write(message(), key="1").as_bytes()
    encoded = WRITER.write(message(subject="Ada erwähnt dich"), key="1")
    assert b"=?utf-8?q?" in encoded.as_bytes().split(b"Date:")[0]
    assert encoded["Subject"] == "Ada erwähnt dich"


@pytest.mark.parametrize("nasty", ["a\r\nBcc: eve@evil.example", "a\nX: 1", "a\x00b", "a\u2028b\x85c"])
def test_nothing_that_people_choose_makes_a_header_field(nasty):
    author = Account(id=7, username="ada", display_name=nasty, created_at=0)
    mail = WRITER.write(message(subject=nasty, actor=author, site_title=nasty), key="1")
    head = mail.as_bytes().partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert b"Bcc" not in names and b"X" not in names
    assert len(names) == len(mail.keys())


def test_text_is_not_escaped_html_is_and_sanitised_content_stays():
    item = MessageItem(
        kind="mention",
        line="<b>Ada</b> & co mentioned you",
        actor=ADA,
        text="1 < 2 & 3",
        html="<p>1 &lt; 2 <em>&amp;</em> 3</p>",
        url="https://blog.example/@ada/1?a=1&b=2",
    )
    text, html = parts(WRITER.write(message(items=(item,), url=item.url, action="Read"), key="1"))
    assert "<b>Ada</b> & co mentioned you:" in text and "1 < 2 & 3" in text
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; co" in html and "<p>1 &lt; 2 <em>&amp;</em> 3</p>" in html
    assert 'href="https://blog.example/@ada/1?a=1&amp;b=2"' in html
    assert "<b>Ada</b>" not in html


def test_the_id_is_the_messages_and_threads_by_references():
    one = message(reference="post-5.1", references=("post-3.1", "post-4.1"))
    mail = WRITER.write(one, key="anything")
    assert mail["Message-ID"] == "<post-5.1@blog.example>"
    assert mail["In-Reply-To"] == "<post-4.1@blog.example>"
    assert mail["References"] == "<post-3.1@blog.example> <post-4.1@blog.example>"
    first, again, other = (WRITER.write(message(), key=key)["Message-ID"] for key in ("1", "1", "2"))
    assert first == again != other
    assert WRITER.write(message(), key="1")["References"] is None
    assert WRITER.write(message(reference="a b>\r\nX: y"), key="1")["Message-ID"].count("@") == 1


def test_who_did_it_stands_beside_the_sites_address():
    assert WRITER.write(message(actor=ADA), key="1")["From"] == '"Ada Löwe (Blog)" <noreply@blog.example>'
    assert WRITER.write(message(), key="1")["From"] == "Blog <noreply@blog.example>"


def test_only_what_can_be_unsubscribed_says_how_and_all_of_it_is_automatic():
    plain = WRITER.write(message(), key="1")
    assert plain["Auto-Submitted"] == "auto-generated"
    assert plain["List-Unsubscribe"] is plain["List-Unsubscribe-Post"] is plain["List-Id"] is None
    link = "https://blog.example/unsubscribe?token=" + "x" * 200
    mail = WRITER.write(message(unsubscribe_url=link, unsubscribe="No more"), key="1")
    # On one line, and as it is: encoded words are no address.
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in mail.as_bytes()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = parts(mail)
    assert f"No more: {link}" in text and f'href="{link}"' in html


def test_an_address_that_no_field_can_hold_is_an_error_of_its_own():
    with pytest.raises(ValueError, match="no address"):
        WRITER.write(message(address="bob@@people.example"), key="1")
