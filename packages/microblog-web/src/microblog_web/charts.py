"""Charts as inline SVG: bars whose looks come from the style sheet, with a title and a description for those
who can't see them. The numbers themselves belong into a table beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from markupsafe import Markup, escape

from microblog_web.i18n import DEFAULT
from microblog_web.times import number as number_of

WIDTH, HEIGHT = 600, 150
TOP, BOTTOM, LEFT = 14, 18, 44
GAP = 0.25
"""How much of a bar's place is left free."""


def bars(
    name: str,
    title: str,
    description: str,
    labels: Sequence[str],
    values: Sequence[int],
    locale: str = DEFAULT,
    show: Callable[[int], str] | None = None,
) -> Markup:
    """One bar for each value, with its label and value as a tooltip; `show` writes values, as numbers where
    there is none.

    `name` is unique on the page (lower case letters). A value below 0 has no bar; there may be no values.
    """
    write = show or partial(number_of, locale=locale)
    most = scale_of(max(values, default=0))
    place = (WIDTH - LEFT) / max(len(values), 1)
    inner = HEIGHT - TOP - BOTTOM
    drawn = []
    for place_of, (label, value) in enumerate(zip(labels, values, strict=True)):
        height = inner * max(value, 0) / most
        drawn.append(
            f'<rect class="bar" x="{LEFT + place * (place_of + GAP / 2):.1f}" y="{TOP + inner - height:.1f}"'
            f' width="{place * (1 - GAP):.1f}" height="{height:.1f}">'
            f"<title>{escape(label)}: {escape(write(value))}</title></rect>"
        )
    return Markup(  # noqa: S704 - texts are escaped, the rest are numbers
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{name}-title {name}-text">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(description)}</desc>'
        f"{_grid(most, inner, write)}{''.join(drawn)}{_ends(labels)}</svg>"
    )


def scale_of(most: int) -> int:
    """The round number that the highest bar is measured by: 1, 2 or 5 times a power of ten, at least 1."""
    power = 1
    while power * 10 <= most:
        power *= 10
    return next(step * power for step in (1, 2, 5, 10) if step * power >= most)


def _grid(most: int, inner: int, write: Callable[[int], str]) -> str:
    lines = []
    for share in (0, 1) if most % 2 else (0, 0.5, 1):
        y = TOP + inner * (1 - share)
        scale = escape(write(round(most * share)))
        lines.append(
            f'<path class="line" d="M{LEFT} {y:.1f}H{WIDTH}"/>'
            f'<text class="scale" x="{LEFT - 6}" y="{y + 4:.1f}">{scale}</text>'
        )
    return "".join(lines)


def _ends(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    y = HEIGHT - 4
    ends = f'<text class="first" x="{LEFT}" y="{y}">{escape(labels[0])}</text>'
    if len(labels) > 1:
        ends += f'<text class="last" x="{WIDTH}" y="{y}">{escape(labels[-1])}</text>'
    return ends
