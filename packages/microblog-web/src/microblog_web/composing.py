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
    view: View,
    form: Form,
    parent: Entry | None,
    status: int = 200,
    kept: Sequence[Attachment] = (),
    *,
    quoted: Entry | None = None,
    draft: str = "",
    preview: Markup | None = None,
) -> Answer:
    """The form with what was typed, below the post that it answers and a `preview`; `kept` are pictures
    uploaded with it, `draft` is the id of the draft that it continues.
    """
    hidden = {
        name: value
        for name, value in (
            ("in_reply_to_id", str(parent.post.id) if parent is not None else ""),
            ("quoted_post_id", str(quoted.post.id) if quoted is not None else ""),
            ("draft", draft),
        )
        if value
    }
    around = [each for each in (parent, quoted) if each is not None]
    drawn = [await draw_posts(view, (each,)) for each in around]
    main = view.web.render(
        "web/compose.html",
        view.locale,
        parent=parent,
        answered=drawn[0] if parent is not None else Markup(""),
        quoted=drawn[-1] if quoted is not None else Markup(""),
        preview=preview or Markup(""),
        form=await draw_form(view, form, hidden=hidden, parent=parent, kept=kept),
    )
    title = view.translate("Reply") if parent is not None else view.translate("Write a post")
    return await answer_page(view, Page(title=title, main=main, active="compose"), status)
