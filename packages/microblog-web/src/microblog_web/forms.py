"""Forms: reading what was sent, files included, keeping what was typed, and saying at the field what to
mend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from microblog_core.domain.errors import Invalid, MicroblogError
from microblog_core.http.errors import BadRequest
from microblog_web.i18n import explain

if TYPE_CHECKING:
    from litestar import Request

FIELDS_MAX = 100
_KIND = "application/x-www-form-urlencoded"
_KIND_WITH_FILES = "multipart/form-data"


class Form:
    """Values as typed, and what is wrong with them. `fields` are those that the page shows; passwords are
    never shown again.
    """

    __slots__ = ("_fields", "_values", "errors", "message")

    def __init__(
        self,
        values: Mapping[str, str] | None = None,
        *,
        errors: Mapping[str, str] | None = None,
        message: str = "",
        fields: Collection[str] = (),
    ) -> None:
        self._values = dict(values or {})
        self._fields = frozenset(fields)
        self.errors = dict(errors or {})
        self.message = message

    @classmethod
    def rejected(cls, values: Mapping[str, str], error: MicroblogError, fields: Collection[str]) -> Form:
        """The form again, with what an error says about its fields; an error about none of them stands
        above.
        """
        errors = error.fields if isinstance(error, Invalid) else {}
        message = "" if errors else " ".join(part for part in (error.message, error.hint) if part)
        return cls(values, errors=errors, message=message, fields=fields)

    def explained(self, locale: str) -> Form:
        """The same form, with what is to mend in another language."""
        errors = {name: explain(locale, text) for name, text in self.errors.items()}
        return Form(self._values, errors=errors, message=explain(locale, self.message), fields=self._fields)

    def value(self, name: str) -> str:
        """What was typed, empty for nothing."""
        return self._values.get(name, "")

    def error(self, name: str) -> str:
        """What to mend at this field."""
        return self.errors.get(name, "")

    @property
    def picture_trouble(self) -> bool:
        """Whether something is to mend at a picture."""
        return any(name.startswith(("picture_", "description_")) for name in self.errors)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """What is wrong with fields that the page does not show."""
        return tuple(text for name, text in self.errors.items() if name not in self._fields)


async def read_form(request: Request) -> dict[str, str]:  # type: ignore[type-arg]
    """The fields of a form, the first value of each. Raises `BadRequest` for what isn't one; `TooLarge`
    comes from core.
    """
    kind = request.headers.get("content-type", "")
    body = await request.body()
    if not kind and not body:
        return {}
    if kind.partition(";")[0].strip().lower() != _KIND:
        raise BadRequest("This address takes forms only.", hint="Send it from the page that has the form.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except (UnicodeDecodeError, ValueError):
        raise BadRequest(
            "The form can't be read.", hint="Go back, reload the page and send it again."
        ) from None
    return first_of_each(pairs)


def first_of_each(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of each field. Raises `BadRequest` for null characters."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in value:
            raise BadRequest("The form has a null character.", hint="Remove it and send the form again.")
        values.setdefault(name, value)
    return values


async def read_form_with_files(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:  # type: ignore[type-arg]
    """The fields of a form and its files by field, the first of each. What a file is called, or says that it
    is, is not looked at; a field without a file is left out. Raises as `read_form`.
    """
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != _KIND_WITH_FILES:
        return await read_form(request), {}
    try:
        parts = list((await request.form()).multi_items())
    except (ValueError, LookupError, TypeError) as error:
        raise BadRequest(
            "The form can't be read.", hint="Go back, reload the page and send it again."
        ) from error
    if len(parts) > FIELDS_MAX:
        raise BadRequest("The form has too many fields.", hint="Reload the page and send it again.")
    files: dict[str, bytes] = {}
    values = []
    for name, part in parts:
        if isinstance(part, str):
            values.append((name, part))
            continue
        data = await part.read()
        if data or part.filename:
            files.setdefault(name, data)
        await part.close()
    return first_of_each(values), files
