"""Django's settings: no database, no sessions, no accounts, since core has them."""

from __future__ import annotations

from django_site.site import portal

SECRET_KEY = portal().site.secret("django-site").hex()
ALLOWED_HOSTS = ["*"]  # Core refuses hosts that are not the site's (`sites.NAME.hosts`).
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "django_site.urls"
WSGI_APPLICATION = "django_site.wsgi.application"
INSTALLED_APPS = ["django_site"]
MIDDLEWARE = ["django_site.middleware.MicroblogMiddleware"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django_site.context.visitor"]},
    }
]
