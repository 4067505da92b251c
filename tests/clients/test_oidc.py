"""People log in to a real site at a real provider: oidc-provider, which is certified for OpenID Connect."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urljoin

import httpx
import pytest

from microblog_core.testing.browser import Form, Page
from microblog_core.testing.servers import free_port, site_server

HERE = Path(__file__).parent / "oidc"
CLIENT, SECRET = "microblog", "a secret of the client"
PAGES = 12


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site on an empty folder, and the provider that it knows; the site's address."""
    port, there = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    data = tmp_path_factory.mktemp("oidc") / "data"
    data.mkdir()
    (data / "microblog.toml").write_text(
        f'[sites.main]\nbase_url = "{url}"\n\n'
        f'[plugins.oidc.providers.corp]\nissuer = "http://127.0.0.1:{there}"\n'
        f'client_id = "{CLIENT}"\nlabel = "Corp"\nsign_up = "yes"\nmax_age = 600\n'
        'email_domains = ["corp.example"]\n'
    )
    secret = {"MICROBLOG_PLUGINS__OIDC__PROVIDERS__CORP__CLIENT_SECRET": SECRET}
    # Node looks for what is imported beside the module.
    folder = Path(os.environ["MICROBLOG_NODE_MODULES"]).with_name("oidc")
    shutil.copytree(HERE, folder, dirs_exist_ok=True)
    provider = folder / "provider.mjs"
    arguments = [str(there), CLIENT, SECRET, f"{url}/x/oidc/callback/corp"]
    log = data.with_name("provider.log")
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [os.environ["MICROBLOG_NODE"], str(provider), *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            assert any(line.strip() == "ready" for line in process.stdout), log.read_text()
            with site_server(data, port=port, env=secret):
                yield url
        finally:
            process.kill()


@pytest.fixture
def person(site: str) -> Iterator[Person]:
    with httpx.Client(base_url=site, follow_redirects=True, trust_env=False) as browser:
        yield Person(browser, site)


class Person:
    """A browser, and somebody who fills in what the provider's pages ask for."""

    def __init__(self, browser: httpx.Client, site: str) -> None:
        self._browser = browser
        self._site = site

    def open(self, path: str) -> httpx.Response:
        return self._browser.get(path)

    def send(self, answer: httpx.Response, form: Form, **values: str) -> httpx.Response:
        address = urljoin(str(answer.url), form.action)
        origin = f"{answer.url.scheme}://{answer.url.netloc.decode()}"
        content = urlencode({**form.fields, **values})
        headers = {"origin": origin, "content-type": "application/x-www-form-urlencoded"}
        return self._browser.post(address, content=content, headers=headers)

    def log_in(self, path: str, name: str) -> httpx.Response:
        """From a page of the site to the provider and back; the page after that."""
        answer = self.open(path)
        for _ in range(PAGES):
            if str(answer.url).startswith(self._site):
                return answer
            form = forms(answer)[0]
            typed = {"login": name, "password": "any"} if "login" in form.names else {}
            answer = self.send(answer, form, **typed)
        raise AssertionError(f"stuck at the provider: {answer.url}\n{answer.text}")

    @property
    def is_in(self) -> bool:
        return "microblog_session" in self._browser.cookies


def forms(answer: httpx.Response) -> list[Form]:
    return Page(answer.url.path, answer.status_code, dict(answer.headers), answer.content).forms()


def form_of(answer: httpx.Response, action: str) -> Form:
    found = next((form for form in forms(answer) if form.action == action), None)
    assert found is not None, answer.text
    return found


def test_somebody_comes_the_first_time_and_again(site: str, person: Person) -> None:
    assert "/login/oidc-corp" in person.open("/login").text
    asked = person.log_in("/login/oidc-corp?next=/settings/account", "ada")
    form = form_of(asked, "/login/oidc-corp")
    assert form.fields["username"] == "ada" and form.fields["email"] == "ada@corp.example"
    assert not person.is_in
    made = person.send(asked, form, username="ada_l")
    assert made.status_code == 200 and made.url.path == "/settings/account" and person.is_in
    assert "Set a password" in made.text
    with httpx.Client(base_url=site, follow_redirects=True, trust_env=False) as browser:
        other = Person(browser, site)
        back = other.log_in("/login/oidc-corp?next=/settings/account", "ada")
        assert back.url.path == "/settings/account" and other.is_in and "Set a password" in back.text


def test_an_account_that_is_there_is_linked_and_unlinked(person: Person) -> None:
    signed_up = person.open("/signup")
    form = next(form for form in forms(signed_up) if "username" in form.names)
    password = "correct horse battery"
    person.send(signed_up, form, username="bob", email="bob@people.example", password=password)
    assert person.is_in
    seen = person.log_in("/x/oidc/link/corp", "bob_at_corp")
    assert "bob_at_corp" in seen.text and "@bob" in seen.text
    done = person.send(seen, form_of(seen, "/x/oidc/link"), password=password)
    assert done.url.path == "/x/oidc" and "bob_at_corp" in done.text
    form = form_of(done, "/x/oidc/unlink")
    assert "Choose which one" in person.send(done, form, password=password).text
    (key,) = re.findall('name="link" value="([^"]+)"', done.text)
    assert person.send(done, form, password=password, link=key).status_code == 200
    assert "No provider is linked" in person.open("/x/oidc").text


def test_who_gives_up_at_the_provider_is_told(person: Person) -> None:
    answer = person.open("/login/oidc-corp")
    cancel = answer.text.split('href="')
    address = next(part.split('"')[0] for part in cancel if "abort" in part.split('"')[0])
    back = person.open(urljoin(str(answer.url), address))
    assert back.status_code == 422 and "did not let you in here" in back.text and not person.is_in
