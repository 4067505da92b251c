"""Passkeys in a real browser, with an authenticator of its own: added, used on the website and on the API's
page, and as a second step.
"""

from __future__ import annotations

import json
import urllib.request
from urllib.parse import urlencode

import pytest

from microblog_core.testing.servers import free_port, site_server

from .conftest import PASSWORD, Person, _own

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
KEY = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False}
PHONE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}


class Holder(Person):
    """Somebody whose browser has an authenticator."""

    def hold(self, **options):
        """Plug an authenticator in; its owner is there, and is recognised, whenever it asks."""
        self.devices = self.page.context.new_cdp_session(self.page)
        self.devices.send("WebAuthn.enable")
        given = {**options, "isUserVerified": True, "automaticPresenceSimulation": True}
        made = self.devices.send("WebAuthn.addVirtualAuthenticator", {"options": given})
        self.device = made["authenticatorId"]

    def recognised(self, whether):
        """Whether the device recognises its owner from now on."""
        self.devices.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.device, "isUserVerified": whether}
        )

    @property
    def credentials(self):
        return self.devices.send("WebAuthn.getCredentials", {"authenticatorId": self.device})["credentials"]

    def add_passkey(self, called="Phone"):
        self.open("/x/passkeys")
        form = self.page.locator("form[action='/x/passkeys/add']")
        form.get_by_label("Name").fill(called)
        form.get_by_label("Your password").fill(PASSWORD)
        form.get_by_role("button", name="Add a passkey").click()
        self.waits_for("You can log in with this passkey from now on.")
        assert self.sees(called) and len(self.credentials) == 1

    def leave(self):
        self.open("/settings/profile")
        self.log_out()
        self.page.get_by_text("You are logged out.").wait_for()

    def is_in(self):
        return any(each["name"] == "microblog_session" for each in self.page.context.cookies())


def _told(message, problems):
    """What the console calls an error; plain pages name no icon, and browsers ask for one all the same."""
    if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
        problems.append(message.text)


@pytest.fixture
def holder(chromium, server):
    """Somebody at the site's address for browsers: passkeys are for domains, not for IP addresses."""
    contexts, problems, usual = [], [], server.url.replace("127.0.0.1", "localhost")

    def new_holder(base=usual, **options):
        context = chromium.new_context(**options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: _told(message, problems))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: _own(request.url, base, problems))
        return Holder(page, base, problems)

    yield new_holder
    for context in contexts:
        context.close()
    assert not problems


def authorize_path(base):
    """Where an application that has registered sends somebody."""
    body = urlencode({"client_name": "A client", "redirect_uris": OUT_OF_BAND, "scopes": "read"}).encode()
    with urllib.request.urlopen(f"{base}/api/v1/apps", body) as answer:
        made = json.load(answer)
    query = {"response_type": "code", "client_id": made["client_id"], "redirect_uri": OUT_OF_BAND}
    return f"/oauth/authorize?{urlencode(query)}"


def test_a_passkey_is_added_and_logs_in_on_the_website_and_for_an_application(holder):
    ada = holder()
    ada.sign_up("ada_pass")
    ada.hold(**PHONE)
    ada.add_passkey()
    assert ada.credentials[0]["isResidentCredential"] and ada.credentials[0]["rpId"] == "localhost"

    ada.leave()
    ada.open("/login?next=/settings/account")
    ada.page.get_by_role("link", name="Log in with a passkey").click()
    ada.page.wait_for_url("**/settings/account")
    assert ada.is_in() and ada.sees("Settings")

    ada.leave()
    ada.open(authorize_path(ada.base))
    assert ada.path.startswith("/oauth/login")
    ada.page.get_by_role("link", name="Log in with a passkey").click()
    ada.page.get_by_role("button", name="Allow").click()
    assert ada.is_in() and ada.sees("Your code")
    assert ada.credentials[0]["signCount"] >= 3


def test_a_browser_of_before_that_knows_no_json_gets_in_too(holder):
    ada = holder()
    ada.page.add_init_script(
        "for (const kind of ['Creation', 'Request'])"
        " delete PublicKeyCredential[`parse${kind}OptionsFromJSON`];"
        "delete PublicKeyCredential.prototype.toJSON"
    )
    ada.sign_up("ada_old")
    ada.hold(**PHONE)
    ada.add_passkey()
    ada.leave()
    ada.open("/login/passkeys")
    ada.page.wait_for_url(f"{ada.base}/")
    assert ada.is_in()


def test_who_cancels_is_told_and_tries_again_by_the_button(holder):
    ada = holder()
    ada.sign_up("ada_again")
    ada.hold(**PHONE)
    ada.add_passkey()
    ada.leave()
    for start in ("/login/passkeys", "/oauth/login/passkeys"):
        ada.recognised(False)
        ada.open(start)
        ada.waits_for("That was cancelled, or took too long.")
        assert not ada.is_in()
        ada.recognised(True)
        with ada.page.expect_navigation():
            ada.page.get_by_role("button", name="Use your passkey").click()
        assert ada.is_in()
        ada.leave()


def test_a_device_that_has_one_makes_no_second_one(holder):
    ada = holder()
    ada.sign_up("ada_twice")
    ada.hold(**PHONE)
    ada.add_passkey()
    form = ada.page.locator("form[action='/x/passkeys/add']")
    form.get_by_label("Name").fill("Twice")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Add a passkey").click()
    ada.waits_for("This device has one for your account already.")
    ada.page.get_by_role("link", name="Back").click()
    assert not ada.sees("Twice") and len(ada.credentials) == 1


def test_a_security_key_that_is_touched_is_a_second_step(holder):
    ada = holder()
    ada.sign_up("ada_second")
    ada.hold(**KEY)
    ada.add_passkey("Key")
    form = ada.page.locator("form[action='/x/passkeys/second']")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Ask for a passkey, too").click()
    ada.waits_for("From now on logging in asks for a passkey.")
    ada.leave()
    ada.log_in("ada_second")
    ada.page.wait_for_url(lambda url: "/login" not in url)
    assert ada.is_in()

    ada.leave()
    ada.open(authorize_path(ada.base))
    ada.page.get_by_label("Username or e-mail address").fill("ada_second")
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("main").get_by_role("button", name="Log in").click()
    ada.page.get_by_role("button", name="Allow").click()
    assert ada.sees("Your code")

    without = holder()
    without.hold(**KEY)
    without.log_in("ada_second")
    without.page.get_by_text("Use another way").wait_for()
    assert not without.is_in()


def test_an_api_without_a_website_asks_for_passkeys_on_its_plain_page(holder, tmp_path):
    data, port = tmp_path / "data", free_port()
    ada = holder(f"http://localhost:{port}")
    ada.hold(**PHONE)
    with site_server(data, port=port):
        ada.sign_up("ada_api")
        ada.add_passkey()
        ada.leave()
        # No stream of the page is cut off by the end of the server.
        ada.page.goto("about:blank")
    (data / "microblog.toml").write_text('[plugins]\ndisabled = ["web"]\n')
    with site_server(data, port=port):
        ada.open(authorize_path(ada.base))
        ada.page.get_by_role("link", name="Log in with a passkey").click()
        ada.page.get_by_role("button", name="Allow").click()
        assert ada.is_in() and ada.sees("Your code")
        assert ada.page.locator("link[rel=stylesheet]").count() == 0, "this is the plain page"


def test_without_a_script_the_page_says_so_and_offers_the_other_ways(holder):
    ada = holder(java_script_enabled=False)
    ada.sign_up("ada_plain")
    ada.open("/x/passkeys")
    assert ada.sees("Adding a passkey needs JavaScript")
    ada.leave()
    for path in ("/login", "/oauth/login"):
        ada.open(path)
        ada.page.get_by_role("link", name="Log in with a passkey").click()
        assert ada.sees("This needs JavaScript.")
        assert not ada.page.get_by_role("button", name="Use your passkey").is_visible()
        ada.page.get_by_role("link", name="Log in with a password").click()
        assert ada.page.get_by_label("Password").is_visible()
