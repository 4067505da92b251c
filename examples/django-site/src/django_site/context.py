"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def visitor(request: HttpRequest) -> dict[str, Any]:
    """The visitor's account and the token of their forms.

    Asking for a token gives a newcomer a cookie, so it is a function that only forms call.
    """
    return {"me": request.visitor.account, "token": lambda: request.visitor.csrf}
