"""The small pictures of people; for those who have none, initials on shapes and colours that follow from the
account's id.

Inline SVG with presentation attributes only, since the Content-Security-Policy forbids `style=`.
"""

from __future__ import annotations

from hashlib import blake2b

from markupsafe import Markup, escape

from microblog_core.domain.accounts import Account

_SVG = (
    '<svg class="av" viewBox="0 0 48 48" aria-hidden="true" focusable="false">'
    '<rect width="48" height="48" fill="hsl({hue} 42% 38%)"/>'
    '<circle cx="{x}" cy="{y}" r="{r}" fill="hsl({second} 46% 48%)"/>'
    '<path d="M0 48 L0 {left} L48 {right} L48 48Z" fill="hsl({third} 44% 30%)" opacity=".55"/>'
    '<text x="24" y="31.5">{initial}</text></svg>'
)


def initial(account: Account) -> str:
    """The first letter or digit of the name, as a capital; of the username where the name has none."""
    for character in account.name + account.username:
        if character.isalnum():
            return character.upper()[0]
    return "?"


_IMAGE = Markup('<img class="av" src="{}" alt="" width="48" height="48" loading="lazy" decoding="async">')


def avatar(account: Account, url: str = "") -> Markup:
    """The picture at this address; without one an SVG element for this account, the same each time."""
    if url:
        return _IMAGE.format(url)
    seed = blake2b(account.id.to_bytes(8, "big", signed=True), digest_size=8).digest()
    hue = seed[0] * 360 // 256
    return Markup(  # noqa: S704 - numbers and one escaped letter
        _SVG.format(
            hue=hue,
            second=(hue + 25 + seed[1] % 50) % 360,
            third=(hue + 320 + seed[2] % 60) % 360,
            x=seed[3] % 48,
            y=seed[4] % 24,
            r=12 + seed[5] % 12,
            left=22 + seed[6] % 20,
            right=22 + seed[7] % 20,
            initial=escape(initial(account)),
        )
    )
