"""What goes through a mailbox: confirming an address, what one is told by mail, a forgotten password."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from microblog_core.testing.mail import MailServer
from microblog_core.testing.servers import ServerProcess, site_server

from .conftest import PASSWORD

SETTINGS = """\
[plugins.email]
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "Town <noreply@town.example>"
fold_seconds = 0.2

[sites.main]
undo_seconds = 0
"""


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mails: MailServer) -> Iterator[ServerProcess]:
    """`microblog serve` on a folder whose site sends mail."""
    data = tmp_path_factory.mktemp("site") / "data"
    data.mkdir()
    (data / "microblog.toml").write_text(SETTINGS.format(port=mails.port))
    with site_server(data) as running:
        yield running


def newest(mails: MailServer, person, count: int):
    """The last of so many mails to somebody."""
    return mails.wait_for(count, recipient=f"{person.name}@example.org")[count - 1]


def follow(person, mail, path: str) -> str:
    """Open the link in a mail; its path and query."""
    found = re.search(rf"{re.escape(person.base)}({path}\S*)", mail.text)
    assert found, mail.text
    person.open(found.group(1))
    return found.group(1)


def confirm(person, mails: MailServer) -> None:
    follow(person, newest(mails, person, 1), "/confirm")
    person.page.get_by_role("button", name="It is mine").click()
    assert person.sees(f"{person.name}@example.org is confirmed.")


def test_an_address_is_confirmed_and_each_kind_of_notification_goes_where_one_wants_it(people, name, mails):
    ada, bob = people(), people()
    ada.sign_up(name("ada"))
    bob.sign_up(name("bob"))
    ada.open("/settings/notifications")
    assert ada.sees("Not confirmed")
    confirm(ada, mails)
    ada.page.get_by_role("link", name="Go on").click()
    ada.open("/settings/preferences")
    ada.page.get_by_role("link", name="What you are told of, and where").click()
    assert ada.sees("Confirmed") and not ada.sees("Not confirmed")

    bob.write(f"@{ada.name} this comes by mail")
    mention = newest(mails, ada, 2)
    assert "this comes by mail" in mention.text
    follow(ada, mention, f"/@{bob.name}/")
    assert ada.sees("this comes by mail")

    ada.open("/settings/notifications")
    ada.page.get_by_label(re.compile(r"mentions you.*: .*mail", re.I)).select_option("never")
    ada.page.get_by_role("main").get_by_role("button", name="Save").click()
    bob.write(f"@{ada.name} this does not")
    ada.write(f"Who is there, asks {ada.name}")
    bob.open(f"/@{ada.name}")
    bob.open_post("Who is there")
    bob.page.get_by_label("Your answer to").fill(f"@{ada.name} it is me")
    bob.page.get_by_role("button", name="Reply", exact=True).click()
    answer = newest(mails, ada, 3).text
    assert "it is me" in answer and "this does not" not in answer
    ada.open("/notifications")
    assert ada.sees("this does not"), "the page lists it all the same"


def test_an_address_is_changed_and_confirmed_anew(people, name, mails):
    ada = people()
    ada.sign_up(name("ada"))
    confirm(ada, mails)
    ada.open("/settings/account")
    ada.page.get_by_label("E-mail address", exact=True).fill(f"{ada.name}_new@example.org")
    ada.page.get_by_label("Current password").last.fill(PASSWORD)
    ada.page.get_by_role("button", name="Change address").click()
    (mail,) = mails.wait_for(1, recipient=f"{ada.name}_new@example.org")
    ada.open("/settings/notifications")
    assert ada.sees("Not confirmed") and ada.sees(f"{ada.name}_new@example.org")
    follow(ada, mail, "/confirm")
    ada.page.get_by_role("button", name="It is mine").click()
    ada.open("/settings/notifications")
    assert not ada.sees("Not confirmed")


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(people, name, mails):
    ada, elsewhere = people(), people()
    ada.sign_up(name("ada"))
    newest(mails, ada, 1)
    elsewhere.open("/login")
    elsewhere.page.get_by_role("link", name="Forgot your password?").click()
    elsewhere.page.get_by_label("Username or e-mail address").fill(ada.name)
    elsewhere.page.get_by_role("button", name="Send me a link").click()
    link = follow(elsewhere, newest(mails, ada, 2), "/password/reset")
    with elsewhere.refusal(422):
        elsewhere.page.get_by_label("New password").fill("short")
        elsewhere.page.get_by_role("button", name="Set the password").click()
    assert elsewhere.sees("At least 8 characters")
    elsewhere.page.get_by_label("New password").fill("a brand new password")
    elsewhere.page.get_by_role("button", name="Set the password").click()
    assert elsewhere.sees("You are logged out everywhere.")
    elsewhere.refused(link)
    ada.open("/settings/profile")
    assert ada.path.startswith("/login")
    with ada.refusal(422):
        ada.log_in(ada.name)
    ada.log_in(ada.name, "a brand new password")
    assert ada.path == "/"
