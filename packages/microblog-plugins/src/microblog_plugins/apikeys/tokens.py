"""What a key looks like: `mbk_`, 43 random letters and digits (256 bits), and six that check them.

The beginning lets programs that look for leaked secrets find it. The end tells a key that was cut or mistyped
from one that there may be, so that such a key costs no question to the storage.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

PREFIX = "mbk_"
SHOWN = len(PREFIX) + 6
"""How many of the first letters people are shown afterwards, to tell their keys apart."""

_LETTERS = string.ascii_letters + string.digits
_RANDOM = 43
_CHECK = 6
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{_RANDOM + _CHECK}}}")


def new_token() -> str:
    """A key that nobody has."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
    return f"{PREFIX}{text}{_check(text)}"


def is_token(text: str) -> bool:
    """Whether this can be a key at all."""
    return _FORM.fullmatch(text) is not None and text[-_CHECK:] == _check(text[len(PREFIX) : -_CHECK])


def _check(text: str) -> str:
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
    return letters
