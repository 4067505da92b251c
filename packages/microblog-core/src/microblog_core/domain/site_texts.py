"""What a site says of itself: its name, its rules, its terms and how it looks. Every version is kept, so that
people can read what they agreed to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from microblog_core.domain.accounts import clean_line, clean_text
from microblog_core.domain.emojis import NO_EMOJIS, Emojis
from microblog_core.domain.errors import Invalid
from microblog_core.domain.rules import Rule

TITLE = "title"
DESCRIPTION = "description"
ABOUT = "about"
EMAIL = "email"
CONTACT = "contact"
RULES = "rules"
TERMS = "terms"
PRIVACY = "privacy"
STYLE = "style"
ICON = "icon"
THUMBNAIL = "thumbnail"

LENGTHS: Mapping[str, int] = {
    TITLE: 60,
    DESCRIPTION: 500,
    ABOUT: 20_000,
    EMAIL: 254,
    CONTACT: 285,
    TERMS: 100_000,
    PRIVACY: 100_000,
}
"""How many characters each text may have."""
RENDERED = frozenset({ABOUT, TERMS, PRIVACY})
"""Texts with paragraphs and links, of which the HTML is kept."""
LINES = frozenset({TITLE, DESCRIPTION, EMAIL, CONTACT})
"""Texts of one line."""
RULES_MAX = 30
RULE_LENGTH = 300
HINT_LENGTH = 1000

_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]+@[^\s@\"(),:;<>\[\]\\]+\.[^\s@\"(),:;<>\[\]\\.]{2,}")


class SiteText(msgspec.Struct, frozen=True, kw_only=True):
    """One version of something that the site says. `html` is the sanitised HTML of what is `RENDERED`, empty
    for all else; rules are JSON; icon and thumbnail are keys of the blob store. `account_id` is who wrote it,
    None for the system.
    """

    id: int
    name: str
    text: str
    html: str = ""
    account_id: int | None = None
    created_at: int


class SiteDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says, until somebody says something else on the website. `safe_mode`: the site
    is to look as it came.
    """

    texts: Mapping[str, str] = {}
    rules: tuple[Rule, ...] = ()
    safe_mode: bool = False


NOTHING_SAID = SiteDefaults()


class SiteFace(msgspec.Struct, frozen=True, kw_only=True):
    """What the site says of itself now. `texts` are the newest versions by their name; what nobody wrote yet
    is as the configuration has it, and not among them.
    """

    title: str = ""
    description: str = ""
    email: str = ""
    contact: str = ""
    rules: tuple[Rule, ...] = ()
    icon: str = ""
    thumbnail: str = ""
    style_id: int = 0
    texts: Mapping[str, SiteText] = {}
    emojis: Emojis = NO_EMOJIS


def face_of(defaults: SiteDefaults, texts: Sequence[SiteText], emojis: Emojis) -> SiteFace:
    """The site's face out of the newest versions of its texts."""
    by_name = {text.name: text for text in texts}

    def said(name: str) -> str:
        stored = by_name.get(name)
        return stored.text if stored is not None else defaults.texts.get(name, "")

    style = by_name.get(STYLE)
    return SiteFace(
        title=said(TITLE) or defaults.texts.get(TITLE, ""),
        description=said(DESCRIPTION),
        email=said(EMAIL),
        contact=said(CONTACT),
        rules=rules_from(by_name[RULES].text) if RULES in by_name else defaults.rules,
        icon=said(ICON),
        thumbnail=said(THUMBNAIL),
        style_id=style.id if style is not None and style.text and not defaults.safe_mode else 0,
        texts=by_name,
        emojis=emojis,
    )


def rules_from(stored: str) -> tuple[Rule, ...]:
    """Rules as they are stored."""
    return msgspec.json.decode(stored, type=tuple[Rule, ...])


def stored_rules(rules: Sequence[Rule]) -> str:
    """Rules as they are stored, JSON."""
    return msgspec.json.encode(rules).decode()


def check_site_text(name: str, text: str) -> str:
    """The clean text; raises `Invalid` with the text's name as its field."""
    text = clean_line(text) if name in LINES else clean_text(text).strip()
    limit = LENGTHS[name]
    if len(text) > limit:
        raise Invalid(fields={name: f"Use at most {limit} characters; these are {len(text)}."})
    if name == TITLE and not text:
        raise Invalid(fields={name: "Give the site a name."})
    if name == EMAIL and text and not _EMAIL.fullmatch(text):
        raise Invalid(fields={name: "Write an address such as help@example.org."})
    return text.lstrip("@") if name == CONTACT else text


def check_rules(given: Sequence[Rule], used: Sequence[Rule]) -> tuple[Rule, ...]:
    """Clean rules, each with an id: its own, or a new one that none of `used` has. Raises `Invalid` with the
    fields `rule_0`, `hint_0` and so on.
    """
    fields: dict[str, str] = {}
    known = {rule.id for rule in used}
    numbers = [int(each) for each in known if each.isdecimal() and len(each) < 10]
    following = max(numbers, default=0) + 1
    made: list[Rule] = []
    for number, rule in enumerate(given):
        text, hint = clean_line(rule.text), clean_line(rule.hint)
        if not text:
            if hint:
                fields[f"rule_{number}"] = "Write the rule that this explains."
            continue
        if len(text) > RULE_LENGTH:
            fields[f"rule_{number}"] = f"Use at most {RULE_LENGTH} characters."
        if len(hint) > HINT_LENGTH:
            fields[f"hint_{number}"] = f"Use at most {HINT_LENGTH} characters."
        rule_id = rule.id
        if rule_id not in known or any(rule_id == each.id for each in made):
            rule_id, following = str(following), following + 1
        made.append(Rule(id=rule_id, text=text, hint=hint))
    if len(made) > RULES_MAX:
        fields[f"rule_{len(given) - 1}"] = f"Have at most {RULES_MAX} rules."
    if fields:
        raise Invalid(fields=fields)
    return tuple(made)
