"""Who lives in the town, and what they say: plain data, told in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resident:
    """`avatar` and `header` name a palette of `drawings`; empty for none."""

    username: str
    name: str
    bio: str
    avatar: str = ""
    header: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    locale: str = ""
    follows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """One post, `ago` minutes before now. `to` and `quotes` name the `key` of an earlier one; `liked` and
    `boosted` by whom.
    """

    who: str
    ago: int
    text: str
    key: str = ""
    to: str = ""
    quotes: str = ""
    spoiler: str = ""
    language: str = "en"
    visibility: str = "public"
    pictures: tuple[tuple[str, str], ...] = ()
    poll: tuple[str, ...] = ()
    liked: tuple[str, ...] = field(default=())
    boosted: tuple[str, ...] = field(default=())


TITLE = "Harbour"
DESCRIPTION = "The notice board of a small town by the sea. Be kind, write alt texts, bring biscuits."
RULES = (
    "Be kind; disagree with what was said, not with who said it.",
    "Describe your pictures.",
    "No advertising.",
)

RESIDENTS = (
    Resident(
        "mira", "Mira Lindqvist",
        "Keeps the lighthouse garden. Bakes on Sundays, swims on Mondays. #gardening #bread",
        "dawn", "dusk",
        (("Garden", "open on Saturdays, ten to four"), ("Pronouns", "she/her")),
        follows=("tomas", "jun", "salma", "henrik", "priya", "library"),
    ),
    Resident(
        "tomas", "Tomás Ferreira", "Ferry pilot. Mostly clouds, some boats.", "rain", "noon",
        follows=("mira", "jun", "henrik"),
    ),
    Resident("jun", "Jun Watanabe", "Repairs radios and bicycles, in that order. #repaircafe", "field",
             follows=("mira", "priya", "library", "tomas")),
    Resident(
        "salma", "سلمى حداد", "أكتب عن البحر والكتب والقهوة.", "noon", "dawn",
        (("المدينة", "الميناء القديم"),), locale="ar", follows=("mira", "library", "priya", "jun"),
    ),
    Resident("henrik", "Henrik Aas", "Teaches maths at the harbour school. Counts birds.",
             follows=("mira", "tomas", "library")),
    Resident("priya", "Priya Raman", "Runs the Tuesday choir; alto by necessity. #choir", "dusk",
             follows=("mira", "salma", "jun")),
    Resident("noor", "Noor de Vries", "New in town. What does one do here on a Wednesday?", "",
             follows=("mira", "library")),
    Resident("library", "Town Library", "Books, tools, and a seed exchange. Open Tuesday to Saturday.", "field",
             "field", (("Hours", "10:00 to 18:00"), ("Desk", "second floor, ring twice")), follows=("mira",)),
)  # fmt: skip

POSTS = (
    Said("library", 4300, "The seed exchange is open again: bring what you have too much of, take what you lack."
         " Envelopes and pencils are on the table. #gardening", liked=("mira", "salma", "noor")),
    Said("henrik", 2950, "Counted the geese with the fourth form this morning. 214, or 213 and an optimistic duck."
         " #birds", liked=("mira", "tomas", "priya"), boosted=("tomas",)),
    Said("tomas", 1700, "Six in the morning, no wind at all. The ferry left a line across the bay that stayed"
         " for ten minutes. #clouds", "calm",
         pictures=(("dawn", "A still bay before sunrise; hills in violet behind it, the sun just above them"),),
         liked=("mira", "jun", "salma", "henrik", "priya"), boosted=("salma",)),
    Said("salma", 1580, "ما أجمل هذا الصباح. جلست عند الميناء مع فنجان قهوة ورواية جديدة #كتب", "coffee",
         language="ar", liked=("mira", "library"), boosted=("library",)),
    Said("jun", 1460, "Repair café on Thursday, from five. If it has a plug, a zip or a chain, bring it."
         " If it has feelings, bring those too. #repaircafe", "repair", liked=("mira", "priya", "library"),
         boosted=("library",)),
    Said("priya", 1220, "The choir needs two tenors and a page turner. Which evening suits you best? #choir",
         poll=("Tuesday", "Wednesday", "Thursday", "I only turn pages"), key="poll", liked=("salma",)),
    Said("henrik", 900, "The library won, by one pawn and a very long silence.", spoiler="The chess final",
         liked=("jun",)),
    Said("noor", 640, "Moved here on Friday and already lent a ladder, two eggs and an opinion about hedges."
         " I think I like it.", "moved", liked=("mira", "tomas", "jun", "priya", "library"), boosted=("mira",)),
    Said("mira", 420, "The garden from the gallery of the lighthouse, three walks and one gate that finally closes."
         " Opens on Saturday at ten. #gardening", "garden",
         pictures=(("field", "Golden fields and green hills seen from above"),
                   ("noon", "The same hills under a pale blue sky")),
         liked=("tomas", "jun", "salma", "henrik", "priya", "noor", "library"), boosted=("library", "jun")),
    Said("tomas", 400, "@mira That gate closes? After eleven years?", "gate", "garden", liked=("mira",)),
    Said("mira", 395, "@tomas @jun found the reason. It was hung upside down.", "upside", "gate",
         liked=("tomas", "jun", "henrik")),
    Said("jun", 390, "@mira @tomas In my defence, it looked happier that way.", to="upside",
         liked=("mira", "tomas")),
    Said("salma", 350, "@mira هل يمكنني أن أحضر معي أطفال المدرسة؟", "school", "garden", language="ar"),
    Said("mira", 344, "@salma Of course! There are strawberries that need to be counted, and somebody to count"
         " them wrongly.", to="school", liked=("salma", "henrik")),
    Said("henrik", 300, "@mira I can lend the fourth form. They are very good at counting wrongly.", to="garden",
         liked=("mira", "salma")),
    Said("library", 180, "New on the shelf by the window: tide tables, a history of rope, and eleven novels in"
         " which the gardener did not do it. #books", liked=("mira", "noor", "salma")),
    Said("mira", 120, "Sunday's bread, and what I learnt: rye wants more water than one believes, and more"
         " patience than one has. #bread", "bread", liked=("priya", "noor", "jun", "salma")),
    Said("priya", 75, "Exactly this, for altos as well as for gardens.", quotes="bread", liked=("mira",)),
    Said("noor", 40, "@mira Is there still a place in the bread course? I own a bowl and no experience.", "course",
         "bread", liked=("mira",)),
    Said("tomas", 22, "Rain from the west at four. The last dry ferry is the one at half past three. #clouds",
         pictures=(("rain", "Grey hills in layers, rain on the farthest"),), liked=("henrik", "mira")),
    Said("jun", 9, "Found in a radio from 1961: a pressed clover, a bus ticket, and no fault whatsoever.",
         liked=("mira", "salma")),
)  # fmt: skip
