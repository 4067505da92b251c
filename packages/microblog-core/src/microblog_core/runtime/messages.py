"""What a message says: from notifications as they are now to a `Message` in the reader's language.

A channel lays it out and sends it; it translates nothing and reads nothing.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.domain.accounts import Account, Login, clean_line
from microblog_core.domain.notifications import Message, MessageItem, NotificationEntry, NotificationKind
from microblog_core.domain.posts import Entry
from microblog_core.i18n import mark, spoken, translations

EXCERPT = 500
SHOWN = 50
"""A digest shows so many things, and says how many more there are."""
DIGEST = "digest"
"""The kind of a message that tells of several things."""

LINES: Mapping[NotificationKind, str] = {
    NotificationKind.MENTION: mark("{actor} mentioned you"),
    NotificationKind.REPLY: mark("{actor} replied to you"),
    NotificationKind.BOOST: mark("{actor} boosted your post"),
    NotificationKind.FAVOURITE: mark("{actor} favourited your post"),
    NotificationKind.FOLLOW: mark("{actor} follows you"),
    NotificationKind.POLL: mark("A poll by {actor} has ended"),
    NotificationKind.QUOTE: mark("{actor} quoted your post"),
    NotificationKind.FOLLOW_REQUEST: mark("{actor} asks to follow you"),
    NotificationKind.STATUS: mark("{actor} published a post"),
    NotificationKind.TIP: mark("{actor} tipped you"),
    NotificationKind.MEMBER: mark("{actor} is a member of yours now"),
    NotificationKind.PAID: mark("Your payment to {actor} has arrived"),
    NotificationKind.RENEWED: mark("Your membership of {actor} was paid again and goes on"),
    NotificationKind.PAYMENT_FAILED: mark("Your payment to {actor} failed"),
    NotificationKind.REFUNDED: mark("What you paid {actor} was given back, in part or whole"),
    NotificationKind.DISPUTED: mark("The bank of {actor} asks a payment to you back"),
}
OWN_POLL = mark("Your poll has ended")
ACTIONS: Mapping[NotificationKind, str] = {
    NotificationKind.FOLLOW: mark("See the profile"),
    NotificationKind.FOLLOW_REQUEST: mark("Answer the request"),
    **dict.fromkeys(
        (
            NotificationKind.PAID,
            NotificationKind.RENEWED,
            NotificationKind.PAYMENT_FAILED,
            NotificationKind.REFUNDED,
        ),
        mark("See your payments"),
    ),
    **dict.fromkeys(
        (NotificationKind.TIP, NotificationKind.MEMBER, NotificationKind.DISPUTED),
        mark("See your earnings"),
    ),
}
PATHS: Mapping[NotificationKind, str] = {
    NotificationKind.FOLLOW_REQUEST: "/notifications",
    NotificationKind.PAID: "/settings/payments",
    NotificationKind.RENEWED: "/settings/payments",
    NotificationKind.PAYMENT_FAILED: "/settings/payments",
    NotificationKind.REFUNDED: "/settings/payments",
    NotificationKind.TIP: "/earnings",
    NotificationKind.MEMBER: "/earnings",
    NotificationKind.DISPUTED: "/earnings",
}
"""Where what is about no post is looked at, where that isn't the profile of who did it."""
ACTION = mark("Read the conversation")
ALL_ACTION = mark("See all notifications")
CONTENT_WARNING = mark("Content warning: {warning}")
PICTURE = mark("Picture: {description}")
WHY = mark("You get this because you have an account as @{name} on {site}.")
SETTINGS = mark("Choose what you are told of: {url}")
UNSUBSCRIBE = mark("No more mails like this one")

_BY_ACTOR = (
    NotificationKind.MENTION,
    NotificationKind.REPLY,
    NotificationKind.QUOTE,
    NotificationKind.STATUS,
)
"""The kinds whose post is the actor's own, so that a message about it can stand for the post."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a message is for; `login` is None for somebody who can't log in."""

    account: Account
    login: Login | None

    @property
    def locale(self) -> str:
        """The language of the message."""
        return spoken(self.login.locale if self.login is not None else "")


def compose(
    reader: Reader,
    told: Sequence[NotificationEntry],
    *,
    base_url: str,
    site_title: str,
    reference: str,
) -> Message:
    """A message of one or several notifications, oldest first. `reference` names it where it doesn't stand
    for one post.
    """
    say = translations(reader.locale)
    items = tuple(_item(reader, each, base_url) for each in told[:SHOWN])
    first, more = items[0], _more(len(told) - len(items), reader.locale)
    alone = len(told) == 1
    actors = {each.actor.id for each in told}
    if alone:
        subject, url = first.line, first.url
        action = say.gettext(ACTIONS.get(told[0].kind, ACTION))
    else:
        subject = say.ngettext("{count} notification", "{count} notifications", len(told))
        subject = subject.format(count=len(told))
        if len(actors) == 1:
            subject = say.gettext("{actor}: {what}").format(actor=_called(told[0].actor), what=subject)
        url, action = _page(base_url, "/notifications"), say.gettext(ALL_ACTION)
    return Message(
        account_id=reader.account.id,
        kind=told[0].kind if alone else DIGEST,
        subject=clean_line(subject),
        text=_text(items, more),
        html=first.html if alone else "",
        url=url,
        locale=reader.locale,
        site_title=site_title,
        actor=told[0].actor if len(actors) == 1 else None,
        items=items,
        more=more,
        action=action,
        reference=_own_reference(reader, told[0]) if alone and told[0].kind in _BY_ACTOR else reference,
        references=_references(reader, told),
    )


def reference_of(*parts: object) -> str:
    """A reference made of anything, in letters and digits alone."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()[:32]


def _item(reader: Reader, told: NotificationEntry, base_url: str) -> MessageItem:
    say = translations(reader.locale)
    own_poll = told.kind is NotificationKind.POLL and told.actor.id == reader.account.id
    line = say.gettext(OWN_POLL if own_poll else LINES[told.kind]).format(actor=_called(told.actor))
    entry = told.entry
    if entry is None:
        path = PATHS.get(told.kind, f"/@{told.actor.acct}")
        return MessageItem(
            kind=told.kind,
            line=clean_line(line),
            actor=told.actor,
            url=_page(base_url, path),
            created_at=told.created_at,
            id=told.id,
        )
    text, markup = _content(entry, reader.locale, base_url)
    return MessageItem(
        kind=told.kind,
        line=clean_line(line),
        actor=told.actor,
        text=text,
        html=markup,
        url=_page(base_url, f"/@{entry.author.acct}/{entry.post.id}"),
        post_id=entry.post.id,
        thread_id=entry.post.thread_id,
        in_reply_to_id=entry.post.in_reply_to_id,
        created_at=told.created_at,
        id=told.id,
        version=entry.post.version,
    )


def _content(entry: Entry, locale: str, base_url: str) -> tuple[str, str]:
    """A post as text and as HTML. What stands behind a content warning stays there."""
    say, post = translations(locale), entry.post
    if post.spoiler:
        text = say.gettext(CONTENT_WARNING).format(warning=post.spoiler)
        return text, f"<p>{html.escape(text)}</p>"
    lines = [say.gettext(PICTURE).format(description=each.description or "–") for each in post.attachments]
    text = post.text if len(post.text) <= EXCERPT else f"{post.text[: EXCERPT - 1].rstrip()}…"
    # Sanitised content has its attributes in double quotes; links to people and tags may be local ones.
    markup = post.html.replace('href="/', f'href="{html.escape(base_url)}/') if base_url else post.html
    if len(post.text) > EXCERPT:
        markup = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n") if part)
    markup += "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return "\n".join(part for part in (text, *lines) if part), markup


def _text(items: Sequence[MessageItem], more: str) -> str:
    """All items as one text; the text of the post alone where there is one item."""
    if len(items) == 1:
        return items[0].text or items[0].line
    parts = [f"{each.line}\n{each.text}".rstrip() for each in items]
    return "\n\n".join([*parts, more] if more else parts)


def _more(count: int, locale: str) -> str:
    said = translations(locale).ngettext("And {count} more.", "And {count} more.", count)
    return said.format(count=count) if count else ""


def _called(account: Account) -> str:
    return f"{account.name} (@{account.acct})"


def _page(base_url: str, path: str) -> str:
    return f"{base_url}{path}" if base_url else ""


def _post_reference(reader: Reader, post_id: int) -> str:
    # The reader's id: two people told of one post get two messages.
    return f"post-{post_id}.{reader.account.id}"


def _own_reference(reader: Reader, told: NotificationEntry) -> str:
    entry = told.entry
    return _post_reference(reader, entry.post.id) if entry is not None else reference_of(told.id)


def _references(reader: Reader, told: Sequence[NotificationEntry]) -> tuple[str, ...]:
    """What the message belongs to: nothing where it tells of several conversations."""
    posts = [each.entry.post for each in told if each.entry is not None]
    if len(posts) != len(told) or len({post.thread_id for post in posts}) != 1:
        return ()
    alone = len(told) == 1
    if alone and told[0].kind in _BY_ACTOR:
        own, parent = posts[0].id, posts[0].in_reply_to_id
    else:
        own, parent = None, posts[-1].id
    named = [each for each in (posts[0].thread_id, parent) if each is not None and each != own]
    return tuple(_post_reference(reader, each) for each in dict.fromkeys(named))
