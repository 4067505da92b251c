"""The frozen structs that the API's hooks return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from microblog_api.entities import Account, Status
    from microblog_core.domain.permissions import Actor
    from microblog_core.site import Site


class ApiScope(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an application, or an API key, may be let do. `name` begins with the plugin's name and a
    colon (`weather:read`); `description` is shown to people before they allow it.
    """

    name: str
    description: str


class PostFieldResolver(Protocol):
    """Says what a field holds for all posts of an answer at once, so that it costs one query an answer and
    not one a post.
    """

    async def resolve(self, site: Site, actor: Actor, posts: Sequence[Status]) -> Sequence[Any]:
        """As many values as there are posts, in their order, each of the field's type.

        `posts` are as `actor` may see them, each once, those within boosts and quotes included; a boost
        itself isn't among them. Don't change them.
        """
        ...


class AccountFieldResolver(Protocol):
    """The same for accounts."""

    async def resolve(self, site: Site, actor: Actor, accounts: Sequence[Account]) -> Sequence[Any]:
        """As many values as there are accounts, in their order; authors of posts are among them."""
        ...


class PostField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of statuses: `name` in the object `x_<plugin>` (dashes become underscores).

    `type` is what its values are, as msgspec has it: the document says so, and a value of another type leaves
    the field out. `name` has lower case letters, digits and underscores.
    """

    name: str
    type: Any
    resolver: PostFieldResolver
    description: str = ""


class AccountField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of accounts, in every respect like a `PostField`."""

    name: str
    type: Any
    resolver: AccountFieldResolver
    description: str = ""
