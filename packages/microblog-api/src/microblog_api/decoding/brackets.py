"""Names with brackets, as Rack reads them: `source[privacy]`, `media_ids[]`, `fields_attributes[0][name]`,
`keywords_attributes[][keyword]`.

Pairs become a tree: a dict for a group, a list for what was given by `[]`, `Repeated` for a name given
several times. Which of them a value is meant to be is said later, by the type that it is decoded into. Every
step costs the depth of the name, whatever was given before.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable
from typing import Any

from microblog_core.http.errors import BadRequest

COUNT_MAX = 1000
"""How many values a request may give."""

DEPTH_MAX = 5
"""How many names may lead to a value: `a[b][c][d][e]` at most."""

NAME_MAX = 200
"""How long a name may be with its brackets, in characters."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


class Repeated(list[Any]):
    """The values of a plain name that was given several times, in their order."""

    __slots__ = ()


def tree_of(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Put pairs of names and values together. Raises `BadRequest` for names that are too long, too deep or
    contradict one another.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if "[" not in name and name not in tree and len(name) <= NAME_MAX:
            tree[name] = value
        else:
            _add(tree, name, value)
    return tree


def check_tree(tree: dict[str, Any]) -> None:
    """The same limits for a tree that came as a whole (JSON). Raises `BadRequest`."""
    left = COUNT_MAX
    waiting: list[tuple[object, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, dict):
            children = list(node.values())
            if any(len(name) > NAME_MAX for name in node):
                raise _too_long()
        elif isinstance(node, list):
            children = node
        else:
            continue
        left -= len(children)
        if left < 0:
            raise too_many()
        if children and depth == DEPTH_MAX:
            raise _too_deep("The body")
        waiting.extend((child, depth + 1) for child in children)


def too_many() -> BadRequest:
    """The error for more than `COUNT_MAX` values."""
    return BadRequest(f"The request gives more than {COUNT_MAX} values.", hint="Send less at once.")


@functools.lru_cache(maxsize=512)
def _path(name: str) -> tuple[str, ...]:
    """The parts of a name, `""` for `[]`. A name whose brackets don't match is one part, as it stands."""
    if len(name) > NAME_MAX:
        raise _too_long()
    match = _NAME.fullmatch(name)
    if match is None:
        return (name,)
    first, brackets = match.groups()
    parts = (first, *brackets[1:-1].split("][")) if brackets else (first,)
    if len(parts) > DEPTH_MAX:
        raise _too_deep(f"The name {name!r}")
    if any(not part and not following for part, following in itertools.pairwise(parts)):
        raise BadRequest(f"The name {name!r} has [] in [].", hint="Number the outer ones: [0][], [1][].")
    return parts


def _add(tree: dict[str, Any], name: str, value: object) -> None:
    path = _path(name)
    node, at = tree, 0
    while True:
        key, at = path[at], at + 1
        if at == len(path):
            _put(node, key, value, name)
            return
        if path[at]:
            below = node.setdefault(key, {})
            if not isinstance(below, dict):
                raise _contradicts(name)
            node = below
            continue
        items = _items(node, key, name)
        at += 1
        if at == len(path):
            items.append(value)
            return
        # A name that the item in the making has already begins the next one.
        if not items or not isinstance(items[-1], dict) or _has(items[-1], path, at):
            items.append({})
        node = items[-1]


def _put(node: dict[str, Any], key: str, value: object, name: str) -> None:
    if key not in node:
        node[key] = value
        return
    present = node[key]
    if isinstance(present, dict):
        raise _contradicts(name)
    if isinstance(present, list):
        present.append(value)
    else:
        node[key] = Repeated((present, value))


def _items(node: dict[str, Any], key: str, name: str) -> list[Any]:
    if key not in node:
        node[key] = []
    present = node[key]
    if isinstance(present, dict):
        raise _contradicts(name)
    if not isinstance(present, list):
        present = node[key] = [present]
    elif isinstance(present, Repeated):
        present = node[key] = list(present)
    return present


def _has(item: dict[str, Any], path: tuple[str, ...], at: int) -> bool:
    node: object = item
    for part in path[at:]:
        if not part or not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


def _too_long() -> BadRequest:
    return BadRequest(f"A name is longer than {NAME_MAX} characters.", hint="Check the names of the values.")


def _too_deep(what: str) -> BadRequest:
    return BadRequest(f"{what} goes deeper than {DEPTH_MAX} names.", hint="Check the names of the values.")


def _contradicts(name: str) -> BadRequest:
    return BadRequest(
        f"{name!r} contradicts another value of the same name.",
        hint="Give either one value, a list or a group of values.",
    )
