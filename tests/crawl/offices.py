"""What moderators and operators find on their pages, and what people got from them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from microblog_core.domain.accounts import Account
from microblog_core.domain.archives import ImportKind
from microblog_core.domain.moderation import ModerationAct
from microblog_core.domain.permissions import ANONYMOUS, Actor
from microblog_core.domain.posts import Post
from microblog_core.domain.reports import ReportCategory
from microblog_core.domain.site_texts import PRIVACY, TERMS
from microblog_core.ports.context import Ports
from microblog_core.services import (
    accounts,
    announcements,
    campaigns,
    emojis,
    exports,
    imports,
    invitations,
    mail_blocks,
    moderation,
    posts,
    reports,
    site_texts,
)

PASSWORD = "correct horse battery"


async def furnish(ports: Ports, people: dict[str, Account], picture: bytes) -> str:
    """Fill the pages of moderation and of operating, and those that members see of it. Returns the code of an
    invitation.
    """
    owner, moderator = Actor(account=people["owner"]), Actor(account=people["moderator"])
    await _say(ports, owner, picture)
    for name in ("member", "moderator", "owner"):
        code = await _invite(ports, Actor(account=people[name]))
        await exports.request_export(ports, Actor(account=people[name]), exports.RequestExport())
        await _import(ports, Actor(account=people[name]))
    await _ask_to_come(ports)
    bob = Actor(account=people["bob"])
    reported = await _write(ports, bob, "Cheap watches!")
    for name in ("member", "eve", "asker"):
        await reports.report_account(
            ports,
            Actor(account=people[name]),
            reports.ReportAccount(
                account_id=people["bob"].id,
                post_ids=(reported.id,),
                comment=f"An advert, says {name}.",
                category=ReportCategory.SPAM,
            ),
        )
    for who, about in ((moderator, "member"), (owner, "moderator"), (moderator, "eve")):
        for reason in ("Mind your words.", "Once more: mind your words."):
            command = moderation.ModerateAccount(
                account_id=people[about].id, act=ModerationAct.WARN, reason=reason
            )
            strike = await moderation.moderate_account(ports, who, command)
        appeal = moderation.AppealDecision(strike_id=strike.id, text="I said nothing of the kind.")
        await moderation.appeal_decision(ports, Actor(account=people[about]), appeal)
    return code


async def _say(ports: Ports, owner: Actor, picture: bytes) -> None:
    for text in ("Be kind.", "Be kind, and be brief."):
        seen = {name: (await site_texts.read_document(ports, name)).version_id for name in (TERMS, PRIVACY)}
        texts = {TERMS: f"Terms. {text}", PRIVACY: f"Privacy. {text}"}
        await site_texts.set_texts(ports, owner, site_texts.SetTexts(texts=texts, seen=seen))
    for number in range(2):
        command = emojis.UploadEmoji(shortcode=f"tree{number}", data=picture, category="Plants")
        await emojis.upload_emoji(ports, owner, command)
    for published in (True, False):
        said = announcements.AddAnnouncement(text="There is cake at five. :tree1: #tea", published=published)
        await announcements.add_announcement(ports, owner, said)
    await mail_blocks.block_mail(ports, owner, mail_blocks.BlockMail(pattern="spam.example", note="Adverts"))
    for name in ("News of May", "News of June"):
        draft = campaigns.AddCampaign(name=name, subject="News", body="Dear all,\n\nthere is **cake**.")
        campaign = await campaigns.add_campaign(ports, owner, draft)
    await campaigns.start_campaign(ports, owner, campaigns.StartCampaign(campaign_id=campaign.id))


async def _invite(ports: Ports, actor: Actor) -> str:
    made = await invitations.make_invitation(ports, actor, invitations.MakeInvitation(uses_max=5))
    await invitations.make_invitation(ports, actor, invitations.MakeInvitation())
    assert actor.account is not None
    name = f"guest_of_{actor.account.username}"
    guest = accounts.SignUp(
        username=name, email=f"{name}@example.org", password=PASSWORD, invitation=made.code
    )
    await accounts.sign_up(ports, ANONYMOUS, guest)
    return made.code


async def _ask_to_come(ports: Ports) -> None:
    for number in range(3):
        name = f"newcomer{number}"
        asked = accounts.SignUp(
            username=name, email=f"{name}@example.org", password=PASSWORD, reason="I like tea."
        )
        await accounts.sign_up(ports, ANONYMOUS, asked)


async def _import(ports: Ports, actor: Actor) -> None:
    content = b"Account address\nbob\nnobody-of-this-name\n"

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    command = imports.RequestImport(
        kind=ImportKind.FOLLOWING, chunks=chunks(), size=len(content), name="following.csv"
    )
    await imports.request_import(ports, actor, command)


async def _write(ports: Ports, actor: Actor, text: str) -> Post:
    return (await posts.publish_post(ports, actor, posts.PublishPost(text=text))).post
