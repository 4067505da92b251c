"""Operations on posts, boosts and favourites."""

from __future__ import annotations

from microblog_core.domain.posts import Post
from microblog_core.ports.operations.base import Operation


def keys_of(post: Post) -> tuple[str, ...]:
    """What caches must forget when a post comes, goes or changes."""
    keys = [f"post:{post.id}", f"posts-of:{post.account_id}", f"thread:{post.thread_id}"]
    if post.visibility == "public":
        keys.append("public")
        keys.extend(f"tag:{tag}" for tag in post.tags)
    if post.in_reply_to_id is not None:
        keys.append(f"post:{post.in_reply_to_id}")
    if post.boost_of_id is not None:
        keys.append(f"post:{post.boost_of_id}")
    if post.quote_of_id is not None:
        keys.append(f"post:{post.quote_of_id}")
    return tuple(keys)


def told_of(post: Post) -> tuple[str, ...]:
    """Whose notifications may be about the post: its author's, those of people named, of who is answered."""
    told = {post.account_id, *(mention.account_id for mention in post.mentions)}
    if post.in_reply_to_account_id is not None:
        told.add(post.in_reply_to_account_id)
    return tuple(f"notifications:{account}" for account in sorted(told))


class AddPost(Operation, frozen=True, kw_only=True):
    """A new post or boost, with its mentions, tags and attachments, which belong to the post from now on.

    Guards: `id`; `exists` (the post answered or boosted is gone, or the author is); `reply` (the
    `reply_policy` of the post answered says no); `boost` (boosted already); `quote` (the post quoted is gone,
    neither public nor unlisted, or its `quote_policy` says no); `media` (an attachment is gone, is somebody
    else's or another post's, isn't ready, or was described anew since it was read). Its poll comes by
    `PutPoll`.
    """

    post: Post

    def changed(self) -> tuple[str, ...]:
        """The listings that it appears in and the post that it answers."""
        return keys_of(self.post)


class EditPost(Operation, frozen=True, kw_only=True):
    """A new version of a post: `before` is what was read, `after` what to store.

    Only text, html, spoiler, sensitive, language, mentions, tags, attachments, edited_at and version
    (`before.version + 1`) differ. The version before is kept in the history; attachments that only the
    history shows still belong to the post. The descriptions and focuses in `after` are those of the media
    from now on. Guards: `exists`, `version`, `media` (as for `AddPost`).
    """

    before: Post
    after: Post

    def changed(self) -> tuple[str, ...]:
        """The listings that it was in and is in, and the notifications of who is or was named."""
        both = (self.before, self.after)
        return tuple(dict.fromkeys(key for post in both for key in (*keys_of(post), *told_of(post))))


class DeletePost(Operation, frozen=True, kw_only=True):
    """A post with its history, boosts, favourites, home rows and notifications; answers stay. Guard:
    `exists`.

    All its media belong to no post any more, from `deleted_at` (Unix milliseconds) on. With `hidden_at` only
    a post goes that is hidden since that very moment (`HidePost`), else only one that is not hidden.
    """

    post: Post
    deleted_at: int = 0
    hidden_at: int | None = None

    def changed(self) -> tuple[str, ...]:
        """The listings that it was in, and the notifications about it."""
        return (*keys_of(self.post), *told_of(self.post))


class DeleteBoost(Operation, frozen=True, kw_only=True):
    """Take the boost of `post` by `account_id` back."""

    account_id: int
    post: Post

    def changed(self) -> tuple[str, ...]:
        """The boosted post and the listings of the booster."""
        return (f"post:{self.post.id}", f"posts-of:{self.account_id}")


class AddFavourite(Operation, frozen=True, kw_only=True):
    """`id` is the relation's. Guards: `exists`, `favourite` (is one already)."""

    id: int
    account_id: int
    post_id: int
    created_at: int

    def changed(self) -> tuple[str, ...]:
        """The post's counts."""
        return (f"post:{self.post_id}",)


class DeleteFavourite(Operation, frozen=True, kw_only=True):
    """Take a favourite back."""

    account_id: int
    post_id: int

    def changed(self) -> tuple[str, ...]:
        """The post's counts."""
        return (f"post:{self.post_id}",)
