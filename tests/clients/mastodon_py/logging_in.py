"""Mastodon.py: applications, tokens, and what a site says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..checks import People, word
from ..consent import OUT_OF_BAND
from ..site import Site
from .setup import check, refuses

SCOPES = ["read", "write", "follow", "push"]
ELSEWHERE = "http://127.0.0.1:9/came-back"


def _app(site: Site, **options: Any) -> Any:
    from mastodon import Mastodon

    key, secret = Mastodon.create_app("Checks", scopes=SCOPES, api_base_url=site.url, **options)
    return Mastodon(
        client_id=key,
        client_secret=secret,
        api_base_url=site.url,
        request_timeout=20,
        ratelimit_method="throw",
    )


def log_in(site: Site, username: str, _: Path | None = None) -> Any:
    """This person's Mastodon.py, logged in with a code that was copied from the page."""
    app = _app(site)
    url = app.auth_request_url(scopes=SCOPES, allow_http=True)
    code = site.consent(url, username)["code"]
    app.log_in(code=code, scopes=SCOPES, allow_http=True)
    return app


@check
def log_in_(people: People) -> None:
    me = people.ann.account_verify_credentials()
    assert me.acct == me.username and me.username.startswith("ann_")
    assert me.source.privacy == "public" and me.created_at.tzinfo is not None


@check
def log_in_by_redirect(people: People) -> None:
    app = _app(people.site, redirect_uris=[ELSEWHERE, OUT_OF_BAND])
    state = word()
    url = app.auth_request_url(scopes=SCOPES, redirect_uris=ELSEWHERE, state=state, allow_http=True)
    back = people.site.consent(url, people.ben.me().username)
    assert back["state"] == state
    app.log_in(code=back["code"], redirect_uri=ELSEWHERE, scopes=SCOPES, allow_http=True)
    assert app.me().id == people.ben.me().id


@check
def ask_about_the_application(people: People) -> None:
    assert people.ann.app_verify_credentials().name == "Checks"


@check
def find_the_endpoints(people: People) -> None:
    found = people.ann.oauth_authorization_server_info()
    assert found.token_endpoint == f"{people.site.url}/oauth/token"
    assert {"authorization_code", "client_credentials"} <= set(found.grant_types_supported)
    assert "password" not in found.grant_types_supported
    assert "S256" in found.code_challenge_methods_supported
    assert {"read", "write", "follow", "push"} <= set(found.scopes_supported)


@check
def log_out(people: People) -> None:
    from mastodon import Mastodon

    app = log_in(people.site, people.cem.me().username)
    token = app.access_token
    app.revoke_access_token(allow_http=True)
    refuses(401, Mastodon(access_token=token, api_base_url=people.site.url).me)
    assert people.cem.me().id


@check
def recognise_the_software(people: People) -> None:
    node = people.ann.instance_nodeinfo()
    assert node.software.name == "microblog" and "activitypub" not in (node.protocols or [])


@check
def read_the_instance(people: People) -> None:
    instance = people.ann.instance_v1()
    assert instance.uri == people.site.url.partition("://")[2]
    assert instance.configuration.statuses.max_characters == 500
    assert people.ann.retrieve_mastodon_version() == instance.version.partition(" ")[0]
    assert people.ann.verify_minimum_version("4.0.0")


@check
def read_the_instance_in_its_second_shape(people: People) -> None:
    instance = people.ann.instance_v2()
    assert instance.domain == people.site.url.partition("://")[2]
    assert instance.configuration.statuses.max_characters == 500
    assert instance.registrations.enabled is True


@check
def list_custom_emoji(people: People) -> None:
    assert people.ann.custom_emojis() == []


@check
def read_the_preferences(people: People) -> None:
    preferences = people.ann.preferences()
    assert preferences["posting:default:visibility"] == "public"
    assert preferences["posting:default:sensitive"] is False
    assert preferences["reading:expand:media"] in {"default", "show_all", "hide_all"}
