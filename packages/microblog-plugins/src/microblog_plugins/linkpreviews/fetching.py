"""Asking for pages and their pictures. What comes is read on a thread, and pictures are made anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from microblog_core.domain.errors import MicroblogError
from microblog_core.domain.link_previews import PreviewPicture
from microblog_core.patterns.outgoing import Answer, Outgoing
from microblog_core.ports.channels import Permanent, Temporary
from microblog_core.ports.context import Ports
from microblog_core.ports.media import Rendition
from microblog_core.services.uploads import processor_for
from microblog_plugins.linkpreviews.addresses import host_of
from microblog_plugins.linkpreviews.reading import Page, read_page
from microblog_plugins.linkpreviews.settings import LinkPreviewSettings

PAGES = ("text/html", "application/xhtml+xml")
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
PROCESS_SECONDS = 20.0
SMALLEST = 64
"""A side in pixels below which a picture shows nothing but a dot or a line."""
GONE_FOR_NOW = (408, 425, 429)

logger = logging.getLogger("microblog.linkpreviews")


class NoPreview(Permanent):
    """The page has nothing to show."""

    code = "no_link_preview"


class MadePicture(msgspec.Struct, frozen=True):
    """A picture that was made, and what is written down of it; its file has no key yet."""

    shown: PreviewPicture
    file: Rendition


class Fetcher:
    """Asks for what `allows` says may be asked, as `agent`."""

    def __init__(
        self, outgoing: Outgoing, settings: LinkPreviewSettings, agent: str, allows: Callable[[str], bool]
    ) -> None:
        self._outgoing = outgoing
        self._settings = settings
        self._agent = agent
        self._allows = allows

    async def page(self, address: str) -> Page:
        """What a page says. Raises `NoPreview` and other `Permanent` ones, and `Temporary`."""
        headers = {"accept": "text/html,application/xhtml+xml;q=0.9"}
        answer = await self._get(address, PAGES, self._settings.page_bytes, headers)
        if answer.status != 200:
            raise NoPreview(f"{host_of(address)} said {answer.status}.")
        if not answer.body:
            raise NoPreview(f"{host_of(address)} sent no HTML.")
        kind = answer.headers.get("content-type", "")
        page = await asyncio.to_thread(read_page, answer.body, kind, answer.url)
        if page is None:
            raise NoPreview("The page has no title.")
        return page

    async def picture(self, ports: Ports, page: Page) -> MadePicture | None:
        """The page's picture, made anew by the site's media processor; None where there is none that can be
        shown, whatever the reason: a preview goes without it.
        """
        if not (page.picture_url and self._settings.pictures and ports.processors):
            return None
        headers = {"accept": ",".join(PICTURES)}
        try:
            answer = await self._get(page.picture_url, PICTURES, self._settings.picture_bytes, headers)
            if not (answer.body and answer.whole):
                return None
            processor = processor_for(ports, answer.body)
            async with asyncio.timeout(PROCESS_SECONDS):
                made = await processor.process(answer.body, "attachment")
        except (MicroblogError, TimeoutError) as error:
            logger.info("The picture of a page of %s is left out: %s", host_of(page.preview.url), error)
            return None
        except Exception:
            logger.exception("The picture of a page of %s is left out", host_of(page.preview.url))
            return None
        file = made.preview
        if min(file.width, file.height) < SMALLEST:
            return None
        shown = PreviewPicture(
            key="",
            width=file.width,
            height=file.height,
            description=page.picture_description,
            blurhash=made.blurhash,
        )
        return MadePicture(shown, file)

    async def _get(self, address: str, takes: tuple[str, ...], limit: int, headers: dict[str, str]) -> Answer:
        answer = await self._outgoing.get(
            address,
            takes=takes,
            limit=limit,
            headers={"user-agent": self._agent, **headers},
            allow=self._allows,
        )
        if answer.status in GONE_FOR_NOW:
            raise Temporary(f"{host_of(address)} said {answer.status}.", retry_after=answer.retry_after)
        return answer
