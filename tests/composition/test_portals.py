"""Processes without an event loop on one SQLite file, as two portals: neither believes what it remembers."""

from __future__ import annotations

from pathlib import Path

from microblog_core.domain.permissions import SYSTEM, Actor
from microblog_core.embedding import load_site
from microblog_core.services.accounts import CreateAccount, create_account
from microblog_core.services.posts import PublishPost, publish_post
from microblog_core.services.sessions import close_session, open_session, resume_session
from microblog_core.services.timelines import read_post
from microblog_core.sync import Portal


def test_what_one_writes_and_who_logs_out_there_is_known_to_the_other(tmp_path: Path) -> None:
    with Portal(load_site(tmp_path)) as first, Portal(load_site(tmp_path)) as second:
        here, there = first.site.ports, second.site.ports
        command = CreateAccount(username="ada", email="ada@example.org", password="a long pass phrase")
        ada = Actor(account=first.call(create_account, here, SYSTEM, command))
        post = first.call(publish_post, here, ada, PublishPost(text="From the first")).post
        assert second.call(read_post, there, ada, post.id).post.text == "From the first"

        token = first.call(open_session, here, ada.account).token
        for portal in (first, second, second):
            known = portal.call(resume_session, portal.site.ports, token)
            assert known is not None and known.account.username == "ada"
        first.call(close_session, here, token)
        assert second.call(resume_session, there, token) is None
