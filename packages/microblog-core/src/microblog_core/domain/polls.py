"""Polls: a question's options, votes, and when results may be seen.

A poll belongs to one post and never changes but for its counts: editing it makes a new one, so that no vote
is ever counted for another option than the one it was given to. Moments are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from microblog_core.domain.accounts import clean_line, is_blank
from microblog_core.domain.errors import Invalid

OPTIONS_MIN = 2
OPTIONS_DEFAULT = 4
OPTIONS_MOST = 10
"""What a site may allow at most."""
OPTION_LENGTH = 50
EXPIRES_MIN = 5 * 60
EXPIRES_MAX = 31 * 24 * 3600
"""How many seconds a poll lasts."""


class NewPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as its author asks for it; `expires_in` is in seconds."""

    options: tuple[str, ...]
    expires_in: int
    multiple: bool = False
    hide_totals: bool = False


class PollOption(msgspec.Struct, frozen=True):
    """What may be voted for; `votes_count` is None while results are hidden."""

    title: str
    votes_count: int | None = 0


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as a viewer sees it: `voted` and `own_votes` (places of options, from 0) are the viewer's.

    Storages give true counts. What is shown to anybody is `shown_at(now)`.
    """

    id: int
    post_id: int
    options: tuple[PollOption, ...]
    multiple: bool = False
    hide_totals: bool = False
    expires_at: int
    votes_count: int = 0
    voters_count: int = 0
    voted: bool = False
    own_votes: tuple[int, ...] = ()

    def has_ended(self, now: int) -> bool:
        """Whether nobody can vote any more."""
        return self.expires_at <= now

    def shown_at(self, now: int) -> Poll:
        """The same with what is hidden left out: where totals are hidden, counts of options until the end."""
        if not self.hide_totals or self.has_ended(now):
            return self
        hidden = tuple(PollOption(option.title, None) for option in self.options)
        return msgspec.structs.replace(self, options=hidden)


def check_poll(poll: NewPoll, *, options_max: int = OPTIONS_DEFAULT) -> NewPoll:
    """Return the poll with clean titles; raises `Invalid` with the field `poll`."""
    titles = tuple(clean_line(title) for title in poll.options)
    titles = tuple(title for title in titles if not is_blank(title))
    problem = ""
    if len(titles) < OPTIONS_MIN:
        problem = f"Give at least {OPTIONS_MIN} options."
    elif len(titles) > options_max:
        problem = f"Give at most {options_max} options."
    elif any(len(title) > OPTION_LENGTH for title in titles):
        problem = f"Use at most {OPTION_LENGTH} characters for each option."
    elif len({title.casefold() for title in titles}) < len(titles):
        problem = "Give each option once."
    elif not EXPIRES_MIN <= poll.expires_in <= EXPIRES_MAX:
        problem = f"Let it last {EXPIRES_MIN // 60} minutes to {EXPIRES_MAX // 86400} days."
    if problem:
        raise Invalid(fields={"poll": problem})
    return msgspec.structs.replace(poll, options=titles)


def check_choices(poll: Poll, choices: Sequence[int]) -> tuple[int, ...]:
    """Return the chosen places in order; raises `Invalid` with the field `choices`."""
    chosen = tuple(sorted(set(choices)))
    problem = ""
    if not chosen:
        problem = "Choose an option."
    elif chosen[0] < 0 or chosen[-1] >= len(poll.options):
        problem = "Choose among the options of this poll."
    elif len(chosen) > 1 and not poll.multiple:
        problem = "Choose one option only."
    if problem:
        raise Invalid(fields={"choices": problem})
    return chosen
