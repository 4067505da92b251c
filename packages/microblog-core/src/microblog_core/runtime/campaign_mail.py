"""The mail of a campaign as one person gets it: their language, their way out."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from microblog_core.domain.campaigns import NEWS, Campaign
from microblog_core.domain.deliveries import MAIL
from microblog_core.domain.notifications import Message
from microblog_core.i18n import mark, translations
from microblog_core.runtime.links import SETTINGS_PATH, Links
from microblog_core.runtime.messages import SETTINGS, WHY, Reader, reference_of

if TYPE_CHECKING:
    from microblog_core.site import Site
from microblog_core.services.site_texts import known_face

REFUSE = mark("No more news from {site}")


class CampaignWriter:
    """Writes one site's mails of campaigns."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._links = Links(site)

    def html_of(self, campaign: Campaign) -> str:
        """The body as HTML: what posts may have, and links that work outside of the site."""
        content = self._site.ports.content
        entities = tuple(each for each in content.find(campaign.body) if each.kind != "mention")
        markup, base_url = content.render(campaign.body, entities, ()), self._site.public_url
        return markup.replace('href="/', f'href="{html.escape(base_url)}/') if base_url else markup

    def message(self, campaign: Campaign, markup: str, reader: Reader, *, test: bool = False) -> Message:
        """The message to one person; `markup` is `html_of` the campaign."""
        say, title, account = translations(reader.locale), known_face(self._site.ports).title, reader.account
        login = reader.login
        reference = "" if test else reference_of(NEWS, str(campaign.id), str(account.id))
        return Message(
            account_id=account.id,
            kind=NEWS,
            subject=campaign.subject,
            text=campaign.body,
            html=markup,
            address=login.email if login is not None else "",
            confirmed=login is not None and login.email_confirmed_at > 0,
            locale=reader.locale,
            site_title=title,
            notes=(
                say.gettext(WHY).format(name=account.username, site=title),
                say.gettext(SETTINGS).format(url=self._links.page(SETTINGS_PATH)),
            ),
            unsubscribe_url=self._links.refuse_news(account.id, MAIL),
            unsubscribe=say.gettext(REFUSE).format(site=title),
            reference=reference,
        )
