"""What is written, as the fields of a form: from the form to commands, and from what is stored back to the
form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microblog_core.domain.errors import Invalid
from microblog_core.domain.ids import parse_id
from microblog_core.domain.media import ATTACHMENTS_MAX, Attachment, MediaState
from microblog_core.domain.polls import OPTIONS_MOST, NewPoll, Poll
from microblog_core.domain.posts import Entry, QuotePolicy, ReplyPolicy, Visibility, check_visibility
from microblog_core.services.posts import PublishPost
from microblog_web.languages import check_language
from microblog_web.requests import post_id_from
from microblog_web.views import View
from microblog_web.zones import WHICH

PICTURES = tuple(f"picture_{number}" for number in range(ATTACHMENTS_MAX))
DESCRIPTIONS = tuple(f"description_{number}" for number in range(ATTACHMENTS_MAX))
OPTIONS = tuple(f"option_{number}" for number in range(OPTIONS_MOST))
KEPT = (
    "text", "spoiler", "sensitive", "visibility", "language", "quote_policy", "reply_policy",
    "teaser", "teaser_unlisted", *OPTIONS, "poll_lasts", "poll_multiple", "poll_hidden", "scheduled_at",
    WHICH,
)  # fmt: skip
"""The fields that a draft keeps, beside what is answered and quoted."""
FIELDS = (*KEPT, "poll", "media_ids", *PICTURES, *DESCRIPTIONS)
"""The fields at which a form says what is to mend."""
RELATED = ("in_reply_to_id", "quoted_post_id")

DEFAULT_LASTS = 86_400
LASTS = (300, 1_800, 3_600, 21_600, 43_200, DEFAULT_LASTS, 259_200, 604_800, 1_209_600, 2_592_000)
"""How many seconds a poll may be made to last."""


def command_of(values: Mapping[str, str], media_ids: Sequence[int]) -> PublishPost:
    """The command that publishes what stands in a form. Raises `Invalid` with the fields of the form."""
    answered, quoted = (values.get(name, "") for name in RELATED)
    teaser = values.get("teaser", "").strip()
    if teaser and values.get("visibility") != Visibility.MEMBERS:
        raise Invalid(fields={"teaser": "Only what is for members has a teaser."})
    return PublishPost(
        text=values.get("text", ""),
        spoiler=values.get("spoiler", ""),
        sensitive=bool(values.get("sensitive")),
        visibility=check_visibility(values.get("visibility", "public")),
        language=check_language(values.get("language", "")),
        in_reply_to_id=post_id_from(answered) if answered else None,
        quoted_post_id=post_id_from(quoted) if quoted else None,
        quote_policy=quote_policy_of(values),
        reply_policy=reply_policy_of(values),
        poll=poll_of(values),
        teaser=teaser,
        teaser_visibility=Visibility.UNLISTED if values.get("teaser_unlisted") else Visibility.PUBLIC,
        media_ids=tuple(media_ids),
        idempotency_key=values.get("once", "")[:64],
    )


def poll_of(values: Mapping[str, str]) -> NewPoll | None:
    """The poll of a form; None where no option is given. Raises `Invalid` with the field `poll`."""
    options = tuple(values[name] for name in OPTIONS if values.get(name, "").strip())
    if not options:
        return None
    lasts = values.get("poll_lasts", "") or str(DEFAULT_LASTS)
    if lasts not in map(str, LASTS):
        raise Invalid(fields={"poll": "Choose how long it lasts."})
    return NewPoll(
        options=options,
        expires_in=int(lasts),
        multiple=bool(values.get("poll_multiple")),
        hide_totals=bool(values.get("poll_hidden")),
    )


def defaults(view: View) -> dict[str, str]:
    """What stands in a form before anything is typed."""
    login = view.login
    if login is None:
        return {"visibility": "public"}
    return {
        "visibility": login.default_visibility,
        "language": login.default_language,
        "sensitive": "1" if login.default_sensitive else "",
    }


def values_of(command: PublishPost) -> dict[str, str]:
    """The fields of a form that would send this command."""
    poll = command.poll
    options = {f"option_{place}": title for place, title in enumerate(poll.options)} if poll else {}
    return {
        "text": command.text,
        "spoiler": command.spoiler,
        "sensitive": "1" if command.sensitive else "",
        "visibility": str(command.visibility),
        "language": command.language,
        "quote_policy": str(command.quote_policy),
        "reply_policy": str(command.reply_policy),
        "teaser": command.teaser,
        "teaser_unlisted": "1" if command.teaser_visibility is Visibility.UNLISTED else "",
        "in_reply_to_id": str(command.in_reply_to_id or ""),
        "quoted_post_id": str(command.quoted_post_id or ""),
        **options,
        "poll_lasts": str(_nearest(poll.expires_in)) if poll else "",
        "poll_multiple": "1" if poll and poll.multiple else "",
        "poll_hidden": "1" if poll and poll.hide_totals else "",
    }


def values_of_post(entry: Entry, teaser: Entry | None = None) -> dict[str, str]:
    """The fields of a form that would write this post anew, with its teaser where it has one."""
    post = entry.post
    before = teaser.post if teaser is not None else post
    command = PublishPost(
        text=post.text,
        spoiler=post.spoiler,
        sensitive=post.sensitive,
        visibility=post.visibility,
        language=post.language,
        in_reply_to_id=before.in_reply_to_id,
        teaser=teaser.post.text if teaser is not None else "",
        teaser_visibility=before.visibility if teaser is not None else Visibility.PUBLIC,
        quoted_post_id=post.quote_of_id if entry.quoted is not None else None,
        quote_policy=post.quote_policy,
        reply_policy=post.reply_policy,
        poll=_asked(entry.poll, post.created_at) if entry.poll is not None else None,
    )
    return values_of(command)


def media_ids_of(values: Mapping[str, str]) -> list[int]:
    """The pictures that a form carries along, in the order asked for, without those to remove; what is no id
    is left out.
    """
    found = [
        media_id for each in values.get("media", "").split(",") if (media_id := parse_id(each)) is not None
    ]
    found = list(dict.fromkeys(found))[:ATTACHMENTS_MAX]
    return ordered([each for each in found if not values.get(f"remove_{each}")], values, found)


def ordered(media_ids: Sequence[int], values: Mapping[str, str], shown: Sequence[int]) -> list[int]:
    """The same in the order of the fields `place_ID` (from 1): what moves up or down pushes others aside."""

    def place(media_id: int) -> float:
        old = shown.index(media_id) + 1
        text = values.get(f"place_{media_id}", "")
        new = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else old
        return new + (0.5 if new > old else -0.5 if new < old else 0)

    return sorted(media_ids, key=place)


async def usable_media(view: View, media_ids: Sequence[int]) -> tuple[Attachment, ...]:
    """Pictures that were uploaded with a form, as far as a new post can use them."""
    found = await view.ports.storage.media.some(media_ids) if media_ids else ()
    return tuple(
        each
        for each in found
        if each.account_id == view.actor.id
        and each.state is not MediaState.FAILED
        and each.post_id is None
        and each.scheduled_id is None
    )


def _asked(poll: Poll, began: int) -> NewPoll:
    return NewPoll(
        options=tuple(option.title for option in poll.options),
        expires_in=(poll.expires_at - began) // 1000,
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
    )


def _nearest(seconds: int) -> int:
    return min(LASTS, key=lambda each: abs(each - seconds))


def reply_policy_of(values: Mapping[str, str]) -> ReplyPolicy:
    """Who may answer, as a form has it. Raises `Invalid` with the field `reply_policy`."""
    try:
        return ReplyPolicy(values.get("reply_policy", "") or ReplyPolicy.PUBLIC)
    except ValueError:
        raise Invalid(fields={"reply_policy": "Choose one of the list."}) from None


def quote_policy_of(values: Mapping[str, str]) -> QuotePolicy:
    """Who may quote: the same with the field `quote_policy`."""
    try:
        return QuotePolicy(values.get("quote_policy", "") or QuotePolicy.PUBLIC)
    except ValueError:
        raise Invalid(fields={"quote_policy": "Choose one of the list."}) from None
