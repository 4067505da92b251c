"""Countries as the reader's language has them."""

from __future__ import annotations

from microblog_web.times import countries


def test_countries_stand_in_the_order_of_their_names_in_the_readers_language():
    names = [name for _, name in countries("de")]
    # Ä is looked for at A.
    assert names.index("Ägypten") < names.index("Belgien") < names.index("Österreich") < names.index("Polen")
    assert ("EG", "Egypt") in countries()
    assert countries("ar")[0][1] not in names


def test_nothing_but_countries_is_among_them():
    codes = {code for code, _ in countries()}
    assert {"DE", "GB", "JP", "KW", "XK"} <= codes
    assert not codes & {"EU", "EZ", "UN", "ZZ", "XA", "QO", "001"}
    assert 240 < len(codes) < 255
