"""What is for an author's members reaches the streams of members and of the author, and no others."""

from __future__ import annotations

from msgspec.structs import replace

from microblog_core.domain.notifications import NotificationKind
from microblog_core.domain.payments import SubscriptionState
from microblog_core.ports.operations.payments import RecordMembership
from microblog_core.services.notifications import notify
from microblog_core.testing.payments import seed_member, seed_tier


async def test_members_hear_what_is_for_them_as_long_as_they_have_access(town):
    ann, ben, eve = await town.api.people("ann", "ben", "eve")
    storage = town.ports.storage
    membership = await seed_member(storage, ben.account.id, await seed_tier(storage, ann.account.id))
    for follower in (ben, eve):
        await follower.post(f"/api/v1/accounts/{ann.id}/follow")
    member, follower, author = [await town.events("/user", each) for each in (ben, eve, ann)]
    anybody = await town.events("/public")
    letter = await ann.write("For members @eve", visibility="members", teaser="There is more #tea")
    teaser = letter["in_reply_to_id"]
    for stream in (member, author):
        heard = [(await stream.event())[1] for _ in range(2)]
        assert {each["id"] for each in heard} == {teaser, letter["id"]}
        assert {each.get("visibility") for each in heard} == {"public", "private"}
    for stream in (follower, anybody):
        assert (await stream.event())[1]["id"] == teaser
    await ann.ask("PUT", f"/api/v1/statuses/{letter['id']}", data={"status": "For members, again"})
    for stream in (member, author):
        name, status = await stream.event()
        assert (name, status["id"]) == ("status.update", letter["id"])
    over = town.ports.clock.now() - 1
    ended = replace(
        membership,
        state=SubscriptionState.ENDED,
        access_until=over,
        paid_until=over,
        ended_at=over,
        version=membership.version + 1,
    )
    await storage.commit([RecordMembership(membership=ended)])
    await ann.ask("PUT", f"/api/v1/statuses/{letter['id']}", data={"status": "Once more"})
    await ann.write("Another one", visibility="members")
    last = await ann.write("For everybody")
    # Nothing came in between: streams keep their order.
    for stream in (member, follower, anybody):
        assert (await stream.event())[1]["id"] == last["id"]


async def test_notifications_that_other_clients_have_no_type_for_are_not_streamed(town):
    ann, ben = await town.api.people("ann", "ben")
    stream = await town.events("/user/notification", ann)
    unit = town.ports.unit()
    now = town.ports.clock.now()
    notify(town.ports, unit, ann.account.id, NotificationKind.TIP, ben.account.id, None, now)
    await unit.commit()
    await ben.write("hello @ann")
    name, told = await stream.event()
    assert (name, told["type"]) == ("notification", "mention")
