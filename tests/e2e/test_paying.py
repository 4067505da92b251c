"""A reader tips an author through the sandbox, becomes a member, reads what is for members, and ends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.domain.posts import Visibility
from microblog_core.services import accounts, posts
from microblog_core.services.payments.offers import PutTier, SetPayee, put_tier, set_payee
from microblog_core.site import Site
from microblog_core.testing.servers import ServerProcess

from .conftest import PASSWORD, server_with_money

AUTHOR = "frieda"
NARROW = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A site that takes money by the sandbox, with an author who writes for members."""
    with server_with_money(tmp_path_factory.mktemp("site"), furnish) as running:
        yield running


async def furnish(site: Site) -> None:
    """The author comes, wants to be paid and writes."""
    command = accounts.CreateAccount(username=AUTHOR, email=f"{AUTHOR}@example.org", password=PASSWORD)
    author = Actor(account=await accounts.create_account(site.ports, SYSTEM, command))
    await set_payee(site.ports, author, SetPayee(currency="EUR", amounts=(300, 500, 1000)))
    tier = PutTier(
        name="Friends", description="A letter every week.\nAnd pictures.", monthly=400, yearly=4000
    )
    await put_tier(site.ports, author, tier)
    letter = posts.PublishPost(
        text="The whole letter", visibility=Visibility.MEMBERS, teaser="A letter is here"
    )
    await posts.publish_post(site.ports, author, letter)


def fits(person):
    """Whether nothing of the page lies beside a window of 320 pixels."""
    return person.page.evaluate("document.documentElement.scrollWidth") <= 320


def go_on(person):
    """To the sandbox's page: by itself, and by the link where a browser goes nowhere by itself."""
    person.page.wait_for_url("**/payments/sandbox/**")
    assert person.sees("not real money")
    assert fits(person)


def test_a_reader_tips_an_author_and_has_a_receipt(people, name):
    eve = people(**NARROW)
    eve.sign_up(name("eve"))
    eve.open(f"/@{AUTHOR}")
    eve.page.get_by_role("link", name="Tip").click()
    assert fits(eve)
    eve.page.get_by_label("Another amount in EUR").fill("much")
    eve.page.get_by_label("What you want to say").fill("For the letters")
    with eve.refusal(422):
        eve.page.get_by_role("button", name="Go on to pay").click()
        eve.waits_for("Write an amount like 5.00")
    assert eve.page.get_by_label("What you want to say").input_value() == "For the letters"
    eve.page.get_by_label("Another amount in EUR").fill("12,50")
    eve.page.get_by_role("button", name="Go on to pay").click()
    go_on(eve)
    assert eve.sees("12.50 EUR")
    eve.page.get_by_role("button", name="Pay", exact=True).click()
    eve.waits_for("Your payment has arrived")
    assert eve.sees("€12.50")
    assert fits(eve)
    eve.page.get_by_role("link", name="Receipt", exact=True).click()
    assert eve.sees(f"@{AUTHOR}")
    assert fits(eve)
    eve.open("/settings/payments")
    assert eve.sees("€12.50")
    assert fits(eve)


def test_a_payment_left_open_is_given_up(people, name):
    eve = people()
    eve.sign_up(name("eve"))
    eve.open(f"/@{AUTHOR}/tip")
    eve.page.get_by_label("€5.00").check()
    eve.page.get_by_role("button", name="Go on to pay").click()
    eve.page.wait_for_url("**/payments/sandbox/**")
    eve.page.get_by_role("link", name="Leave it open and go back").click()
    assert eve.sees("Nothing was taken from you yet")
    eve.page.get_by_role("button", name="Give up this payment").click()
    assert eve.sees("Given up")


def test_a_reader_joins_reads_what_is_for_members_and_ends_it(people, name):
    eve = people(**NARROW)
    eve.sign_up(name("eve"))
    eve.open(f"/@{AUTHOR}/with_replies")
    assert eve.sees("A letter is here")
    assert not eve.sees("The whole letter")
    eve.page.get_by_role("link", name=f"Become a member ({AUTHOR})").click()
    assert fits(eve)
    eve.page.get_by_label("€4.00 a month").check()
    eve.page.get_by_role("button", name="Become a member").click()
    go_on(eve)
    assert eve.sees("every month")
    eve.page.get_by_role("button", name="Pay", exact=True).click()
    eve.waits_for("It goes on by itself")
    assert fits(eve)
    eve.open(f"/@{AUTHOR}/with_replies")
    assert eve.sees("The whole letter")
    eve.page.get_by_role("link", name=f"You are a member ({AUTHOR})").click()
    eve.page.get_by_role("link", name="See your membership").click()
    eve.page.get_by_role("link", name="End the membership").click()
    assert fits(eve)
    eve.page.get_by_role("button", name="End the membership").click()
    assert eve.sees("Then it ends, and nothing is charged any more")
    # What was paid for is there until it is over.
    eve.open(f"/@{AUTHOR}/with_replies")
    assert eve.sees("The whole letter")
