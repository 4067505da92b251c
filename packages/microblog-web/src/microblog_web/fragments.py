"""What a post looks like: its template is rendered once for each *shape*, and filled for each post and
reader.

A shape is everything that decides which elements a post has: its visibility, whether it was edited, what its
reader did to it. There are a few dozen. What is in the elements (names, text, counts, how long ago) are
holes, filled by code that does no more than join strings: a page of posts that nobody has asked for before
costs what any other costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from markupsafe import Markup, escape

from microblog_core.domain.accounts import Account
from microblog_core.domain.filters import FilterAction
from microblog_core.domain.link_previews import LinkPreview
from microblog_core.domain.media import small_key
from microblog_core.domain.posts import OPEN_VISIBILITIES, Entry, ReplyPolicy, Visibility, may_quote
from microblog_core.domain.replies import may_reply
from microblog_core.services.link_previews import read_link_previews
from microblog_web.avatars import avatar
from microblog_web.icons import icon
from microblog_web.interactions import REPLY_LABELS
from microblog_web.link_cards import draw_card
from microblog_web.members_only import open_to
from microblog_web.pictures import draw_pictures
from microblog_web.polls import draw_poll
from microblog_web.post_slots import draw_post_slots
from microblog_web.quotes import draw_quoted
from microblog_web.times import count, moment_words, relative

if TYPE_CHECKING:
    from microblog_web.views import View

EMPTY = Markup("")
POST_HOLES = frozenset(
    (
        "entry id acct name display avatar moment full time text pictures poll quoted lang warning filters"
        " class why to card kept slots after at replies boosts favourites"
    ).split()
)
"""What `web/post.html` may leave to be filled in."""
POSTS_NEED = ("text", "acct", "id")
AUTHORS_KEPT = 2048
LANGUAGES_KEPT = 256


class Shape(NamedTuple):
    """What decides which elements a post has.

    `folded` says what hides the text until it is unfolded: a `warning` in words, the mark `sensitive`, or
    nothing; `filtered`, whether a filter of the reader's folds all of it. `reader` is `visitor`, `member` or
    `own` (the author). `replies` says who may answer, `answerable` whether the reader may (visitors are led
    to the post). `teaser` says that there is more for members, and whether the reader can read it.
    """

    visibility: Visibility
    edited: bool
    folded: Literal["", "warning", "sensitive"]
    bot: bool
    reader: Literal["visitor", "member", "own"]
    boosted: bool
    favourited: bool
    bookmarked: bool = False
    filtered: bool = False
    quotable: bool = False
    replies: ReplyPolicy = ReplyPolicy.PUBLIC
    answerable: bool = True
    teaser: Literal["", "closed", "open"] = ""

    @property
    def open(self) -> bool:
        """Whether it may be boosted."""
        return self.visibility in OPEN_VISIBILITIES

    @property
    def who_replies(self) -> str:
        """Who may answer, in words to be translated; empty for everybody."""
        return REPLY_LABELS.get(self.replies, "")


async def draw_posts(
    view: View, entries: Sequence[Entry], classes: Mapping[int, str] | None = None
) -> Markup:
    """The HTML of these posts, in order. `classes` gives CSS classes to entries by their id."""
    return Markup("".join(await draw_each(view, entries, classes)))  # noqa: S704 - see `draw_each`


async def draw_each(
    view: View, entries: Sequence[Entry], classes: Mapping[int, str] | None = None
) -> list[str]:
    """The HTML of each of these posts: templates rendered with autoescaping, holes filled with HTML."""
    if not entries:
        return []
    pieces = await draw_post_slots(view, entries)
    members = await open_to(view, entries)
    previews = await read_link_previews(view.ports, [entry.post for entry in entries])
    reader, web, locale = view.me.id if view.me is not None else 0, view.web, view.locale
    return [
        web.shape(_shape(entry, reader, members), locale).fill(
            _values(view, entry, kept, live, after, _class(classes, entry), previews.get(entry.post.id))
        )
        for entry, kept, live, after in zip(entries, *pieces, strict=True)
    ]


def _class(classes: Mapping[int, str] | None, entry: Entry) -> str:
    return classes.get(entry.id, "") if classes else ""


def _shape(entry: Entry, reader: int, members: frozenset[int]) -> Shape:
    post, author = entry.post, entry.author
    return Shape(
        post.visibility,
        post.edited_at is not None,
        "warning" if post.spoiler else "sensitive" if post.sensitive or _blurred(entry) else "",
        author.bot,
        "visitor" if not reader else "own" if author.id == reader else "member",
        entry.boosted,
        entry.favourited,
        entry.bookmarked,
        any(match.filter.action is FilterAction.WARN for match in entry.filtered),
        may_quote(reader or None, entry),
        post.reply_policy,
        not reader or may_reply(reader, entry),
        "" if not post.teaser_for_members else "open" if author.id in members else "closed",
    )


def _blurred(entry: Entry) -> bool:
    """Whether a filter folds the pictures that there are."""
    return bool(entry.post.attachments) and any(
        match.filter.action is FilterAction.BLUR for match in entry.filtered
    )


def _values(
    view: View,
    entry: Entry,
    kept: str,
    live: str,
    after: str,
    css_class: str,
    preview: LinkPreview | None = None,
) -> dict[str, str]:
    post, author = entry.post, entry.author
    post_id, created = str(post.id), post.created_at
    moment, whole, day = moment_words(created, view.locale)
    url = view.web.picture_url(small_key(author.avatar)) if author.avatar else ""
    emojis = view.web.emojis
    acct, name, face = _who(author.id, author.username, author.domain, author.display_name, url)
    return {
        "entry": post_id if entry.id == post.id else str(entry.id),
        "id": post_id,
        "acct": acct,
        "name": name,
        "display": emojis.html(name) if emojis.emojis else name,
        "avatar": face,
        "moment": moment,
        "full": whole,
        "time": day if view.actor.account is None else relative(created, view.now, view.locale),
        "text": emojis.html(post.html),
        "pictures": draw_pictures(view, post.attachments) if post.attachments else "",
        "poll": draw_poll(view, entry) if entry.poll is not None else "",
        "quoted": draw_quoted(view, entry) if post.quote_of_id is not None else "",
        "lang": _lang(post.language) if post.language else "",
        "warning": emojis.words(post.spoiler) if post.spoiler else "",
        "filters": _filters(view, entry) if entry.filtered else "",
        "class": f" {css_class}" if css_class else "",
        "why": _why(view, entry) if entry.boosted_by is not None else "",
        "to": _answers(view, entry) if post.in_reply_to_id is not None else "",
        "card": draw_card(view, entry, preview) if preview is not None else "",
        "kept": kept,
        "slots": live,
        "after": after,
        "at": f"?at={entry.id}" if entry.id != post.id else "",
        "replies": count(post.replies_count, view.locale),
        "boosts": count(post.boosts_count, view.locale),
        "favourites": count(post.favourites_count, view.locale),
    }


@lru_cache(AUTHORS_KEPT)
def _who(
    account_id: int, username: str, domain: str, display_name: str, url: str = ""
) -> tuple[str, str, str]:
    """How an author's address, name and picture stand in a post. Its result depends on nothing else, so that
    sites can share it.
    """
    account = Account(
        id=account_id, username=username, domain=domain, display_name=display_name, created_at=0
    )
    return escape(account.acct), escape(account.name), avatar(account, url)


@lru_cache(LANGUAGES_KEPT)
def _lang(language: str) -> str:
    return f' lang="{escape(language)}"'


def _filters(view: View, entry: Entry) -> str:
    titles = [match.filter.title for match in entry.filtered if match.filter.action is FilterAction.WARN]
    return escape(view.translate("Filtered: %(titles)s", titles=", ".join(dict.fromkeys(titles))))


def _why(view: View, entry: Entry) -> str:
    booster = entry.boosted_by
    if booster is None:
        return ""
    who = f'<a href="/@{escape(booster.acct)}">{view.web.emojis.words(booster.name)}</a>'
    sentence = _with_name(view.translate("%(name)s boosted"), who)
    return f'<p class="why">{icon("boost")}{sentence}</p>'


def _answers(view: View, entry: Entry) -> str:
    if entry.replied_to is None:
        sentence = str(escape(view.translate("Replying to a post that isn't shown")))
    else:
        acct = escape(entry.replied_to.acct)
        who = f'<a class="u-in-reply-to" href="/@{acct}/{entry.post.in_reply_to_id}">@{acct}</a>'
        sentence = _with_name(view.translate("Replying to %(name)s"), who)
    return f'<p class="to">{sentence}</p>'


def _with_name(sentence: str, name: str) -> str:
    """The sentence, escaped, with HTML in the place of `%(name)s`. `Markup.format` would take longer than all
    the rest of a post.
    """
    return str(escape(sentence)).replace("%(name)s", name)
