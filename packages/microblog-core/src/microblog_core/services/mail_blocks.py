"""Mail addresses that nobody signs up with: whole domains with all below them, and single addresses."""

from __future__ import annotations

import msgspec

from microblog_core.domain.errors import Conflict, Invalid
from microblog_core.domain.permissions import Actor
from microblog_core.domain.signing_up import MailBlock, check_note, check_pattern, patterns_of
from microblog_core.domain.timelines import Listing, Page
from microblog_core.patterns.decorators import audited, authorised, retried
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import AddMailBlock, DeleteMailBlock


class BlockMail(msgspec.Struct, frozen=True, kw_only=True):
    """A domain such as `example.org`, or a whole address; `note` is for other operators."""

    pattern: str
    note: str = ""


class UnblockMail(msgspec.Struct, frozen=True, kw_only=True):
    """A block is lifted, by its id."""

    block_id: int


@authorised("mail_blocks.manage")
@audited("mail.blocked", lambda command: command.pattern.strip()[:254])
@retried("id")
async def block_mail(ports: Ports, actor: Actor, command: BlockMail) -> MailBlock:
    """Let nobody sign up with this, nor change to it. Raises `Invalid` (fields `pattern`, `note`)."""
    pattern, now = check_pattern(command.pattern), ports.clock.now()
    block = MailBlock(id=ports.ids.at(now), pattern=pattern, note=check_note(command.note), created_at=now)
    unit = ports.unit()
    unit.apply(AddMailBlock(block=block))
    try:
        await unit.commit()
    except Conflict as conflict:
        if conflict.guard == "pattern":
            raise Invalid(fields={"pattern": f"{pattern} is blocked already."}) from conflict
        raise
    return block


@authorised("mail_blocks.manage")
@audited("mail.unblocked", lambda command: command.block_id)
async def unblock_mail(ports: Ports, actor: Actor, command: UnblockMail) -> None:
    """Lift a block; nothing where there is none."""
    unit = ports.unit()
    unit.apply(DeleteMailBlock(block_id=command.block_id))
    await unit.commit()


@authorised("mail_blocks.manage")
async def list_mail_blocks(ports: Ports, actor: Actor, page: Page) -> Listing[MailBlock]:
    """All blocks, newest first."""
    return await ports.storage.sign_ups.mail_blocks(page)


async def check_mail_block(ports: Ports, email: str) -> None:
    """Raises `Invalid` (field `email`) for an address that nobody may sign up with; it does not say why."""
    if await ports.storage.sign_ups.mail_block(patterns_of(email)) is not None:
        raise Invalid(fields={"email": "This address can't be used here. Use another one."})
