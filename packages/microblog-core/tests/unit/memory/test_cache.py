"""The cache in memory: what it keeps, what it drops, and that it never keeps what was stale when computed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microblog_core.memory.cache import OVERHEAD, MemoryCache


def test_a_value_is_there_until_one_of_its_tags_is_dropped() -> None:
    cache = MemoryCache()
    cache.fill().put("page", "html", ["post:1", "account:1"])
    cache.fill().put("other", "text", ["post:2"])
    assert cache.get("page") == "html"
    cache.drop(["account:1"])
    assert cache.get("page") is None
    assert cache.get("other") == "text"


def test_what_was_computed_while_a_tag_was_dropped_is_not_kept() -> None:
    cache = MemoryCache()
    fill = cache.fill()
    cache.drop(["post:1"])
    fill.put("page", "stale", ["post:1"])
    fill.put("elsewhere", "good", ["post:2"])
    assert cache.get("page") is None
    assert cache.get("elsewhere") == "good"
    cache.fill().put("page", "fresh", ["post:1"])
    assert cache.get("page") == "fresh"


def test_what_was_computed_while_all_was_cleared_is_not_kept() -> None:
    cache = MemoryCache()
    cache.fill().put("before", 1, ["a"])
    fill = cache.fill()
    cache.clear()
    fill.put("during", 2, ["b"])
    assert cache.get("before") is None
    assert cache.get("during") is None
    assert cache.size == 0


def test_a_stale_fill_does_not_remove_a_fresh_value() -> None:
    cache = MemoryCache()
    slow = cache.fill()
    cache.drop(["post:1"])
    cache.fill().put("page", "fresh", ["post:1"])
    slow.put("page", "stale", ["post:1"])
    assert cache.get("page") == "fresh"


def test_a_fill_older_than_the_memory_of_drops_is_not_kept() -> None:
    cache = MemoryCache(max_drops=3)
    fill = cache.fill()
    cache.drop(["post:1"])
    for number in range(2, 6):
        cache.drop([f"post:{number}"])
    fill.put("page", "stale", ["post:1"])
    assert cache.get("page") is None


def test_the_least_recently_used_goes_first() -> None:
    cache = MemoryCache(max_bytes=3 * (OVERHEAD + 101))
    for key in "abc":
        cache.fill().put(key, key, [], size=100)
    assert cache.get("a") == "a"
    cache.fill().put("d", "d", [], size=100)
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_what_is_larger_than_the_cache_is_not_kept_and_pushes_nothing_out() -> None:
    cache = MemoryCache(max_bytes=1000)
    cache.fill().put("small", 1, [])
    cache.fill().put("huge", 2, [], size=1001)
    assert cache.get("huge") is None
    assert cache.get("small") == 1


def test_a_value_put_again_replaces_the_one_before_with_its_tags() -> None:
    cache = MemoryCache()
    cache.fill().put("page", "old", ["a"])
    cache.fill().put("page", "new", ["b"])
    cache.drop(["a"])
    assert cache.get("page") == "new"
    cache.drop(["b"])
    assert cache.get("page") is None


tags = st.sets(st.sampled_from("abc"))
steps = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("xyz"), tags, st.integers(0, 700)),
    st.tuples(st.just("drop"), tags),
    st.tuples(st.just("begin")),
)


@given(st.lists(steps, max_size=40))
def test_nothing_stale_is_ever_served_and_the_bound_holds(history) -> None:
    cache = MemoryCache(max_bytes=2000, max_drops=2)
    fill, current, began = cache.fill(), dict.fromkeys("abc", 0), dict.fromkeys("abc", 0)
    for step in history:
        if step[0] == "put":
            _, key, used, size = step
            fill.put(key, {tag: began[tag] for tag in used}, used, size)
        elif step[0] == "drop":
            for tag in step[1]:
                current[tag] += 1
            cache.drop(step[1])
        else:
            fill, began = cache.fill(), dict(current)
        for key in "xyz":
            value = cache.get(key)
            assert value is None or all(current[tag] == seen for tag, seen in value.items())
        assert 0 <= cache.size <= 2000
    cache.drop("abc")
    untagged = sum(1 for key in "xyz" if cache.get(key) is not None)
    assert (cache.size == 0) == (untagged == 0)


def test_tags_count_with_what_they_take() -> None:
    plain, tagged = MemoryCache(), MemoryCache()
    plain.fill().put("key", "value", (), size=100)
    tagged.fill().put("key", "value", [f"post:{number}" for number in range(50)], size=100)
    assert tagged.size - plain.size > 50 * 300
