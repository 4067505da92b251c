"""What Django has to know of core: the visitor of a request, forged forms, and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject

from django_site.site import call
from microblog_core.domain.errors import MicroblogError, RateLimited, Unauthenticated
from microblog_core.http import csrf, sessions
from microblog_core.http.errors import error_for
from microblog_core.http.wsgi import scope_of


class MicroblogMiddleware:
    """Gives each request its `scope` and its `visitor`, in the place of Django's sessions and accounts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pages are for who asked for them: no cache between keeps them."""
        request.scope = scope_of(request.META)
        request.visitor = SimpleLazyObject(lambda: call(sessions.identify, request.scope))
        response = self._get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse a form that no page of ours sent."""
        try:
            if request.method == "POST":
                call(csrf.check, request.scope, request.POST.get(csrf.FIELD, ""))
        except MicroblogError as error:
            return self.process_exception(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What went wrong, and what to do about it; who isn't logged in can do that."""
        if not isinstance(error, MicroblogError):
            return None
        if isinstance(error, Unauthenticated) and request.method == "GET":
            return redirect(f"/login?next={request.path}")
        error = error_for(request.scope, error)
        context = {"heading": "That did not work", "text": f"{error.message} {error.hint}".strip()}
        response = render(request, "django_site/message.html", context, status=error.status)
        if isinstance(error, RateLimited):
            response.headers["Retry-After"] = str(round(error.retry_after + 0.5))
        return response
