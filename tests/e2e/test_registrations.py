"""Signing up where a site is not open to everybody: by approval, by invitation, not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from microblog_core.testing.servers import ServerProcess

from .conftest import OPERATOR, PASSWORD, operated_server


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """`microblog serve` on a folder with one administrator; the parameter says who may sign up."""
    with operated_server(
        tmp_path_factory.mktemp("site"), env={"MICROBLOG_SITES__MAIN__REGISTRATIONS": request.param}
    ) as running:
        yield running


def mode(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("server", [name], indirect=True, scope="module")


def fill_in(person, name, reason=""):
    person.page.get_by_label("Username").fill(name)
    person.page.get_by_label("E-mail address").fill(f"{name}@example.org")
    person.page.get_by_label("Password").fill(PASSWORD)
    if reason:
        person.page.get_by_label("Why would you like to come?").fill(reason)
    person.page.get_by_role("button", name="Sign up").click()


@mode("approval")
def test_who_asks_to_come_waits_and_is_let_in_or_not(people, name):
    wilma, ada, eve = people(), people(), people()
    for person, reason in ((ada, "I like trains"), (eve, "Cheap watches")):
        person.open("/signup")
        fill_in(person, name("ada" if person is ada else "eve"), reason)
        assert person.sees("Your sign-up waits for approval")
    with ada.refusal(422):
        ada.log_in(name("ada"))
    assert ada.sees("waits for the people who run this site to approve it")
    wilma.log_in(OPERATOR)
    wilma.page.get_by_role("link", name="Administration").click()
    wilma.page.get_by_role("navigation", name="Administration").get_by_role("link", name="Approvals").click()
    assert wilma.sees("I like trains")
    wilma.page.get_by_role("button", name=f"Approve @{name('ada')}").click()
    wilma.page.get_by_role("button", name=f"Reject @{name('eve')}").click()
    assert not wilma.page.get_by_role("button", name="Approve").count()
    ada.log_in(name("ada"))
    assert ada.path == "/"
    with eve.refusal(422):
        eve.log_in(name("eve"))
    assert eve.path == "/login/password", "there is no such account any more"


@mode("invitation")
def test_only_who_has_a_link_comes(people, name):
    wilma, ada, eve = people(), people(), people()
    eve.open("/signup")
    assert eve.sees("By invitation") and not eve.page.get_by_label("Username").count()
    wilma.log_in(OPERATOR)
    wilma.open("/invites")
    wilma.page.get_by_role("button", name="Make a link").click()
    link = wilma.page.get_by_label("Link").first.input_value().removeprefix(wilma.base)
    ada.open(link)
    fill_in(ada, name("ada"))
    assert ada.path == "/"
    eve.refused(link)
    assert not eve.page.get_by_label("Username").count(), "it was for one"

    wilma.page.get_by_role("button", name="Make a link").click()
    link = wilma.page.get_by_label("Link").first.input_value().removeprefix(wilma.base)
    wilma.page.get_by_role("button", name="Revoke").first.click()
    assert wilma.sees("The invitation is revoked.")
    eve.refused(link)


@mode("closed")
def test_a_closed_site_can_be_read(people):
    reader = people()
    reader.open("/signup")
    assert reader.sees("Closed at the moment") and not reader.page.get_by_label("Username").count()
    reader.page.get_by_role("main").get_by_role("link", name="Explore public posts").click()
    assert reader.path == "/public"
    assert not reader.page.get_by_role("link", name="Create an account").count()
