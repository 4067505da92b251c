"""Who lives in the town, and what they say: plain data, told in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resident:
    """`avatar` and `header` name a palette of `drawings`; empty for none. They came `days` ago."""

    username: str
    name: str
    bio: str
    avatar: str = ""
    header: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    locale: str = ""
    follows: tuple[str, ...] = ()
    days: int = 30


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
        (("المدينة", "الميناء القديم"),), locale="ar", follows=("mira", "library", "priya", "jun"), days=28,
    ),
    Resident("henrik", "Henrik Aas", "Teaches maths at the harbour school. Counts birds.",
             follows=("mira", "tomas", "library"), days=26),
    Resident("priya", "Priya Raman", "Runs the Tuesday choir; alto by necessity. #choir", "dusk",
             follows=("mira", "salma", "jun"), days=24),
    Resident("noor", "Noor de Vries", "New in town. What does one do here on a Wednesday?", "",
             follows=("mira", "library"), days=4),
    Resident("library", "Town Library", "Books, tools, and a seed exchange. Open Tuesday to Saturday.", "field",
             "field", (("Hours", "10:00 to 18:00"), ("Desk", "second floor, ring twice")), follows=("mira",)),
)  # fmt: skip

# Of the weeks before, so that there is something to count: who, how many days ago, what.
EARLIER = (
    ("library", 29, "We have a notice board now. Pins are not needed, kindness is. #books"),
    ("mira", 29, "First entry: the lamp is clean, the cat is not."),
    ("tomas", 28, "Fog until ten. The horn works. Everybody knows. #clouds"),
    ("jun", 27, "A kettle, two lamps and a music box. Only the kettle was beyond help. #repaircafe"),
    ("salma", 27, "الكتاب الذي طلبته وصل اليوم #كتب"),
    ("henrik", 26, "Lesson of the day: nobody counts gulls twice and gets the same number. #birds"),
    ("mira", 25, "Planted the broad beans. Told them what is expected of them. #gardening"),
    ("priya", 24, "New here, loud on Tuesdays. #choir"),
    ("library", 23, "Overdue: one ladder. No questions will be asked."),
    ("tomas", 22, "The ferry runs on time today. I am as surprised as you are."),
    ("jun", 22, "Wanted: a bicycle bell with a past. #repaircafe"),
    ("henrik", 21, "Forty-one starlings on one wire, and the wire held. #birds"),
    ("mira", 20, "The starter has doubled. So has my confidence. #bread"),
    ("salma", 20, "البحر هادئ اليوم، والقهوة قوية."),
    ("priya", 18, "Sopranos: the note is in the middle, not somewhere above it. #choir"),
    ("library", 17, "The ladder is back. It brought a wheelbarrow. #books"),
    ("tomas", 16, "Mackerel sky. Take a coat. #clouds"),
    ("mira", 15, "Beans up. They listened. #gardening"),
    ("jun", 15, "The music box plays again; the wrong tune, but with feeling."),
    ("henrik", 14, "The fourth form has proved that the bus is late. With a graph."),
    ("salma", 13, "أقرأ الآن عن تاريخ الميناء #كتب"),
    ("priya", 13, "Concert in three weeks. Rehearsal in three minutes. #choir"),
    ("library", 12, "Story hour at four: whales, and one lighthouse. #books"),
    ("tomas", 11, "Swell from the north. Coffee in both hands, please. #clouds"),
    ("mira", 10, "Flat bread today, not on purpose. #bread"),
    ("jun", 9, "Whoever left a toaster at my door: it is well and asks after you. #repaircafe"),
    ("henrik", 8, "First swallows, three days early or the calendar late. #birds"),
    ("salma", 8, "أول أيام الربيع #كتب"),
    ("priya", 7, "We have a bass. He came for the biscuits. #choir"),
    ("library", 6, "New: a shelf for seeds. Label yours, or we will guess. #gardening"),
    ("mira", 5, "The gate still does not close. Day four thousand and nine."),
    ("tomas", 5, "Clear to the islands. One can see people not looking up. #clouds"),
    ("noor", 4, "Hello! Which bin goes out on Thursdays?"),
    ("henrik", 4, "@noor The blue one. Except in May."),
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
