"""In which order plugins contribute: `after` and `before` are kept, and otherwise the order they came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from microblog_core.contributions import Manifest


def in_order(manifests: Mapping[str, Manifest]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The names in order, and for each name that is part of a cycle that cycle (`a`, `b`, `a`).

    What a plugin requires comes before it. Names that aren't there are ignored; members of cycles are left
    out of the order.
    """
    earlier = _earlier(manifests)
    cycles = _cycles(earlier)
    return _sorted([name for name in manifests if name not in cycles], earlier), cycles


def _earlier(manifests: Mapping[str, Manifest]) -> dict[str, set[str]]:
    """For each plugin those that must come before it."""
    earlier: dict[str, set[str]] = {name: set() for name in manifests}
    for name, manifest in manifests.items():
        earlier[name].update(each for each in (*manifest.after, *manifest.requires) if each in manifests)
        for later in manifest.before:
            if later in earlier:
                earlier[later].add(name)
    return earlier


def _sorted(names: Sequence[str], earlier: Mapping[str, set[str]]) -> tuple[str, ...]:
    placed: list[str] = []
    waiting = list(names)
    while waiting:
        # The first that waits for nobody: so plugins without wishes keep the order they came in.
        ready = next(name for name in waiting if not earlier[name] & set(waiting))
        waiting.remove(ready)
        placed.append(ready)
    return tuple(placed)


def _cycles(earlier: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """Every name that comes before itself, with the shortest way round."""
    return {name: cycle for name in earlier if (cycle := _way_round(name, earlier))}


def _way_round(start: str, earlier: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for name in sorted(earlier[way[-1]]):
            if name == start:
                return (*way, start)
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()
