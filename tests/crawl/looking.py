"""Looking at a page in a real browser: axe-core, the keyboard, the width, the console, other hosts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SERIOUS = {"serious", "critical"}
COLOURS = ["color-contrast", "link-in-text-block"]
"""What depends on the theme alone: all else is the same in each."""

_RUN = """([tags, rules]) => axe.run(document, rules
  ? {runOnly: {type: "rule", values: rules}, resultTypes: ["violations"]}
  : {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}
).then(found => found.violations.map(each => [each.impact, each.id,
  each.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + " " +
    ((node.any[0] || {}).message || "")).join(" | ")]))"""

# What is far below has only a guessed height until it comes near: then boxes that axe measures overlap.
_LAID_OUT = """() => document.querySelectorAll(".feed > .post")
  .forEach(each => { each.style.contentVisibility = "visible"; })"""

# What can be pressed, is seen, and is not reached by Tab.
_UNREACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.disabled
    && each.tabIndex < 0 && !each.closest("[aria-hidden=true]"))
  .map(each => each.outerHTML.slice(0, 120))"""

# One round of Tab must come by every link, button and field, each with something to see of the focus.
_TABBABLE = """() => {
  // Of a group of radio buttons Tab comes by one: the chosen one, or the first.
  const stop = each => { if (each.type !== "radio") return each;
    const group = [...document.querySelectorAll("input[type=radio]")]
      .filter(other => other.name === each.name && other.form === each.form);
    return group.find(other => other.checked) || group[0]; };
  return [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.disabled && each.tabIndex >= 0
    && each === stop(each)).length; }"""
_FOCUS = """() => { const each = document.activeElement; if (!each || each === document.body) return null;
  const style = getComputedStyle(each); window.__seen = window.__seen || new Set(); window.__seen.add(each);
  return [window.__seen.size, each.outerHTML.slice(0, 120),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2]; }"""
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_STICKING = """() => { const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")].filter(each => {
    const box = each.getBoundingClientRect(); return box.right > wide + 1 || box.left < -1; })
  .filter(each => each.checkVisibility() && !each.closest(".vh, .scrolled, .tabs-row, .sprite"))
  .slice(0, 3).map(each => each.outerHTML.slice(0, 100)); }"""


@cache
def _axe() -> str:
    """The script, read when a browser runs: other sessions collect these tests without having it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def audit(page: Any, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds serious or critical: by all rules of WCAG 2.2 AA, or by these."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    page.evaluate(_LAID_OUT)
    found = page.evaluate(_RUN, [TAGS, rules])
    return [f"{rule}: {where}" for impact, rule, where in found if impact in SERIOUS]


def theme(page: Any, name: str) -> None:
    """Show the page in a theme."""
    page.evaluate("name => { document.documentElement.dataset.theme = name; }", name)


def unreachable(page: Any) -> list[str]:
    """What a mouse can press and a keyboard can't."""
    return list(page.evaluate(_UNREACHABLE))


def tab_through(page: Any) -> list[str]:
    """Press Tab once around: what is wrong with where it comes by."""
    problems = []
    expected, reached = page.evaluate(_TABBABLE), 0
    for _ in range(expected + 2):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus is None:
            break
        reached, what, visible = focus
        if not visible:
            problems.append(f"no visible focus: {what}")
    if reached < expected:
        problems.append(f"Tab reaches {reached} of {expected}")
    return problems


def too_wide(page: Any) -> list[str]:
    """What makes a page scroll sideways."""
    wider = page.evaluate(_WIDER)
    return [f"{wider} px too wide: {page.evaluate(_STICKING)}"] if wider > 0 else []
