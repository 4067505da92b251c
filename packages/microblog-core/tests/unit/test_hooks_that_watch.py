from __future__ import annotations

from types import SimpleNamespace

from microblog_core.contributions import Manifest
from microblog_core.hookspecs import hookimpl
from microblog_core.ports.observing import Observer
from microblog_core.ports.operations import Job
from microblog_core.testing.sites import site_with


def with_hook(hook, function):
    plugin = SimpleNamespace(PLUGIN=Manifest(name="sample"), **{hook: hookimpl(lambda site: function())})
    return site_with({"sample": plugin})


def test_register_metrics_sinks():
    figures = []

    class Sink:
        def count(self, name, value=1, labels=None):
            figures.append((name, value))

        def timing(self, name, seconds, labels=None):
            raise RuntimeError("no clock")

    site = with_hook("register_metrics_sinks", lambda: [Sink()])
    site.metrics.count("posts")
    site.metrics.timing("request", 0.1)
    site.metrics.count("posts")
    assert figures == [("posts", 1)]


def test_register_observers(caplog):
    seen = []

    class Watcher(Observer):
        def __init__(self, name, blind=False):
            self.name, self.blind = name, blind

        def begin_job(self, job):
            seen.append((self.name, "began"))
            return lambda outcome: seen.append((self.name, outcome))

        def begin_call(self, name):
            if self.blind:
                raise RuntimeError("no eyes")
            return

    site = with_hook("register_observers", lambda: [Watcher("one"), Watcher("two", blind=True)])
    job = Job(id=1, kind="sample.water", key="", payload=b"", due_at=0, created_at=0)
    ended = site.observers.begin_job(job)
    ended("done")
    assert seen == [("one", "began"), ("two", "began"), ("two", "done"), ("one", "done")]
    assert site.observers.begin_call("the well") is None
    assert "sample" in caplog.text
    seen.clear()
    site.observers.begin_job(job)("dead")
    assert seen == [("one", "began"), ("one", "dead")]


def test_an_observer_that_raises_at_the_end_sees_nothing_more():
    class Watcher(Observer):
        def begin_call(self, name):
            def end(outcome):
                raise RuntimeError("dazzled")

            return end

        def told(self, name, what):
            raise RuntimeError("deaf")

    for fail in (
        lambda site: site.observers.begin_call("well")("ok"),
        lambda site: site.observers.told("a", "b"),
    ):
        site = with_hook("register_observers", lambda: [Watcher()])
        assert site.observers.active
        fail(site)
        assert not site.observers.active
