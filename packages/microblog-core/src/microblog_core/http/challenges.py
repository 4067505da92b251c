"""What pages that answer challenges (`ports.auth.Script`) have in common, whatever the surface is. The script
itself is served by `challenge_script`.

It looks for `<form data-challenge="JSON">` and in it for a hidden field `ANSWER_FIELD`, an element
`data-answer` with a button in it (hidden until there is a script), and an element `data-said`, whose
attributes say what to tell where it fails: `data-notallowederror` and so on by the name of the DOM exception,
`data-failed` for any other. With `data-now` it asks at once, without a press of the button. A page loads it
from `script_url()`.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.resources import files
from types import MappingProxyType

ANSWER_FIELD = "answer"
"""The name of the hidden field that the answer comes back in."""
SCRIPT_PATH = "/challenge.js"
FAILED = "That did not work. Try again, or use another way."
SAID = MappingProxyType(
    {
        "notallowederror": "That was cancelled, or took too long. Try again, or use another way.",
        "notsupportederror": "This browser can't do that. Use another way, or another browser.",
        "securityerror": (
            "That does not work at this address of the site. Use its usual address, or another way."
        ),
        "invalidstateerror": "This device has one for your account already.",
    }
)
"""What to tell of failures, by the name of the exception in lower case, in English."""
NO_SCRIPT = "This needs JavaScript. Switch it on and load the page again, or use another way."


@cache
def script() -> bytes:
    """What browsers run."""
    return (files("microblog_core.http") / "challenge.js").read_bytes()


@cache
def script_url() -> str:
    """The script's address, which changes with what is in it."""
    return f"{SCRIPT_PATH}?{blake2b(script(), digest_size=6).hexdigest()}"
