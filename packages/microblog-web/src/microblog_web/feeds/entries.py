"""From entries of a listing to items of a feed: everything absolute, warnings first, sensitive pictures as
links only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import escape

from microblog_core.domain.accounts import Account
from microblog_core.domain.media import Attachment
from microblog_core.domain.posts import Entry, Post
from microblog_web.feeds.model import Item, Picture
from microblog_web.texts import excerpt

_TITLE = 80


class Addresses:
    """Absolute addresses of a site that is found at `base` (without a slash at its end)."""

    def __init__(self, base: str, file_url: Callable[[str], str]) -> None:
        self.base = base
        self._file_url = file_url

    def file(self, key: str) -> str:
        """Where a file of the blob store is."""
        url = self._file_url(key)
        return self.base + url if url.startswith("/") else url

    def account(self, account: Account) -> str:
        """Somebody's profile."""
        return f"{self.base}/@{account.acct}"

    def post(self, entry: Entry) -> str:
        """A post's own page."""
        return f"{self.account(entry.author)}/{entry.post.id}"

    def html(self, html: str) -> str:
        """Sanitised HTML whose links work anywhere."""
        return html.replace('href="/', f'href="{self.base}/') if 'href="/' in html else html


def items_of(addresses: Addresses, entries: Iterable[Entry]) -> tuple[Item, ...]:
    """The entries as items."""
    return tuple([_item(addresses, entry) for entry in entries])


def content_of(addresses: Addresses, entry: Entry) -> str:
    """A post as HTML by itself: its warning, text, choices, quoted post and pictures."""
    post = entry.post
    parts = []
    if post.spoiler:
        parts.append(f"<p><strong>{escape(post.spoiler)}</strong></p><hr>")
    parts.append(addresses.html(post.html))
    if entry.poll is not None:
        options = "".join(f"<li>{escape(option.title)}</li>" for option in entry.poll.options)
        parts.append(f"<ul>{options}</ul>")
    if entry.quoted is not None:
        quoted = entry.quoted
        who = f'<a href="{escape(addresses.post(quoted))}">{escape(quoted.author.name)}</a>'
        warning = f"<p><strong>{escape(quoted.post.spoiler)}</strong></p>" if quoted.post.spoiler else ""
        text = warning or addresses.html(quoted.post.html)
        parts.append(f"<blockquote>{text}<p>— {who}</p></blockquote>")
    parts += [_picture(addresses, each, post) for each in post.attachments]
    return "".join(parts)


def _item(addresses: Addresses, entry: Entry) -> Item:
    post, author = entry.post, entry.author
    title, url, published = f"{author.name}: {excerpt(post, _TITLE)}", addresses.post(entry), post.created_at
    if entry.boosted_by is not None:
        title = f"{entry.boosted_by.name} ↻ {title}"
        # The boost's own id: the same post may be in the feed as a post, too.
        url = f"{addresses.account(entry.boosted_by)}/{entry.id}"
        published = entry.boosted_at or published
    return Item(
        url=url,
        title=title,
        html=content_of(addresses, entry),
        published=published,
        updated=max(published, post.edited_at or 0),
        author=author.name,
        author_url=addresses.account(author),
        author_picture=addresses.file(author.avatar) if author.avatar else "",
        tags=post.tags,
        language=post.language,
        pictures=tuple(
            Picture(
                url=addresses.file(each.key),
                media_type=each.content_type,
                size=each.size,
                description=each.description,
            )
            for each in post.attachments
            if each.key
        ),
    )


def _picture(addresses: Addresses, picture: Attachment, post: Post) -> str:
    if not picture.key:
        return ""
    url, said = escape(addresses.file(picture.key)), escape(picture.description)
    if post.sensitive or post.spoiler:
        return f'<p><a href="{url}">{said or url}</a></p>'
    size = f'width="{int(picture.width)}" height="{int(picture.height)}"'
    return f'<p><img src="{url}" alt="{said}" {size}></p>'
