"""An author opts in, makes a tier and writes for members, of which a visitor sees the teaser; an operator
gives a tip back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from microblog_core.defaults.sandbox import Decision
from microblog_core.domain.accounts import Role
from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.services import accounts
from microblog_core.services.payments.offers import SetPayee, set_payee
from microblog_core.services.payments.settling import settle_payment
from microblog_core.services.payments.tips import BeginTip, begin_tip
from microblog_core.site import Site
from microblog_core.testing.servers import ServerProcess

from .conftest import OPERATOR, PASSWORD, server_with_money

NARROW = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A site that takes money by the sandbox, with an operator and a tip that was paid."""
    with server_with_money(tmp_path_factory.mktemp("site"), furnish) as running:
        yield running


async def furnish(site: Site) -> None:
    """An operator, somebody who is paid, and who pays them."""
    people = {}
    for name, role in ((OPERATOR, Role.ADMINISTRATOR), ("frieda", Role.MEMBER), ("gustav", Role.MEMBER)):
        command = accounts.CreateAccount(
            username=name, email=f"{name}@example.org", password=PASSWORD, role=role
        )
        people[name] = Actor(account=await accounts.create_account(site.ports, SYSTEM, command))
    await set_payee(site.ports, people["frieda"], SetPayee(currency="EUR"))
    tip = BeginTip(account_id=people["frieda"].id or 0, minor=1250, note="For the letters")
    payment = await begin_tip(site.ports, people["gustav"], tip)
    await site.gateways.get("sandbox").decide(payment.gateway_id, Decision.PAY)
    await settle_payment(site.ports, payment.id, cause="request")


def fits(person):
    """Whether nothing of the page lies beside a window of 320 pixels."""
    return person.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_author_opts_in_offers_a_tier_and_writes_for_members(people, name):
    ada = people(**NARROW)
    ada.sign_up(name("ada"))
    ada.open("/settings/earning")
    assert ada.sees("Nobody can pay you before you say so")
    ada.page.get_by_label("Currency").fill("EUR")
    ada.page.get_by_label("Suggested tip 1").fill("2,50")
    ada.page.get_by_role("button", name="Let people pay me").click()
    assert ada.sees("You offer no tier yet") and fits(ada)
    ada.page.get_by_role("link", name="Add a tier").click()
    ada.page.get_by_label("Name").fill("Friends")
    ada.page.get_by_label("Price for a month").fill("3,50")
    assert fits(ada)
    ada.page.get_by_role("button", name="Offer this tier").click()
    assert ada.sees("€3.50 a month") and fits(ada)
    ada.open("/compose")
    ada.page.get_by_label("What's on your mind?").fill("The whole letter")
    ada.page.get_by_text("For members: what everybody sees").click()
    ada.page.get_by_label("Teaser", exact=True).fill("A letter is here")
    ada.page.get_by_label("Who can see it").select_option("members")
    assert fits(ada)
    ada.page.get_by_role("button", name="Post", exact=True).click()
    assert ada.sees("The whole letter") and ada.sees("A letter is here") and ada.sees("Members only")
    visitor = people(**NARROW)
    visitor.open(f"/@{ada.name}/with_replies")
    assert visitor.sees("A letter is here") and not visitor.sees("The whole letter")
    assert visitor.sees("There is more to read for members") and fits(visitor)
    visitor.post("A letter is here").get_by_role("link", name="Become a member").click()
    assert visitor.path.startswith(f"/@{ada.name}/membership")
    ada.open("/earnings")
    assert ada.sees("Nobody has paid you yet") and fits(ada)


def test_an_operator_gives_a_part_of_a_tip_back(people):
    operator = people(**NARROW)
    operator.log_in(OPERATOR)
    operator.open("/admin/payments")
    assert fits(operator)
    operator.page.get_by_role("table").get_by_role("link").first.click()
    assert operator.sees("gateway:sandbox") and fits(operator)
    operator.page.get_by_label("Amount in EUR").fill("1,25")
    operator.page.get_by_label("Reason").fill("They asked for it")
    operator.page.get_by_role("button", name="Go on").click()
    assert operator.sees("This can't be undone") and fits(operator)
    operator.page.get_by_role("button", name="Give back €1.25").click()
    operator.waits_for("€1.25 go back to the payer")
    assert operator.sees("Refunded in part")
    operator.open("/admin/ledger")
    assert operator.sees("All entries sum to zero in each currency: EUR.") and fits(operator)
    operator.open("/admin/gateways")
    operator.page.get_by_label("Currency").fill("EUR")
    operator.page.get_by_role("button", name="Explain").click()
    assert operator.sees("sandbox: chosen") and fits(operator)
    frieda = people(**NARROW)
    frieda.log_in("frieda")
    frieda.open("/earnings")
    assert frieda.sees("For the letters") and frieda.sees("Refunded in part") and fits(frieda)
