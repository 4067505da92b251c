"""The job `mail.moderation`: tells somebody what moderators decided about them, or about their appeal.

It goes to the account's address whatever their preferences are, and although they may not be able to log in:
its link shows the decision and takes their answer.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.accounts import Account, AccountState, Login, clean_line
from microblog_core.domain.deliveries import MAIL
from microblog_core.domain.moderation import AppealState, ModerationAct, Strike
from microblog_core.domain.notifications import Message
from microblog_core.i18n import mark, translations
from microblog_core.ports.channels import AddressGone
from microblog_core.ports.operations import Job
from microblog_core.runtime.links import Links
from microblog_core.runtime.messages import Reader, reference_of
from microblog_core.services.moderation_mails import DecisionLink, ModerationMail, News

if TYPE_CHECKING:
    from microblog_core.site import Site

logger = logging.getLogger(__name__)

DECIDED = {
    ModerationAct.WARN: mark("The moderators of {site} have a warning for you."),
    ModerationAct.MARK_SENSITIVE: mark("The moderators of {site} marked posts of yours as sensitive."),
    ModerationAct.DELETE_POSTS: mark("The moderators of {site} deleted posts of yours."),
    ModerationAct.SILENCE: mark(
        "The moderators of {site} silenced your account @{name}: its posts are not in public timelines."
    ),
    ModerationAct.DISABLE: mark("The moderators of {site} disabled your account @{name}: nobody can log in."),
    ModerationAct.SUSPEND: mark(
        "The moderators of {site} suspended your account @{name}: nobody sees it or its posts."
    ),
}
NEWS = {
    News.OVERRULED: mark("The moderators of {site} took back what they decided about your account @{name}."),
    News.ACCEPTED: mark("Your appeal was accepted: what {site} decided about @{name} is taken back."),
    News.REJECTED: mark("Your appeal was rejected: what {site} decided about @{name} stands."),
}
SUBJECT = mark("About your account on {site}")
REASON = mark("The reason they gave: {reason}")
ACTION = mark("See the decision, and answer")
NOTE = mark("You may answer once. A moderator looks at it again.")


class ModerationMailer:
    """Sends one site's mails about decisions."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._links = Links(site)

    async def send(self, job: Job) -> None:
        """Send the mail, unless it says what is no longer so. Raises what the channel raises, but for
        `AddressGone`.
        """
        mail = msgspec.json.decode(job.payload, type=ModerationMail)
        channel = next((each for each in self._site.contributions.channels if each.name == MAIL), None)
        ports = self._site.ports
        entry = await ports.storage.moderation.strike(mail.strike_id)
        if channel is None or entry is None or entry.account.state is AccountState.DELETED:
            return
        login = await ports.storage.accounts.login_of(entry.account.id)
        if login is None or (mail.news is News.DECIDED and entry.strike.overruled_at is not None):
            return
        message = self._message(mail, entry.strike, entry.account, login)
        message = msgspec.structs.replace(message, reference=reference_of("moderation", job.key))
        try:
            await channel.deliver(message, key=f"moderation:{job.key}")
        except AddressGone as gone:
            logger.warning("The mail about decision %s can't reach its account: %s", mail.strike_id, gone)

    def _message(self, mail: ModerationMail, strike: Strike, account: Account, login: Login) -> Message:
        reader = Reader(account=account, login=login)
        say = translations(reader.locale).gettext
        values = {"site": self._site.config.title, "name": account.username}
        words = DECIDED[strike.act] if mail.news is News.DECIDED else NEWS[mail.news]
        text = say(words).format(**values)
        if mail.news is News.DECIDED:
            text += "\n\n" + say(REASON).format(reason=strike.reason)
        may_answer = strike.appeal_state is AppealState.NONE and strike.overruled_at is None
        link = DecisionLink(account_id=account.id, strike_id=strike.id)
        return Message(
            account_id=account.id,
            kind="moderation",
            subject=clean_line(say(SUBJECT).format(**values)),
            text=text,
            url=self._links.decision(link),
            address=login.email,
            confirmed=login.email_confirmed_at > 0,
            locale=reader.locale,
            site_title=self._site.config.title,
            action=say(ACTION),
            notes=(say(NOTE),) if may_answer else (),
        )
