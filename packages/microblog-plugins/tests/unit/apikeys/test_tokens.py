from __future__ import annotations

import string

from microblog_plugins.apikeys.tokens import is_token, new_token


def test_a_key_says_what_it_is_and_is_never_the_same():
    made = {new_token() for _ in range(50)}
    assert len(made) == 50
    assert all(each.startswith("mbk_") and len(each) == 53 and is_token(each) for each in made)


def test_a_letter_that_is_wrong_missing_or_swapped_is_noticed_without_asking_anybody():
    token = new_token()
    for place in range(4, len(token)):
        other = next(each for each in string.ascii_letters if each != token[place])
        assert not is_token(token[:place] + other + token[place + 1 :])
        assert not is_token(token[:place] + token[place + 1 :])
    others = ("", "mbk_", token[4:], f"{token} ", f"MBK_{token[4:]}", token + "a", "ä" * 53)
    assert not any(map(is_token, others))
