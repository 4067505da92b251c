"""Fields that plugins add to statuses and accounts, resolved once an answer for all of them together.

What is added stands in an object of its own (`x_weather`), so that it can't clash with a field that Mastodon
has or will have. A resolver that raises, takes too long, gives another number of values than it was asked
for, or values of another type than it declared, is left out of the answer, logged and counted; after several
failures in a row it rests for a while. Without plugins that add fields nothing of this runs.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args
from weakref import WeakKeyDictionary

import msgspec

from microblog_api.contributions import AccountField, PostField
from microblog_api.entities import Account, Status
from microblog_core.domain.errors import PluginError
from microblog_core.plugins.guard import Guard

if TYPE_CHECKING:
    from microblog_core.domain.permissions import Actor
    from microblog_core.site import Site

KEY = "api.fields"
"""Where an application with such fields puts them into the request's state."""

BUDGET_SECONDS = 0.25

AnyField = PostField | AccountField
Places = dict[str, tuple[Any, list[dict[str, Any]]]]
"""Each entity by its id, and everywhere that it stands in the answer."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PLAIN = frozenset({str, int, float, bool, type(None), msgspec.UnsetType})


def object_name(plugin: str) -> str:
    """The name of the object that holds a plugin's fields."""
    return f"x_{plugin.replace('-', '_')}"


def check(fields: Iterable[AnyField]) -> None:
    """Raises `PluginError` for a field that can't be: a malformed name, one twice, a type that can't be
    described, a resolver that is none.
    """
    taken: set[tuple[type, str]] = set()
    for field in fields:
        if _NAME.fullmatch(field.name) is None or (type(field), field.name) in taken:
            raise PluginError(
                f"the field {field.name!r} is malformed, or there twice",
                hint="Use lower case letters, digits and underscores, each name once.",
            )
        taken.add((type(field), field.name))
        if not callable(getattr(field.resolver, "resolve", None)):
            raise PluginError(f"the resolver of the field {field.name!r} has no method resolve")
        try:
            msgspec.json.schema_components([field.type])
        except TypeError as error:
            raise PluginError(f"the field {field.name!r} has a type without a schema: {error}") from error


class Fields:
    """The fields of one set of plugins, by plugin, in the plugins' order."""

    def __init__(self, contributed: Mapping[str, Sequence[AnyField]]) -> None:
        pairs = [(plugin, field) for plugin, fields in contributed.items() for field in fields]
        self._of_posts = [(plugin, field) for plugin, field in pairs if isinstance(field, PostField)]
        self._of_accounts = [(plugin, field) for plugin, field in pairs if isinstance(field, AccountField)]
        self._guards: WeakKeyDictionary[Site, dict[int, Guard]] = WeakKeyDictionary()

    async def fill(self, site: Site, actor: Actor, answer: Any) -> Any:
        """The answer as plain values, with what the plugins add for `actor`."""
        filled = msgspec.to_builtins(answer)
        posts: Places = {}
        people: Places = {}
        _find(answer, filled, posts, people)
        await asyncio.gather(
            *(self._add(site, actor, posts, plugin, field) for plugin, field in self._of_posts),
            *(self._add(site, actor, people, plugin, field) for plugin, field in self._of_accounts),
        )
        return filled

    async def _add(self, site: Site, actor: Actor, places: Places, plugin: str, field: AnyField) -> None:
        if not places:
            return
        entities = [entity for entity, _ in places.values()]
        guard = self._guard(site, plugin, field)
        values = await guard.call_async(lambda: _resolved(field, site, actor, entities), None)
        if values is None:
            site.metrics.count("api.field_omitted", labels={"plugin": plugin, "field": field.name})
            return
        key = object_name(plugin)
        for (_, filled), value in zip(places.values(), values, strict=True):
            for each in filled:
                each.setdefault(key, {})[field.name] = value

    def _guard(self, site: Site, plugin: str, field: AnyField) -> Guard:
        guards = self._guards.setdefault(site, {})
        guard = guards.get(id(field))
        if guard is None:
            kind = "post" if isinstance(field, PostField) else "account"
            what = f"the {kind} field {field.name}"
            guard = guards[id(field)] = Guard(plugin, what, seconds=BUDGET_SECONDS)
        return guard

    def describe(self, schemas: dict[str, Any]) -> None:
        """Add the fields to the schemas of the entities that carry them (those of OpenAPI, by name)."""
        from microblog_api.openapi.schemas import answered

        for owner, fields in ((Status, self._of_posts), (Account, self._of_accounts)):
            for plugin, field in fields:
                name = object_name(plugin)
                (schema,), named = answered([field.type], prefix=f"{name}_")
                schemas |= named
                if field.description:
                    schema = {**schema, "description": field.description}
                for kind in (owner, *owner.__subclasses__()):
                    if kind.__name__ in schemas:
                        of_plugin = schemas[kind.__name__]["properties"].setdefault(
                            name,
                            {"type": "object", "description": f"Of the plugin {plugin}.", "properties": {}},
                        )
                        of_plugin["properties"][field.name] = schema


async def _resolved(field: AnyField, site: Site, actor: Actor, entities: Sequence[Any]) -> list[Any]:
    """One plain value for each entity. Raises `PluginError`, and what the resolver raises."""
    values = await field.resolver.resolve(site, actor, entities)
    if len(values) != len(entities):
        raise PluginError(f"{len(values)} values for {len(entities)} entities")
    plain: list[Any] = msgspec.to_builtins(list(values))
    msgspec.convert(plain, list[field.type])  # type: ignore[name-defined]
    return plain


def _find(node: Any, filled: Any, posts: Places, people: Places) -> None:
    """Note every status and account within an answer, and where it stands in the plain values."""
    if isinstance(node, msgspec.Struct):
        if isinstance(node, Status):
            # A boost says of itself what the boosted post says.
            post = node.reblog or node
            posts.setdefault(post.id, (post, []))[1].append(filled)
        elif isinstance(node, Account):
            people.setdefault(node.id, (node, []))[1].append(filled)
        for name, key in _nested(type(node)):
            inner = getattr(node, name)
            if inner is not None and inner is not msgspec.UNSET:
                _find(inner, filled[key], posts, people)
    elif isinstance(node, list | tuple):
        for inner, each in zip(node, filled, strict=True):
            _find(inner, each, posts, people)
    elif isinstance(node, dict):
        for key, inner in node.items():
            _find(inner, filled[key], posts, people)


@functools.cache
def _nested(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    """The fields of a struct that may hold others: their names, here and on the wire."""
    return tuple(
        (field.name, field.encode_name) for field in msgspec.structs.fields(kind) if not _is_plain(field.type)
    )


def _is_plain(kind: Any) -> bool:
    members: Iterable[Any] = get_args(kind) or (kind,)
    return all(member in _PLAIN for member in members)
