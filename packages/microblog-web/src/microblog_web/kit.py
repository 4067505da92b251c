"""What pages of plugins are made of: these names stay, whatever moves inside of the website.

A handler asks for the `view_of` a request, draws a template with `view.web.render(...)`, and answers with a
page in the site's frame, or below the tabs of the settings.
"""

from __future__ import annotations

from microblog_web.controllers.settings import answer_settings
from microblog_web.forms import Form
from microblog_web.pages import Page
from microblog_web.requests import (
    Sendable,
    answer_page,
    flash,
    needs_login,
    scope_of,
    sent_form,
    typed,
    view_of,
)
from microblog_web.responses import Answer, see_other
from microblog_web.views import View

__all__ = [
    "Answer",
    "Form",
    "Page",
    "Sendable",
    "View",
    "answer_page",
    "answer_settings",
    "flash",
    "needs_login",
    "scope_of",
    "see_other",
    "sent_form",
    "typed",
    "view_of",
]
