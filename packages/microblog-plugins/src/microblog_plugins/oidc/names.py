"""What providers are called in addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microblog_core.site import Site

PATH = "/x/oidc"
WEB = "web"


def method_name(provider: str) -> str:
    """The name of the log-in method of a provider."""
    return f"oidc-{provider}"


def return_address(site: Site, provider: str) -> str:
    """Where a provider sends people back to, to be registered there: one address for each provider, whether
    somebody logs in or links. Empty where the site's own address is not known.
    """
    if not site.public_url:
        return ""
    has_pages = any(plugin.name == WEB and plugin.state == "active" for plugin in site.report)
    if has_pages:
        return f"{site.public_url}{PATH}/callback/{provider}"
    return f"{site.public_url}/oauth/login/{method_name(provider)}"
