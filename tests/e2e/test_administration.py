"""What administrators change of a site, and that everybody sees it: rules, terms, people, pictures, looks."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from microblog_core.testing.servers import ServerProcess

from .conftest import OPERATOR, PASSWORD, operated_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """`microblog serve` on a folder with one administrator."""
    with operated_server(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def wilma(people):
    """The administrator, on the first page of the administration."""
    person = people()
    person.log_in(OPERATOR)
    person.page.get_by_role("link", name="Administration").click()
    return person


def tab(person, name):
    person.page.get_by_role("navigation", name="Administration").get_by_role(
        "link", name=name, exact=True
    ).click()


def save(person, about):
    """Press the button of the section with this heading."""
    section = person.page.locator("section.card").filter(
        has=person.page.get_by_role("heading", name=about, exact=True)
    )
    section.get_by_role("button", name="Save").click()


def test_rules_and_terms_are_written_read_and_named_in_reports(people, name, wilma):
    ada, eve = people(), people()
    ada.sign_up(name("ada"))
    eve.sign_up(name("eve"))
    rule = f"Be kind to {ada.name}"
    tab(wilma, "Site")
    wilma.page.get_by_label("Rule 1", exact=True).fill(rule)
    wilma.page.get_by_label("What rule 1 means").fill("As you would at a table.")
    save(wilma, "Rules")
    assert wilma.sees("The site says so now.")
    for words in (f"First terms for {ada.name}", f"Second terms for {ada.name}"):
        wilma.page.get_by_label("Terms of service").fill(words)
        save(wilma, "Terms of service")
        assert wilma.sees("The site says so now.")

    ada.open("/about")
    assert ada.sees(rule) and ada.sees("As you would at a table.")
    ada.page.get_by_role("main").get_by_role("link", name="Terms of service").click()
    assert ada.sees(f"Second terms for {ada.name}")
    ada.page.get_by_role("link", name="All versions").click()
    ada.page.locator("ol.ranked a").nth(1).click()
    assert ada.sees(f"First terms for {ada.name}") and ada.sees("An earlier version")
    ada.page.get_by_role("link", name="As it is now").click()
    assert ada.path == "/terms"

    ada.open(f"/@{eve.name}")
    ada.page.locator("summary", has_text="More about").click()
    ada.page.get_by_role("link", name="Report @").click()
    assert ada.page.get_by_label(rule).count() == 1


def test_somebody_is_found_given_a_role_and_logged_out(people, name, wilma):
    ada = people()
    ada.sign_up(name("ada"))
    tab(wilma, "Accounts")
    wilma.page.get_by_label("Name or e-mail address").fill(f"{ada.name}@example.org")
    wilma.page.get_by_role("button", name="Show", exact=True).click()
    wilma.page.get_by_role("link", name=f"@{ada.name}").click()
    wilma.page.get_by_label("Role").select_option("moderator")
    wilma.page.get_by_role("button", name="Give this role").click()
    assert wilma.page.get_by_role("row", name="Role").inner_text().endswith("Moderator")
    ada.open("/")
    ada.page.get_by_role("link", name="Administration").click()
    tabs = ada.page.get_by_role("navigation", name="Administration")
    assert tabs.get_by_role("link", name="Reports").count() == 1
    assert not tabs.get_by_role("link", name="Site", exact=True).count(), "that is for administrators"
    wilma.page.get_by_role("button", name="Log out everywhere").click()
    ada.open("/settings/profile")
    assert ada.path.startswith("/login")


def test_a_mail_domain_is_blocked_and_the_block_lifted(people, name, wilma):
    eve, domain = people(), f"{name('spam').replace('_', '-')}.example"
    tab(wilma, "Blocked mail")
    wilma.page.get_by_label("Domain or address").fill(domain)
    wilma.page.get_by_role("button", name="Block", exact=True).click()
    assert wilma.sees(domain)
    eve.open("/signup")
    eve.page.get_by_label("Username").fill(name("eve"))
    eve.page.get_by_label("E-mail address").fill(f"eve@{domain}")
    eve.page.get_by_label("Password").fill(PASSWORD)
    with eve.refusal(422):
        eve.page.get_by_role("button", name="Sign up").click()
    assert eve.page.get_by_label("E-mail address").get_attribute("aria-invalid") == "true"
    wilma.page.get_by_role("button", name=f"Lift {domain}").click()
    assert wilma.sees("The block is lifted.")
    eve.page.get_by_label("Password").fill(PASSWORD)
    eve.page.get_by_role("button", name="Sign up").click()
    assert eve.path == "/"


def test_pictures_are_counted_and_looks_changed_and_put_back(people, name, wilma):
    ada = people()
    ada.sign_up(name("ada"))
    output = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 90, 30)).save(output, "PNG")
    ada.page.locator("main details", has_text="Pictures").locator("summary").click()
    picture = {"name": "hill.png", "mimeType": "image/png", "buffer": output.getvalue()}
    ada.page.get_by_label("Picture 1", exact=True).set_input_files(picture)
    ada.page.get_by_label("What picture 1 shows").fill("A hill at dusk")
    ada.page.get_by_label("What's on your mind?").fill("On the hill")
    ada.page.get_by_role("button", name="Post", exact=True).click()
    assert ada.post("On the hill").get_by_role("img", name="A hill at dusk").count() == 1

    tab(wilma, "Pictures")
    assert wilma.page.get_by_role("rowheader", name=f"@{ada.name}").count() == 1
    wilma.page.get_by_role("button", name="Clean up now").click()
    assert wilma.sees("It is on its way")

    tab(wilma, "Appearance")
    for style, size in ((".brand { letter-spacing: 7px; }", "7px"), ("", "")):
        wilma.page.get_by_label("CSS after the site's own").fill(style)
        wilma.page.get_by_role("button", name="Save").first.click()
        assert wilma.sees("Every page looks so now")
        ada.open("/public")
        spacing = ada.page.locator(".brand").evaluate("brand => getComputedStyle(brand).letterSpacing")
        assert (spacing == "7px") == bool(size)


def test_jobs_campaigns_and_statistics_are_looked_at(wilma, name):
    tab(wilma, "Jobs")
    assert wilma.sees("Schedules") and wilma.sees("Housekeeping")
    wilma.page.get_by_role("link", name="Failed", exact=True).click()
    assert wilma.sees("No job failed for good")
    tab(wilma, "Statistics")
    assert wilma.page.get_by_role("heading", level=1).count() == 1
    tab(wilma, "Campaigns")
    wilma.page.get_by_role("link", name="New campaign").first.click()
    wilma.page.get_by_label("Name", exact=True).fill(name("News"))
    wilma.page.get_by_label("Subject").fill("News of the week")
    wilma.page.get_by_label("Text").fill("Nothing much happened.")
    wilma.page.get_by_role("button", name="Save the draft").click()
    assert wilma.sees("Nothing much happened.")
    wilma.page.get_by_role("button", name="Delete the draft").click()
    assert not wilma.sees(name("News"))
