"""Pictures over HTTP: whole, unchangeable, of a known type, and of this site alone."""

from __future__ import annotations

import pytest
from http_fakes import FakeSite, read_body, respond, serving, surface

from microblog_core.http.security import add_security_headers

KEY = f"ab/{'c' * 30}.png"


async def with_picture(site: FakeSite, data: bytes = b"\x89PNG...", key: str = KEY) -> FakeSite:
    await site.ports.blobs.put(key, data, "")
    return site


async def test_a_picture_is_served_whole_for_ever_and_harmlessly():
    data = b"x" * 700_000
    async with serving(None, await with_picture(FakeSite(), data)) as http:
        answer = await http.get(f"/media/{KEY}")
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-length"] == "700000"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert "set-cookie" not in answer.headers
        head = await http.head(f"/media/{KEY}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == "700000"
        again = await http.get(f"/media/{KEY}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = await http.get(f"/media/{KEY}", headers={"if-none-match": '"another"'})
        assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/media",
        "/media/",
        f"/media/ab/{'d' * 30}.png",
        f"/media/ab/{'c' * 30}.original",
        f"/media/ab/{'c' * 30}.svg",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        f"/media//ab/{'c' * 30}.png",
        f"/media/ab/{'c' * 30}.png/",
        f"/media/AB/{'c' * 30}.png",
        f"/media/ab%2f{'c' * 29}.png",
        f"/media/ab/{'c' * 30}.png%00",
    ],
)
async def test_everything_else_under_media_is_not_there(path):
    site = await with_picture(await with_picture(FakeSite()), b"<script>", f"ab/{'c' * 30}.original")
    async with serving(None, site) as http:
        answer = await http.get(path)
        assert answer.status_code in (400, 404)
        assert b"<script>" not in answer.content


async def test_pictures_are_read_only_and_take_no_body():
    async with serving(None, await with_picture(FakeSite())) as http:
        for method in ("POST", "PUT", "DELETE"):
            assert (await http.request(method, f"/media/{KEY}")).status_code == 405
        assert (await http.post(f"/media/{KEY}", content=b"x")).status_code == 413


async def test_pictures_are_those_of_the_site_that_was_asked():
    one = await with_picture(FakeSite("one", hosts=("one.example",)), b"of one")
    two = FakeSite("two", hosts=("two.example",))
    async with serving(None, one, two) as http:
        assert (await http.get(f"http://one.example/media/{KEY}")).content == b"of one"
        assert (await http.get(f"http://two.example/media/{KEY}")).status_code == 404


async def test_only_where_uploads_are_taken_bodies_may_be_as_large():
    async def handler(scope, receive, send):
        await respond(send, str(len(await read_body(receive))).encode())

    site = FakeSite(upload_bytes=1000)
    made = surface(handler, body_limit=100, uploads={"/compose": 4, "/api/media": 1})
    async with serving(None, site, surfaces=(made,)) as http:
        files = {"content-type": "Multipart/form-data; boundary=x"}
        sizes = {
            "/compose": 4100,
            "/api/media": 1100,
            "/api/media/7": 1100,
            "/elsewhere": 100,
            "/composer": 100,
        }
        for path, most in sizes.items():
            assert (await http.post(path, content=b"x" * most, headers=files)).content == str(most).encode()
            assert (await http.post(path, content=b"x" * (most + 1), headers=files)).status_code == 413
            assert (await http.post(path, content=b"x" * 101)).status_code == 413


async def test_pages_may_show_pictures_from_where_the_files_have_an_address_and_from_nowhere_else():
    def policies(address):
        site = FakeSite()
        site.ports.blobs.url = lambda key: f"{address}/{key}"
        headers = []
        add_security_headers(headers, "http", site)
        again = []
        add_security_headers(again, "http", site)
        assert headers == again
        return [value.decode() for name, value in headers if name == b"content-security-policy"]

    (own,) = policies("/media")
    assert own.endswith("img-src 'self' data:")
    assert policies("https://cdn.example.org:444/pictures") == [f"{own} https://cdn.example.org:444"]
    assert policies("https://cdn.example.org; script-src *") == [own]
