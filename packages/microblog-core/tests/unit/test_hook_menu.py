"""The menu of hooks keeps its own rules: documented, typed, synchronous. Each hook is tested in
`test_hookspecs`.
"""

from __future__ import annotations

import inspect
import typing

import pytest

from microblog_core import hookspecs
from microblog_core.plugins.manager import hook_names
from microblog_core.site import Site

HOOKS = hook_names(hookspecs)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_what_happens_when_it_fails_and_when_it_is_called(hook):
    said = f"{inspect.getdoc(getattr(hookspecs, hook))} {hookspecs.__doc__}".lower()
    assert len(inspect.getdoc(getattr(hookspecs, hook))) > 60
    assert "**when:**" in said
    assert "**how often:**" in said
    assert "**which way it fails:**" in said
    own = inspect.getdoc(getattr(hookspecs, hook)).lower()
    words = ("raise", "fail", "error", "break", "begin", "hang", "retried", "dead letters")
    assert any(word in own for word in words), "say which way what it contributes fails"


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_fully_typed_and_takes_the_site_or_nothing(hook):
    spec = getattr(hookspecs, hook)
    hints = typing.get_type_hints(spec, localns={"Site": Site})
    parameters = list(inspect.signature(spec).parameters)
    assert parameters in ([], ["site"])
    assert set(hints) == {*parameters, "return"}
    assert not inspect.iscoroutinefunction(spec)


def test_the_menu_has_the_hooks_of_the_design():
    registered = """
        health_checks authenticators login_methods second_factors storages migrations blob_stores
        shared_ports media_processors channels routing_rules gateways events subscribers jobs schedules sweeps
        timelines
        content_filters entities post_validators post_guards link_previews permissions policies
        metrics_sinks observers commands page_renderers
    """
    assert set(HOOKS) == {"lifespan", *(f"register_{name}" for name in registered.split())}
