"""The API's documentation in a browser: drawn with JavaScript, a list without."""

from __future__ import annotations


def test_every_operation_is_found_with_scripts_and_without(people, javascript):
    reader = people()
    reader.open("/api/docs")
    if javascript:
        # A busy machine takes a while to draw the whole document.
        reader.page.locator(".swagger-ui .opblock-tag", has_text="statuses").first.wait_for(timeout=60_000)
        reader.page.locator("#operations-tag-statuses").click()
        reader.page.locator("#operations-statuses-statuses_create").click()
        reader.page.get_by_text("Idempotency-Key").first.wait_for()
        assert reader.page.locator("main#plain").count() == 0
    else:
        assert reader.sees("/api/v1/statuses/{id}/favourite")
        assert reader.page.get_by_role("heading", name="timelines").count() == 1
