"""The words of the demo: names, places, and what people who like a subject write about it."""

from __future__ import annotations

from typing import NamedTuple

FIRST_NAMES = tuple(
    """
    Ada Amara Anneke Anton Aroha Beatriz Bilal Bruno Camille Chidi Clara Dara Dmitri Edda Elif Emeka Esra
    Fatima Felix Femke Finn Freya Gael Gita Hana Hiro Ida Imran Ines Ivo Jana Joao Jonas Kaia Kenji Kofi Lena
    Leila Liam Lucia Maja Malik Mara Marek Mei Milan Mina Nadia Naoki Nils Noor Olga Omar Paula Petra Priya
    Quentin Rafael Ravi Rosa Ruth Samir Sanne Selma Sofia Soren Tariq Tess Theo Uma Valerie Viktor Wanja Wren
    Yara Yusuf Zoe Zuri
    """.split()
)
LAST_NAMES = tuple(
    """
    Abara Almeida Andersen Banda Baker Becker Bergman Castro Chen Costa Dietrich Diop Dubois Eriksen Farah
    Fischer Garcia Gupta Haddad Hansen Holm Ibrahim Ito Jansen Kamau Keller Kowalski Kumar Larsen Lindqvist
    Lopez Mbeki Moreau Mori Nakamura Ndiaye Novak Nyberg Okafor Olsen Ortega Patel Pereira Petrov Popescu
    Quist Rahman Ribeiro Rossi Sato Schmidt Sharma Silva Sorensen Tanaka Torres Tran Vargas Visser Weber
    Yilmaz Zhang
    """.split()
)
PLACES = tuple(
    """
    Aarhus Accra Bergen Bologna Bristol Cusco Delft Dublin Gdansk Ghent Graz Hamburg Izmir Kyoto Lagos Leipzig
    Lille Ljubljana Malmo Nairobi Oaxaca Porto Pune Quito Riga Salvador Tallinn Turku Utrecht Valencia
    """.split()
)


class Topic(NamedTuple):
    """A subject: its hashtags, its things, and sentences in which `{thing}` and `{place}` are filled in."""

    name: str
    tags: tuple[str, ...]
    things: tuple[str, ...]
    sentences: tuple[str, ...]


TOPICS = (
    Topic(
        "cycling",
        ("cycling", "bikes", "commute"),
        (
            "the new bike lane",
            "my old steel frame",
            "a borrowed cargo bike",
            "the canal path",
            "a squeaky chain",
        ),
        (
            "Rode to work on {thing} this morning and arrived in a better mood than any train ever managed.",
            "Two hours, one puncture, no regrets: {thing} near {place} is worth the detour.",
            "Spent the evening on {thing}; it turns out that patience is a tool as well.",
            "If you are ever in {place}, take {thing} along the river instead of the main road.",
        ),
    ),
    Topic(
        "bread",
        ("baking", "sourdough", "bread"),
        ("a rye loaf", "my starter", "the second batch", "a tray of cardamom buns", "the oven"),
        (
            "Good news from the kitchen: {thing} finally came out the way the book promised.",
            "{place} has a bakery that opens at five, and {thing} there changed my mind about breakfast.",
            "I forgot {thing} overnight, and somehow it is better than everything I planned all month.",
            "Does anybody else talk to {thing}, or is that only me?",
        ),
    ),
    Topic(
        "birds",
        ("birds", "birding", "nature"),
        ("a kingfisher", "two swifts", "a very loud wren", "a heron", "a flock of starlings"),
        (
            "Saw {thing} behind the station today and stood there until my coffee was cold.",
            "First {thing} of the year over {place}, three days earlier than in my notes from last spring.",
            "Nobody believes me about {thing} in the parking lot, so next time I bring a camera.",
            "A quiet hour by the pond, and then {thing} decided that the bench belonged to somebody else.",
        ),
    ),
    Topic(
        "code",
        ("python", "programming", "opensource"),
        (
            "a failing test",
            "the release notes",
            "a tiny parser",
            "that race condition",
            "an old shell script",
        ),
        (
            "Deleted four hundred lines today, and {thing} is easier to read than it ever was.",
            "Wrote down how {thing} works before changing it, and half of the change was not needed.",
            "Reviewing {thing} with somebody from {place}: the questions were better than my answers.",
            "Three days of looking for {thing}, one character to mend it. The usual exchange rate.",
        ),
    ),
    Topic(
        "books",
        ("books", "reading", "library"),
        (
            "a thick novel",
            "a book about maps",
            "a slim volume of letters",
            "the last chapter",
            "a borrowed atlas",
        ),
        (
            "Finished {thing} on the night train to {place} and did not want to get off.",
            "The library put {thing} in the window, and I walked in for five minutes that became two hours.",
            "Half way through {thing}, and I already know whom I will lend it to.",
            "Found {thing} in a box on the pavement, with notes in its margins, better than the text.",
        ),
    ),
    Topic(
        "gardens",
        ("garden", "plants", "allotment"),
        ("the first tomatoes", "a stubborn bramble", "the compost", "a row of beans", "the apple tree"),
        (
            "After a week of rain {thing} has plans of its own, and I am not part of them.",
            "Swapped seeds with the neighbours from {place}; {thing} may have company next year.",
            "All I wanted was ten minutes with {thing}. It is dark now and I am happy.",
            "A question for people with gardens: what do you do about {thing} when you are away in July?",
        ),
    ),
    Topic(
        "maps",
        ("maps", "openstreetmap", "walking"),
        (
            "a missing footpath",
            "an old survey map",
            "forty benches",
            "a bridge without a name",
            "the tram stops",
        ),
        (
            "Added {thing} to the map on the way home; somebody in {place} had mended it before I sat down.",
            "Walked around {place} with a notebook, and {thing} turned out to be the interesting part.",
            "There is {thing} where my map shows nothing at all, and that is why I like walking.",
            "Compared {thing} with the satellite picture. The river moved; the pub did not.",
        ),
    ),
    Topic(
        "music",
        ("music", "vinyl", "choir"),
        ("a cello suite", "the new record", "a badly tuned piano", "the second voice", "an open rehearsal"),
        (
            "Listening to {thing} with the window open; the street joined in on the off beat.",
            "Our choir tried {thing} tonight, and for about eight bars it was perfect.",
            "Bought {thing} at a flea market in {place} for the price of a sandwich.",
            "You do not need to be good at it. I played {thing} for an hour and nobody was harmed.",
        ),
    ),
    Topic(
        "astronomy",
        ("astronomy", "night", "science"),
        ("Saturn", "the Perseids", "a thin moon", "a comet", "the rings"),
        (
            "Clear skies over {place} at last, and {thing} looked like somebody had drawn it by hand.",
            "Showed {thing} to the children next door; the telescope was much smaller than their questions.",
            "Got up at four for {thing}. The clouds got up at half past three.",
            "Every time I look at {thing} I forget what I was worried about, for a minute or so.",
        ),
    ),
    Topic(
        "trains",
        ("trains", "travel", "nighttrain"),
        ("the sleeper", "a very late regional train", "the dining car", "the slow line", "an empty platform"),
        (
            "Took {thing} to {place}, and the view paid for the ticket twice.",
            "In praise of {thing}: nobody can reach you there, and the tea is always hot.",
            "Missed the connection in {place}, met three nice people on {thing}, would do it again.",
            "A whole day on {thing} with a window seat is my idea of a holiday.",
        ),
    ),
)

REPLIES = (
    "that is lovely to read, thank you for sharing it.",
    "I had exactly the same last week and never found out why.",
    "have you tried it in the other order? It helped me a lot.",
    "please post a picture when you get around to it!",
    "this made my day. Greetings from {place}!",
    "I am not sure that I agree, but you make me think about it again.",
    "where did you find it? I have been looking for one for months.",
    "the same thing happened to a friend of mine in {place}.",
    "yes, and it gets better with every year.",
    "saving this for the weekend, it sounds like a good plan.",
    "I would have given up much earlier. Respect!",
    "could you write a bit more about how you did that?",
)

OPENERS = (
    "",
    "",
    "",
    "",
    "",
    "Small joys: ",
    "Note to self: ",
    "Today I learned: ",
    "Honestly: ",
    "Update: ",
)
CLOSERS = (
    "",
    "",
    "",
    "",
    " Ask me anything.",
    " More tomorrow.",
    " Who is in?",
    " Anyway, good night.",
    " 🙂",
    " ☕",
)
WARNINGS = (
    "food",
    "long post",
    "spoiler for chapter nine",
    "a bit of complaining",
    "eye contact with a heron",
)
MEETINGS = (
    "are you coming to the {topic} evening on Thursday? I would bring {thing}.",
    "remember {thing}? I told everybody in {place} about it.",
    "you were right about {thing}, and I was not.",
    "thank you for the help with {thing} yesterday.",
)
BIOS = (
    "Mostly {first} and {second}. Lives in {place}.",
    "{first}, {second}, and too much coffee. {place}.",
    "Here for {first}. Also {second}, if somebody asks. She/they. {place}.",
    "Retired from meetings, now doing {first} in {place}.",
    "I take notes about {first} and forget where I put them.",
    "",
)
