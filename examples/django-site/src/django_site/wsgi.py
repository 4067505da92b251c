"""The application for WSGI servers: Django, with the site around it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from django_site.site import portal
from microblog_core.http.wsgi import WsgiSite

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_site.settings")

application = WsgiSite(get_wsgi_application(), portal())
