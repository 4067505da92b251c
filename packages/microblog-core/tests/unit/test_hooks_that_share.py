from __future__ import annotations

from types import SimpleNamespace

import pytest

from microblog_core.contributions import Manifest, SharedPorts
from microblog_core.domain.errors import ConfigurationError
from microblog_core.hookspecs import hookimpl
from microblog_core.memory.limits import MemoryRateLimiter
from microblog_core.runtime.bus import MemoryBus
from microblog_core.testing.sites import site_with


def sharing(name, **ports):
    return SimpleNamespace(
        PLUGIN=Manifest(name=name),
        register_shared_ports=hookimpl(lambda site: [SharedPorts(name=name, **ports)]),
    )


def test_register_shared_ports():
    given = []

    class Counted(MemoryRateLimiter):
        pass

    def around(own):
        given.append(own)
        return Counted(own._clock)

    site = site_with({"sample": sharing("sample", limiter=around)})
    assert type(site.ports.limiter) is Counted
    assert type(given[0]) is MemoryRateLimiter
    assert type(site.ports.bus) is MemoryBus


def test_two_plugins_that_share_the_same_port_are_both_named():
    site = site_with({name: sharing(name, bus=lambda own: own) for name in ("one", "two")})
    with pytest.raises(ConfigurationError, match="one and by two"):
        _ = site.ports
