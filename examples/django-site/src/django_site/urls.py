"""The addresses of the site."""

from __future__ import annotations

from django.urls import path

from django_site import views

urlpatterns = [
    path("", views.timeline),
    path("home", views.home),
    path("site.css", views.style),
    path("@<str:name>", views.profile),
    path("@<str:name>/<int:post>", views.thread),
    path("tags/<str:tag>", views.tagged),
    path("posts", views.write),
    path("login", views.enter),
    path("logout", views.leave),
    path("signup", views.join),
]
handler404 = "django_site.views.missing"
