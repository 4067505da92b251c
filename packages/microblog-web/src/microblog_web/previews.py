"""What a post would look like, before anybody can see it."""

from __future__ import annotations

from markupsafe import Markup

from microblog_core.domain.permissions import require_account
from microblog_core.domain.posts import Visibility
from microblog_core.services.posts import PublishPost, check_publishable
from microblog_core.services.writing import write_text
from microblog_web.pictures import pictures_of
from microblog_web.views import View


async def draw_preview(view: View, command: PublishPost) -> Markup:
    """The text, pictures and options of a post as readers would see them, how long it is and whom it names.
    Raises what `publish_post` raises about its fields.
    """
    attachments = await check_publishable(view.ports, view.actor, command)
    written = await write_text(
        view.ports,
        require_account(view.actor),
        text=command.text,
        spoiler=command.spoiler,
        may_be_empty=bool(attachments),
        visibility=command.visibility,
        in_reply_to_id=command.in_reply_to_id,
    )
    return view.web.render(
        "web/preview.html",
        view.locale,
        spoiler=written.spoiler,
        html=view.web.emojis.rich(written.html),
        language=command.language,
        pictures=pictures_of(view, attachments),
        options=[option for option in command.poll.options if option.strip()] if command.poll else (),
        used=len(written.text) + len(written.spoiler),
        limit=view.ports.limits.post_length,
        teaser=command.teaser,
        for_members=command.visibility is Visibility.MEMBERS,
        names=[f"@{mention.acct}" for mention in written.mentions],
    )
