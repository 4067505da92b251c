"""The addresses of the office; a module of its own, since Django imports it by name."""

from __future__ import annotations

from django.urls import path

from three_surfaces import office

urlpatterns = [path("office/", office.desk), path("office/posts", office.write)]
handler404 = "three_surfaces.office.missing"
