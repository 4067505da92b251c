"""The job `mail.account`: writes and sends the mails about an account itself.

They go by the channel `email`, whatever somebody's preferences are and whether or not that is paused. What is
no longer needed when its turn comes is not sent: an address confirmed or changed in between, a password
changed, a link that would be too old.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from microblog_core.domain.accounts import AccountState, Login, clean_line
from microblog_core.domain.browsers import browser_name
from microblog_core.domain.deliveries import MAIL
from microblog_core.domain.notifications import Message
from microblog_core.i18n import mark, translations
from microblog_core.ports.channels import AddressGone
from microblog_core.ports.operations import Job
from microblog_core.runtime.links import (
    CONFIRM_MILLISECONDS,
    FORGOTTEN_PATH,
    LOGIN_PATH,
    RESET_MILLISECONDS,
    Links,
)
from microblog_core.runtime.messages import Reader, reference_of
from microblog_core.services.mails import AccountMail, AccountMailKind, PasswordProof, password_mark
from microblog_core.services.site_texts import read_face

if TYPE_CHECKING:
    from microblog_core.site import Site

DEVICE_MILLISECONDS = 3 * 24 * 3600 * 1000
_LIVES = {
    AccountMailKind.CONFIRM: CONFIRM_MILLISECONDS,
    AccountMailKind.RESET: RESET_MILLISECONDS,
    AccountMailKind.NEW_DEVICE: DEVICE_MILLISECONDS,
    AccountMailKind.APPROVED: CONFIRM_MILLISECONDS,
    AccountMailKind.LEAVING: DEVICE_MILLISECONDS,
    AccountMailKind.SECOND_FACTOR_ON: DEVICE_MILLISECONDS,
    AccountMailKind.SECOND_FACTOR_OFF: DEVICE_MILLISECONDS,
    AccountMailKind.LOGIN_ADDED: DEVICE_MILLISECONDS,
    AccountMailKind.LOGIN_REMOVED: DEVICE_MILLISECONDS,
}
_ALARMS = (
    AccountMailKind.NEW_DEVICE,
    AccountMailKind.SECOND_FACTOR_ON,
    AccountMailKind.SECOND_FACTOR_OFF,
    AccountMailKind.LOGIN_ADDED,
    AccountMailKind.LOGIN_REMOVED,
)
"""Whose link is for who didn't do it themselves."""
_MAY_LOG_IN = (AccountState.ACTIVE, AccountState.SILENCED, AccountState.PENDING, AccountState.LEAVING)

logger = logging.getLogger(__name__)


class _Words(msgspec.Struct, frozen=True):
    """What one kind of mail says."""

    subject: str
    text: str
    action: str
    note: str


_WORDS = {
    AccountMailKind.CONFIRM: _Words(
        mark("Confirm your address for {site}"),
        mark("You gave this address for your account @{name} on {site}. Confirm that it is yours."),
        mark("Confirm this address"),
        mark("If you have no such account, do nothing: you will get no other mail."),
    ),
    AccountMailKind.RESET: _Words(
        mark("A new password for {site}"),
        mark("Somebody asked for a new password for your account @{name} on {site}."),
        mark("Choose a new password"),
        mark("The link works once, within an hour. If you did not ask, do nothing: your password stays."),
    ),
    AccountMailKind.NEW_DEVICE: _Words(
        mark("New log-in to {site}"),
        mark("Somebody logged in to your account @{name} on {site} with {browser}, {when} UTC."),
        mark("It was not me: choose a new password"),
        mark("If it was you, there is nothing to do."),
    ),
    AccountMailKind.APPROVED: _Words(
        mark("Welcome to {site}"),
        mark("Your account @{name} on {site} is approved. You can log in now."),
        mark("Log in"),
        mark("If you have no such account, do nothing: you will get no other mail."),
    ),
    AccountMailKind.LEAVING: _Words(
        mark("Your account on {site} is to be deleted"),
        mark("Your account @{name} on {site} is hidden, and will be deleted on {day}."),
        mark("Log in to keep it"),
        mark("If it was you, there is nothing to do."),
    ),
    AccountMailKind.SECOND_FACTOR_ON: _Words(
        mark("Logging in to {site} takes a second step now"),
        mark("Since {when} UTC, logging in to your account @{name} on {site} asks for a second factor."),
        mark("It was not me: choose a new password"),
        mark("If it was you, there is nothing to do."),
    ),
    AccountMailKind.SECOND_FACTOR_OFF: _Words(
        mark("Logging in to {site} takes no second step any more"),
        mark("Since {when} UTC, logging in to your account @{name} on {site} asks for no second factor."),
        mark("It was not me: choose a new password"),
        mark("If it was you, there is nothing to do."),
    ),
    AccountMailKind.LOGIN_ADDED: _Words(
        mark("One more way to log in to {site}"),
        mark("Since {when} UTC, your account @{name} on {site} has one more way to log in: {what}."),
        mark("It was not me: choose a new password"),
        mark("If it was not you, also remove it in your settings: a new password does not end it."),
    ),
    AccountMailKind.LOGIN_REMOVED: _Words(
        mark("One way less to log in to {site}"),
        mark("Since {when} UTC, your account @{name} on {site} can't be logged in to any more by: {what}."),
        mark("It was not me: choose a new password"),
        mark("If it was you, there is nothing to do."),
    ),
}


class AccountMailer:
    """Sends one site's mails about accounts."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._links = Links(site)

    async def send(self, job: Job) -> None:
        """Send the mail. Raises what the channel raises, but for `AddressGone`."""
        mail = msgspec.json.decode(job.payload, type=AccountMail)
        channel = next((each for each in self._site.contributions.channels if each.name == MAIL), None)
        ports = self._site.ports
        account = await ports.storage.accounts.get(mail.account_id)
        login = await ports.storage.accounts.login_of(mail.account_id)
        if channel is None or account is None or login is None or account.state not in _MAY_LOG_IN:
            return
        if ports.clock.now() >= mail.at + _LIVES[mail.kind] or _needless(mail, login):
            return
        title = (await read_face(ports)).title
        message = self._message(mail, Reader(account=account, login=login), login, title)
        message = msgspec.structs.replace(message, reference=reference_of(mail.kind, job.key))
        try:
            await channel.deliver(message, key=f"{mail.kind}:{job.key}")
        except AddressGone as gone:
            logger.warning("The mail %s can't reach account %s: %s", mail.kind, mail.account_id, gone)

    def _message(self, mail: AccountMail, reader: Reader, login: Login, title: str) -> Message:
        say, words = translations(reader.locale), _WORDS[mail.kind]
        when = datetime.fromtimestamp(mail.at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        values = {
            "site": title,
            "name": reader.account.username,
            "browser": clean_line(browser_name(mail.detail)) or say.gettext("an unknown program"),
            "when": when,
            "day": mail.detail,
            "what": clean_line(mail.detail),
        }
        return Message(
            account_id=reader.account.id,
            kind=mail.kind,
            subject=clean_line(say.gettext(words.subject).format(**values)),
            text=say.gettext(words.text).format(**values),
            url=self._url(mail, login),
            address=login.email,
            confirmed=login.email_confirmed_at > 0,
            locale=reader.locale,
            site_title=title,
            action=say.gettext(words.action),
            notes=(say.gettext(words.note),),
        )

    def _url(self, mail: AccountMail, login: Login) -> str:
        if mail.kind is AccountMailKind.CONFIRM:
            return self._links.confirm(login.account_id, login.email)
        if mail.kind is AccountMailKind.RESET:
            proof = PasswordProof(account_id=login.account_id, mark=password_mark(login))
            return self._links.reset(proof, asked_at=mail.at)
        return self._links.page(FORGOTTEN_PATH if mail.kind in _ALARMS else LOGIN_PATH)


def _needless(mail: AccountMail, login: Login) -> bool:
    if mail.kind is AccountMailKind.CONFIRM:
        return login.email_confirmed_at > 0
    if mail.kind is AccountMailKind.RESET:
        return login.password_changed_at > mail.at
    return False
