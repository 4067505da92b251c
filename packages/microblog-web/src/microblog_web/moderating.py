"""What the pages of moderation share: words for acts and states, and the form of a decision."""

from __future__ import annotations

from collections.abc import Mapping

from microblog_core.domain.accounts import AccountState, Role
from microblog_core.domain.ids import parse_id
from microblog_core.domain.moderation import STATES, AppealState, ModerationAct, check_act, is_stricter
from microblog_core.domain.permissions import Actor
from microblog_core.domain.posts import Visibility
from microblog_core.domain.ranks import may_act_on
from microblog_core.domain.reports import ReportCategory, ReportState
from microblog_core.services.moderation import ModerateAccount, moderate_account
from microblog_web.i18n import mark
from microblog_web.views import View

ACTS: Mapping[ModerationAct, str] = {
    ModerationAct.WARN: mark("Warn: only tell the person"),
    ModerationAct.MARK_SENSITIVE: mark("Mark the chosen posts as sensitive"),
    ModerationAct.DELETE_POSTS: mark("Delete the chosen posts for good"),
    ModerationAct.SILENCE: mark("Silence: keep the account out of public timelines"),
    ModerationAct.DISABLE: mark("Disable: nobody can log in, the posts stay"),
    ModerationAct.SUSPEND: mark("Suspend: hide the account and all its posts"),
}
DONE: Mapping[ModerationAct, str] = {
    ModerationAct.WARN: mark("Warned"),
    ModerationAct.MARK_SENSITIVE: mark("Posts marked as sensitive"),
    ModerationAct.DELETE_POSTS: mark("Posts deleted"),
    ModerationAct.SILENCE: mark("Silenced"),
    ModerationAct.DISABLE: mark("Disabled"),
    ModerationAct.SUSPEND: mark("Suspended"),
}
STATE_WORDS: Mapping[AccountState, str] = {
    AccountState.ACTIVE: mark("Active"),
    AccountState.DISABLED: mark("Disabled"),
    AccountState.SILENCED: mark("Silenced"),
    AccountState.SUSPENDED: mark("Suspended"),
    AccountState.PENDING: mark("Waits for approval"),
    AccountState.LEAVING: mark("Leaves"),
    AccountState.DELETED: mark("Deleted"),
    AccountState.PENDING: mark("Waits for approval"),
    AccountState.LEAVING: mark("Leaves: to be deleted"),
}
ROLE_WORDS: Mapping[Role, str] = {
    Role.MEMBER: mark("Member"),
    Role.MODERATOR: mark("Moderator"),
    Role.ADMINISTRATOR: mark("Administrator"),
    Role.OWNER: mark("Owner"),
}
APPEALS: Mapping[AppealState, str] = {
    AppealState.OPEN: mark("Appeal waits"),
    AppealState.ACCEPTED: mark("Appeal accepted"),
    AppealState.REJECTED: mark("Appeal rejected"),
}
CATEGORIES: Mapping[ReportCategory, str] = {
    ReportCategory.SPAM: mark("Spam"),
    ReportCategory.LEGAL: mark("Against the law"),
    ReportCategory.VIOLATION: mark("Against the rules"),
    ReportCategory.OTHER: mark("Something else"),
}
REPORT_STATES: Mapping[ReportState, str] = {
    ReportState.OPEN: mark("Still open"),
    ReportState.RESOLVED: mark("Resolved"),
}
VISIBILITIES: Mapping[Visibility, str] = {
    Visibility.PUBLIC: mark("public"),
    Visibility.UNLISTED: mark("unlisted"),
    Visibility.FOLLOWERS: mark("for followers"),
    Visibility.MEMBERS: mark("for members"),
    Visibility.DIRECT: mark("direct"),
}
WORDS = {
    "acts": ACTS,
    "done": DONE,
    "states": STATE_WORDS,
    "roles": ROLE_WORDS,
    "appeals": APPEALS,
    "categories": CATEGORIES,
    "report_states": REPORT_STATES,
}
"""What every template of moderation is given."""
ACT_FIELDS = ("act", "reason", "post_ids")


def may_decide(actor: Actor, role: Role, state: AccountState) -> bool:
    """Whether the forms of decisions are worth showing; the use cases decide."""
    return (
        actor.account is not None
        and state is not AccountState.DELETED
        and may_act_on(actor.account.role, role)
    )


def possible_acts(view: View, state: AccountState, *, with_posts: bool) -> list[tuple[str, str]]:
    """The acts that make a difference to an account in this state."""
    about_posts = (ModerationAct.MARK_SENSITIVE, ModerationAct.DELETE_POSTS)
    return [
        (act.value, view.translate(label))
        for act, label in ACTS.items()
        if (act not in STATES or is_stricter(STATES[act], than=state))
        and (with_posts or act not in about_posts)
    ]


async def decide(view: View, account_id: int, values: Mapping[str, str], report_id: int | None = None) -> str:
    """Do what the form says; returns what to tell. Raises what `moderate_account` raises."""
    command = ModerateAccount(
        account_id=account_id,
        act=check_act(values.get("act", "")),
        reason=values.get("reason", ""),
        report_id=report_id,
        post_ids=chosen_posts(values),
    )
    strike = await moderate_account(view.ports, view.actor, command)
    return view.translate("Done: %(what)s.", what=view.translate(DONE[strike.act]))


def chosen_posts(values: Mapping[str, str]) -> tuple[int, ...]:
    """The posts whose boxes were ticked."""
    numbers = [parse_id(name.removeprefix("post_")) for name in values if name.startswith("post_")]
    return tuple(number for number in numbers if number is not None)
