"""`microblog oidc`, and settings that can't work, from the command line."""

from __future__ import annotations

import msgspec
import pytest
from data_folder import on_site

from microblog_core.config import load_config
from microblog_core.domain.permissions import Actor
from microblog_core.domain.timelines import Page
from microblog_core.services.accounts import SignUpWithoutPassword, find_account, sign_up_without_password
from microblog_core.services.mails import AccountMail, AccountMailKind
from microblog_core.site import compose_sites
from microblog_plugins.oidc.identity import Identity
from microblog_plugins.oidc.links import first_link, links_of

IDENTITY = Identity(issuer="https://id.corp.example", subject="ada-1", username="ada_l")


@pytest.fixture
def microblog(microblog, tmp_path):
    """The command line, with ada who logs in by a provider alone."""
    microblog("users", "create", "bob", "--email", "bob@example.org", "--password", "correct horse")

    async def sign_up(site):
        command = SignUpWithoutPassword(
            username="ada",
            email="ada@example.org",
            beside=lambda account_id: first_link(site.ports, "corp", IDENTITY, account_id),
        )
        await sign_up_without_password(site.ports, Actor(address="192.0.2.1"), command)

    on_site(tmp_path, sign_up)
    return microblog


def test_operators_see_and_end_links_and_the_audit_log_says_so(microblog, tmp_path):
    assert "bob has none." in microblog("oidc", "links", "bob").output
    shown = microblog("oidc", "links", "ada").output
    assert all(text in shown for text in ("corp", "ada_l", "ada-1", "https://id.corp.example"))
    other = microblog("oidc", "unlink", "ada", "elsewhere")
    assert other.exit_code == 1 and "not linked with the provider 'elsewhere'" in other.stderr
    done = microblog("oidc", "unlink", "ada", "corp")
    assert done.exit_code == 0 and "logged out everywhere" in done.output
    assert "microblog users set-password ada" in done.output
    assert "ada has none." in microblog("oidc", "links", "ada").output

    async def left(site):
        ada = await find_account(site.ports, "ada")
        lines = (await site.ports.storage.audit(Page())).items
        return (await links_of(site.ports, ada.id)).links, [(line.action, line.detail) for line in lines]

    links, lines = on_site(tmp_path, left)
    assert links == () and ("oidc.unlinked", "system: corp") in lines


def test_who_loses_a_link_to_an_operator_gets_a_mail_with_the_providers_label(microblog, tmp_path):
    lines = (
        '[plugins.email]\nhost = "127.0.0.1"\nsender = "noreply@blog.example"',
        '[plugins.oidc.providers.corp]\nissuer = "https://id.corp.example"\nclient_id = "blog"',
        'label = "Corp & Co"\n',
    )
    (tmp_path / "data" / "microblog.toml").write_text("\n".join(lines))
    assert microblog("oidc", "unlink", "ada", "corp").exit_code == 0

    async def queued(site):
        jobs = await site.ports.storage.queue.claim(site.ports.clock.now(), limit=9, lease=1)
        return [msgspec.json.decode(job.payload, type=AccountMail) for job in jobs]

    (mail,) = on_site(tmp_path, queued)
    assert (mail.kind, mail.detail) == (AccountMailKind.LOGIN_REMOVED, "Corp & Co (ada_l)")


GOOD = {"issuer": '"https://id.example"', "client_id": '"microblog"'}


@pytest.mark.parametrize(
    ("name", "changed", "says"),
    [
        ("corp", {"issuer": '"http://id.example"'}, "issuer is not the address of a provider"),
        ("corp", {"issuer": '"https://id.example/?a=b"'}, "issuer is not the address of a provider"),
        ("corp", {"issuer": '"https://user:secret@id.example"'}, "issuer is not the address of a provider"),
        ("corp", {"issuer": '"id.example"'}, "issuer is not the address of a provider"),
        ("corp", {"client_id": '""'}, "client_id is empty"),
        ("corp", {"scopes": '["open id"]'}, "scopes holds one that is none"),
        ("corp", {"label": '"a\\nb"'}, "label can't be shown"),
        ("corp", {"max_age": "-1"}, "max_age is negative"),
        ("corp", {"ca_file": '"/no/such/file"'}, "ca_file is no file"),
        ("corp", {"sign_up": '"perhaps"'}, "sign_up: this is none of the possible values"),
        ("Corp", {}, "can't be part of an address"),
        ('"a/b"', {}, "can't be part of an address"),
    ],
)
def test_settings_that_cannot_work_are_told(microblog, tmp_path, name, changed, says):
    lines = "\n".join(f"{key} = {value}" for key, value in {**GOOD, **changed}.items())
    (tmp_path / "data" / "microblog.toml").write_text(f"[plugins.oidc.providers.{name}]\n{lines}\n")
    shown = microblog("plugins", "show", "oidc").output
    assert says in " ".join(shown.split())
    assert "secret@" not in shown


def test_the_secret_comes_from_a_variable_or_a_file_and_is_shown_nowhere(microblog, tmp_path, monkeypatch):
    lines = "\n".join(f"{key} = {value}" for key, value in GOOD.items())
    (tmp_path / "data" / "microblog.toml").write_text(f"[plugins.oidc.providers.corp]\n{lines}\n")
    (tmp_path / "secret").write_text("a secret of the file\n")
    environ = {"MICROBLOG_PLUGINS__OIDC__PROVIDERS__CORP__CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    (site,) = compose_sites(load_config(tmp_path / "data", environ=environ))
    provider = site.settings("oidc").providers["corp"]
    assert provider.client_secret.reveal() == "a secret of the file"
    monkeypatch.setenv("MICROBLOG_PLUGINS__OIDC__PROVIDERS__CORP__CLIENT_SECRET", "a secret of the variable")
    for arguments in (("config", "show"), ("plugins", "show", "oidc")):
        shown = microblog(*arguments)
        assert shown.exit_code == 0 and "a secret" not in shown.output, arguments
