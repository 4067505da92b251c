"""Custom emojis: upload one or many, change and remove them. Reading them is in `announcements`.

Pictures are made like all others: decoded, made small and encoded anew. One that moves has another one beside
it that doesn't.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

from microblog_core.domain.announcements import CustomEmoji, check_emoji_category, check_shortcode
from microblog_core.domain.emojis import ARCHIVE_BYTES, ARCHIVE_FILES, EMOJI_BYTES, folded
from microblog_core.domain.errors import Invalid, MicroblogError, NotFound, TooLarge
from microblog_core.domain.media import Attachment
from microblog_core.domain.permissions import Actor
from microblog_core.patterns.decorators import audited, authorised
from microblog_core.ports.context import Ports
from microblog_core.ports.operations import DeleteEmoji, PutEmoji
from microblog_core.services.uploads import Render, discard, make_rendition, remove_files

TYPES = {"image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP"}
REPLACED_MILLISECONDS = 24 * 3600 * 1000
"""How long the pictures of an emoji that is gone are still there, for pages that show them."""


class UploadEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, as it was sent, for a shortcode; one with the same shortcode is replaced."""

    shortcode: str
    data: bytes
    category: str = ""
    visible_in_picker: bool = True


class UploadEmojis(msgspec.Struct, frozen=True, kw_only=True):
    """A ZIP archive with pictures that are named by their shortcodes. What is there already stays, unless
    `replace` says otherwise.
    """

    data: bytes
    category: str = ""
    replace: bool = False


class EditEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """What an emoji is to be from now on; its picture stays."""

    shortcode: str
    category: str = ""
    visible_in_picker: bool = True
    disabled: bool = False


class EmojiCommand(msgspec.Struct, frozen=True, kw_only=True):
    """Which emoji."""

    shortcode: str


class ArchiveReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the files of an archive: shortcodes that are there now, and the names of files that were
    left out, with the reason.
    """

    added: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


class _Made(msgspec.Struct, frozen=True):
    """An emoji whose pictures are stored, the row that holds their place, and the emoji that it replaces."""

    emoji: CustomEmoji
    reserved: Attachment
    before: CustomEmoji | None


@authorised("emojis.manage")
async def upload_emoji(ports: Ports, actor: Actor, command: UploadEmoji) -> CustomEmoji:
    """Offer a picture as an emoji. Raises `Invalid` (fields `shortcode`, `category`, `file`)."""
    shortcode = check_shortcode(command.shortcode)
    category = check_emoji_category(command.category)
    _check_file(ports, command.data)
    before = await _find(ports, shortcode)
    made = await make_rendition(ports, actor, Render(data=command.data, purpose="emoji", still=True))
    emoji = CustomEmoji(
        shortcode=shortcode,
        picture_key=made.key,
        static_key=made.still_key,
        category=category,
        visible_in_picker=command.visible_in_picker,
        size=made.size,
    )
    try:
        await _offer(ports, actor, _Made(emoji, made.reserved, before))
    except Exception:
        await discard(ports, made.reserved)
        raise
    return emoji


# The audit line belongs into the one transaction that makes the emoji: storing its pictures takes others.
@audited("emoji.added", lambda made: made.emoji.shortcode)
async def _offer(ports: Ports, actor: Actor, made: _Made) -> None:
    unit = ports.unit()
    unit.apply(PutEmoji(emoji=made.emoji))
    unit.media.delete(made.reserved.id)
    if made.before is not None:
        files = _files(made.before)
        unit.outbox.add(remove_files(ports, made.before.picture_key, files, REPLACED_MILLISECONDS))
    await unit.commit()


@authorised("emojis.manage")
async def upload_emojis(ports: Ports, actor: Actor, command: UploadEmojis) -> ArchiveReport:
    """Offer every picture of an archive; each file stands for itself, and the report says what became of it.

    Raises `Invalid` (fields `archive`, `category`) for what is no archive, or too much of one.
    """
    category = check_emoji_category(command.category)
    there = {folded(each.shortcode) for each in await ports.storage.announcements.emojis()}
    added: list[str] = []
    refused: list[tuple[str, str]] = []
    with _opened(command.data) as archive:
        for entry in _entries(archive):
            name = PurePosixPath(entry.filename)
            try:
                shortcode = check_shortcode(name.stem)
                if folded(shortcode) in there and not command.replace:
                    raise Invalid("There is an emoji with this shortcode.")
                if entry.file_size > EMOJI_BYTES:
                    raise _too_large()
                upload = UploadEmoji(shortcode=shortcode, data=_read(archive, entry), category=category)
                await upload_emoji(ports, actor, upload)
            except MicroblogError as error:
                refused.append((name.name[:100], _reason(error)))
            else:
                there.add(folded(shortcode))
                added.append(shortcode)
    return ArchiveReport(added=tuple(added), refused=tuple(refused))


@authorised("emojis.manage")
@audited("emoji.updated", lambda command: command.shortcode)
async def edit_emoji(ports: Ports, actor: Actor, command: EditEmoji) -> CustomEmoji:
    """Change everything about an emoji but its picture. Raises `NotFound`, `Invalid` (field `category`)."""
    emoji = await _existing(ports, command.shortcode)
    changed = msgspec.structs.replace(
        emoji,
        category=check_emoji_category(command.category),
        visible_in_picker=command.visible_in_picker,
        disabled=command.disabled,
    )
    unit = ports.unit()
    unit.apply(PutEmoji(emoji=changed))
    await unit.commit()
    return changed


@authorised("emojis.manage")
@audited("emoji.removed", lambda command: command.shortcode)
async def delete_emoji(ports: Ports, actor: Actor, command: EmojiCommand) -> CustomEmoji:
    """Offer an emoji no longer; its pictures go a day later. Raises `NotFound`."""
    emoji = await _existing(ports, command.shortcode)
    unit = ports.unit()
    unit.apply(DeleteEmoji(shortcode=emoji.shortcode))
    unit.outbox.add(remove_files(ports, emoji.picture_key, _files(emoji), REPLACED_MILLISECONDS))
    await unit.commit()
    return emoji


@authorised("emojis.manage")
async def read_emoji(ports: Ports, actor: Actor, shortcode: str) -> CustomEmoji:
    """One emoji, disabled or not. Raises `NotFound`."""
    return await _existing(ports, shortcode)


def _check_file(ports: Ports, data: bytes) -> None:
    if not data:
        raise Invalid(fields={"file": "Choose a picture."})
    if len(data) > EMOJI_BYTES:
        raise _too_large()
    for processor in ports.processors:
        facts = processor.probe(data)
        if facts is not None and facts.content_type not in TYPES:
            raise Invalid(fields={"file": f"Use one of {', '.join(TYPES.values())}."})


def _too_large() -> Invalid:
    return Invalid(fields={"file": f"Use a picture of at most {EMOJI_BYTES >> 10} KB."})


def _opened(data: bytes) -> zipfile.ZipFile:
    if not data:
        raise Invalid(fields={"archive": "Choose a ZIP archive."})
    if len(data) > ARCHIVE_BYTES:
        raise TooLarge(f"The archive is larger than {ARCHIVE_BYTES >> 20} MB.", hint="Split it.")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise Invalid(fields={"archive": "This is no ZIP archive that can be read."}) from error


def _entries(archive: zipfile.ZipFile) -> Sequence[zipfile.ZipInfo]:
    found = [
        entry
        for entry in archive.infolist()
        if not entry.is_dir()
        and not PurePosixPath(entry.filename).name.startswith((".", "__"))
        and "__MACOSX" not in entry.filename
    ]
    if not found:
        raise Invalid(fields={"archive": "There is no file in this archive."})
    if len(found) > ARCHIVE_FILES:
        raise Invalid(fields={"archive": f"Put at most {ARCHIVE_FILES} files into one archive."})
    return found


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file of the archive, whatever it says of its own size. Raises `Invalid`."""
    try:
        with archive.open(entry) as file:
            data = file.read(EMOJI_BYTES + 1)
    except Exception as error:
        # Broken archives raise whatever comes to the decompressor's mind.
        raise Invalid(fields={"file": "This file of the archive can't be read."}) from error
    if len(data) > EMOJI_BYTES:
        raise _too_large()
    return data


def _reason(error: MicroblogError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return " ".join(fields.values()) or error.message


def _files(emoji: CustomEmoji) -> tuple[str, ...]:
    return tuple(dict.fromkeys((emoji.picture_key, emoji.static_key)))


async def _find(ports: Ports, shortcode: str) -> CustomEmoji | None:
    wanted = folded(shortcode.strip().strip(":"))
    for emoji in await ports.storage.announcements.emojis():
        if folded(emoji.shortcode) == wanted:
            return emoji
    return None


async def _existing(ports: Ports, shortcode: str) -> CustomEmoji:
    emoji = await _find(ports, shortcode)
    if emoji is None:
        raise NotFound("There is no such emoji.")
    return emoji
