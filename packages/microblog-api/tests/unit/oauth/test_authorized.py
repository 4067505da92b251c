from __future__ import annotations

from .conftest import PASSWORD


async def test_people_see_what_they_allowed_and_end_it(house) -> None:
    account = await house.account()
    person = await house.person(account)
    app, other = await house.registers(), await house.registers(client_name="Mouse")
    tokens = []
    for each in (app, other):
        code = await person.allows(each.asks())
        tokens.append((await each.exchanges(code)).json()["access_token"])
    page = await person.get("/oauth/authorized_applications")
    assert page.text.index("Mouse") < page.text.index("Elephant")
    assert "2026-01-01" in page.text
    form = page.form("application_id")
    answer = await person.submit(form, application_id=app.known["id"])
    assert (answer.status, answer.location) == (303, "/oauth/authorized_applications")
    page = await person.get(answer.location)
    assert "Elephant" not in page.text
    assert "Mouse" in page.text
    statuses = [
        (await (await house.with_token(token)).get("/api/v1/apps/verify_credentials")).status_code
        for token in tokens
    ]
    assert statuses == [401, 200]


async def test_who_is_not_logged_in_logs_in_first(house) -> None:
    await house.account()
    visitor = await house.visitor()
    page = await visitor.get("/oauth/authorized_applications")
    answer = await visitor.submit(page.form("name", "password"), name="ada", password=PASSWORD)
    assert answer.location == "/oauth/authorized_applications"
    assert "No application has access" in (await visitor.get(answer.location)).text


async def test_ending_needs_a_form_of_ours_and_an_id(house) -> None:
    person = await house.person(await house.account())
    path = "/oauth/authorized_applications"
    assert (await person.post(path, {"application_id": "1"})).status == 403
    form = (await person.get(path)).form("csrf_token")
    assert (await person.post(path, {**form.fields, "application_id": "x"})).status == 404
    assert (await person.post(path, {**form.fields, "application_id": "1"})).status == 303
    assert (await person.get(path + "?max_id=nonsense")).status == 422
