"""Permissions and decisions about them. Deny wins; nobody allowing is a denial."""

from __future__ import annotations

import enum

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Role
from microblog_core.domain.errors import Unauthenticated


class Decision(enum.Enum):
    """What a policy says about one actor, permission and subject."""

    ALLOW = "allow"
    DENY = "deny"
    ABSTAIN = "abstain"


class Permission(msgspec.Struct, frozen=True):
    """Something that may be allowed: `name` is `area.verb`, a plugin's begins with the plugin's name."""

    name: str
    description: str
    role: Role = Role.MEMBER


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a use case: an account with maybe narrowed scopes, nobody, or the system itself.

    `since` is when the session began by which they ask, in Unix milliseconds; 0 for every other way to be
    recognised, such as a token of the API.
    """

    account: Account | None = None
    scopes: frozenset[str] | None = None
    system: bool = False
    address: str = ""
    since: int = 0

    @property
    def id(self) -> int | None:
        """The account's id, None for nobody."""
        return self.account.id if self.account is not None else None


ANONYMOUS = Actor()
SYSTEM = Actor(system=True)


def require_account(actor: Actor) -> Account:
    """The actor's account. Raises `Unauthenticated` for nobody."""
    if actor.account is None:
        raise Unauthenticated("You are not logged in.", hint="Log in and try again.")
    return actor.account


_ROLE_ORDER = {role: index for index, role in enumerate(Role)}


def has_role(account: Account | None, role: Role) -> bool:
    """Whether this account has at least this role and may act at all."""
    return (
        account is not None
        and account.state in (AccountState.ACTIVE, AccountState.SILENCED)
        and _ROLE_ORDER[account.role] >= _ROLE_ORDER[role]
    )


CORE_PERMISSIONS = (
    Permission("posts.write", "Publish, edit, delete, boost and favourite posts"),
    Permission("media.write", "Upload pictures, describe and remove them"),
    Permission("follows.write", "Follow, unfollow, block and mute people"),
    Permission("account.write", "Change the own profile, address and password"),
    Permission("notifications.read", "Read the own notifications"),
    Permission("filters.write", "Filter what one reads"),
    Permission("lists.write", "Make lists of people and read them"),
    Permission("push.write", "Be told of notifications by push"),
    Permission("reports.write", "Report people to the moderators"),
    Permission("announcements.react", "React to announcements"),
    Permission("payments.write", "Tip people, become a member, and be paid"),
    Permission("payments.view", "See payments and the ledger", Role.ADMINISTRATOR),
    Permission("payments.refund", "Give payments back and end memberships", Role.ADMINISTRATOR),
    Permission("accounts.approve", "Approve and reject people who sign up", Role.MODERATOR),
    Permission("accounts.invite", "Invite people where members may"),
    Permission("mail_blocks.manage", "Block mail addresses that nobody signs up with", Role.ADMINISTRATOR),
    Permission("accounts.manage", "Create, disable and restore accounts", Role.ADMINISTRATOR),
    Permission("announcements.manage", "Announce something", Role.ADMINISTRATOR),
    Permission("campaigns.manage", "Mail many people at once", Role.ADMINISTRATOR),
    Permission("emojis.manage", "Add and remove custom emojis", Role.ADMINISTRATOR),
    Permission("site.manage", "Change what the site says of itself and how it looks", Role.ADMINISTRATOR),
    Permission("media.manage", "See how much room pictures take, and clean up", Role.ADMINISTRATOR),
    Permission("webhooks.manage", "Let others be told of what happens here", Role.ADMINISTRATOR),
    Permission("jobs.manage", "See jobs that wait or failed, retry and discard them", Role.ADMINISTRATOR),
    Permission(
        "operations.read", "See plugins, their settings, and how well the site is", Role.ADMINISTRATOR
    ),
    Permission("dashboard.read", "See how much there is, and how much there is to do", Role.MODERATOR),
    Permission("posts.moderate", "Delete posts of others", Role.MODERATOR),
    Permission("accounts.moderate", "See accounts, warn, silence, suspend and restore them", Role.MODERATOR),
    Permission("audit.read", "Read who did what", Role.MODERATOR),
    Permission("reports.read", "Read what people reported", Role.MODERATOR),
    Permission("statistics.read", "Read statistics that are not public", Role.MODERATOR),
    Permission("statistics.manage", "Have days counted anew", Role.ADMINISTRATOR),
    Permission("reports.resolve", "Take and resolve reports", Role.MODERATOR),
)
