"""Pictures of an archive on their way through the site's media processors, as any upload."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from microblog_core.domain.accounts import Account
from microblog_core.domain.errors import DomainError, Invalid, MicroblogError, TooLarge, Unavailable
from microblog_core.domain.media import Attachment, check_description
from microblog_core.ports.context import Ports
from microblog_core.runtime.archives.opening import Unpacked
from microblog_core.runtime.archives.parsing import ParsedMedia
from microblog_core.runtime.media import store_made
from microblog_core.services.uploads import RENDER_SECONDS, discard, processor_for, reserved_for

logger = logging.getLogger(__name__)


def read_file(ports: Ports, unpacked: Unpacked, name: str) -> bytes:
    """A file of the archive. Raises `Invalid` where there is none, `TooLarge`."""
    if not unpacked.has(name):
        raise Invalid(fields={"file": f"the archive has no file {name[:100]!r}."})
    if unpacked.size(name) > ports.limits.upload_bytes:
        raise TooLarge(f"it is larger than {ports.limits.upload_bytes / (1 << 20):.3g} MB.")
    with unpacked.opened(name) as stream:
        return stream.read()


async def take_picture(ports: Ports, account: Account, unpacked: Unpacked, wanted: ParsedMedia) -> Attachment:
    """A picture as it is when it is finished (`FinishMedia`), which is for the caller to write; its row and
    its files are there. Raises `Invalid` (field `file`), `TooLarge`, `Unavailable`.
    """
    data = await asyncio.to_thread(read_file, ports, unpacked, wanted.name)
    description = check_description(wanted.description)
    reserved = reserved_for(ports, account, data)
    reserved = msgspec.structs.replace(reserved, description=description, focus=wanted.focus)
    unit = ports.unit()
    unit.media.add(reserved)
    await unit.commit()
    try:
        async with asyncio.timeout(RENDER_SECONDS):
            made = await processor_for(ports, data).process(data, "attachment")
        return await store_made(ports, reserved, made)
    except TimeoutError:
        await discard(ports, reserved)
        raise Invalid(fields={"file": "it takes too long."}) from None
    except DomainError:
        await discard(ports, reserved)
        raise
    except MicroblogError:
        raise
    except Exception as error:
        logger.exception("A picture of an archive could not be processed")
        raise Unavailable("Pictures can't be processed now.") from error
