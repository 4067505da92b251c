"""The page with the form for a new post or an answer."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from microblog_core.domain.media import Attachment
from microblog_core.domain.posts import Entry
from microblog_web.composer import draw_form
from microblog_web.forms import Form
from microblog_web.fragments import draw_posts
from microblog_web.pages import Page
from microblog_web.requests import answer_page
from microblog_web.responses import Answer
from microblog_web.views import View


async def answer_composing(
    view: View, form: Form, parent: Entry | None, status: int = 200, kept: Sequence[Attachment] = ()
) -> Answer:
    """The form with what was typed, below the post that it answers; `kept` are pictures uploaded with it."""
    hidden = {"in_reply_to_id": str(parent.post.id)} if parent is not None else {}
    main = view.web.render(
        "web/compose.html",
        view.locale,
        parent=parent,
        quoted=await draw_posts(view, (parent,)) if parent is not None else Markup(""),
        form=draw_form(view, form, hidden=hidden, parent=parent, kept=kept),
    )
    title = view.translate("Reply") if parent is not None else view.translate("Write a post")
    return await answer_page(view, Page(title=title, main=main, active="compose"), status)
