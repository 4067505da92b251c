"""A report, the decision about it, the person's answer, and what the audit log says of it."""

from __future__ import annotations

import subprocess

import pytest

from microblog_core.testing.servers import microblog_command, site_server


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("site") / "data"


@pytest.fixture(scope="module")
def server(data):
    with site_server(data) as running:
        yield running


def moderator(data, person):
    command = microblog_command("--data", str(data), "users", "role", person.name, "moderator")
    subprocess.run(command, check=True, capture_output=True)


def test_a_report_leads_to_a_decision_and_an_appeal_takes_it_back(people, name, data):
    ada, eve, mod = people(), people(), people()
    for person, stem in ((eve, "eve"), (ada, "ada"), (mod, "mod")):
        person.sign_up(name(stem))
    moderator(data, mod)
    eve.write(f"Cheap watches by {eve.name}")
    ada.open(f"/@{eve.name}")
    ada.page.get_by_role("link", name="More about the post by").click()
    ada.page.get_by_role("link", name="Report this post").click()
    ada.page.get_by_role("button", name="Report", exact=True).click()

    mod.open("/")
    mod.page.get_by_role("link", name="Administration").click()
    tabs = mod.page.get_by_role("navigation", name="Administration")
    tabs.get_by_role("link", name="Reports").click()
    mod.page.get_by_role("link", name=f"@{eve.name}").first.click()
    mod.page.get_by_role("button", name="Assign to me").click()
    assert mod.sees("You have taken this report.")
    mod.page.get_by_label("What to do").select_option("silence")
    mod.page.get_by_label("Why").fill("No adverts, please.")
    mod.page.get_by_role("button", name="Decide").click()
    assert mod.sees("Done: Silenced.") and mod.sees("Resolved")
    ada.open("/public")
    assert not ada.sees(f"Cheap watches by {eve.name}")

    eve.open("/settings/decisions")
    eve.page.get_by_role("link", name="Silenced").click()
    assert eve.sees("No adverts, please.")
    eve.page.get_by_label("Why the decision is wrong").fill("They are mine.")
    eve.page.get_by_role("button", name="Ask for another look").click()
    assert eve.sees("Appeal waits")

    tabs.get_by_role("link", name="Appeals").click()
    assert mod.sees("They are mine.")
    mod.page.get_by_role("button", name="Accept").first.click()
    assert mod.sees("The decision is taken back.")
    ada.open("/public")
    assert ada.sees(f"Cheap watches by {eve.name}")
    tabs.get_by_role("link", name="Audit log").click()
    mod.page.get_by_label("By whom").fill(mod.name)
    mod.page.get_by_role("button", name="Show", exact=True).click()
    assert mod.sees("moderation.silence") and mod.sees("moderation.overruled")


def test_who_is_suspended_is_gone_until_restored(people, name, data):
    eve, mod, visitor = people(), people(), people()
    for person, stem in ((eve, "eve"), (mod, "mod")):
        person.sign_up(name(stem))
    moderator(data, mod)
    eve.write(f"Cheap watches by {eve.name}")
    mod.open("/admin/accounts")
    mod.page.get_by_role("main").get_by_role("link", name=f"@{eve.name}").first.click()
    mod.page.get_by_label("What to do").select_option("suspend")
    mod.page.get_by_label("Why").fill("Adverts only.")
    mod.page.get_by_role("button", name="Decide").click()
    visitor.open("/public")
    assert not visitor.sees(f"Cheap watches by {eve.name}")
    with visitor.refusal(visitor.page.request.get(f"{visitor.base}/@{eve.name}").status):
        visitor.page.goto(f"{visitor.base}/@{eve.name}")
    assert not visitor.sees(f"Cheap watches by {eve.name}")
    eve.open("/notifications")
    assert eve.path.startswith("/login")
    mod.page.get_by_role("button", name="Restore").first.click()
    visitor.open(f"/@{eve.name}")
    assert visitor.sees(f"Cheap watches by {eve.name}")
