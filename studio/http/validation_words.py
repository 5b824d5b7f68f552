"""What is wrong with a field and what would be right, in the studio's own words rather than the validator's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_TEXT, _WHOLE, _NUMBER = "must be a text", "must be a whole number", "must be a number"
_TRUTH, _LIST, _OBJECT = "must be true or false", "must be a list", "must be an object with named fields"
_TIME = "must be a date and time with its offset, as 2027-01-31T12:00:00Z"
_WORDS: dict[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
    "string_type": _TEXT,
    "string_unicode": "must be a text in UTF-8",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "is too large a number",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a finite number",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "json_invalid": "is not JSON",
    "json_type": "must be JSON",
    "none_required": "must be left out",
    "timezone_aware": _TIME,
    "url_parsing": "must be a URL",
    "url_scheme": "must be a URL that begins with http:// or https://",
    "url_type": "must be a URL",
}
_FORMS = {
    r"^[1-9]\d{1,4}x[1-9]\d{1,4}$": "must be WIDTHxHEIGHT in pixels, as 768x432",
    r"^#[0-9a-fA-F]{6}$": "must be a colour, as #203040",
    r"^[0-9a-f]{64}$": "must be a SHA-256 in lower case hexadecimal digits",
}
_FITTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "string_too_short": lambda told: _characters("at least", told["min_length"]),
    "string_too_long": lambda told: _characters("at most", told["max_length"]),
    "too_short": lambda told: f"must have at least {told['min_length']} entr{_plural(told['min_length'])}",
    "too_long": lambda told: f"must have at most {told['max_length']} entr{_plural(told['max_length'])}",
    "string_pattern_mismatch": lambda told: _FORMS.get(told["pattern"], f"does not have the form {told['pattern']}"),
    "greater_than": lambda told: f"must be greater than {told['gt']:g}",
    "greater_than_equal": lambda told: f"must be at least {told['ge']:g}",
    "less_than": lambda told: f"must be less than {told['lt']:g}",
    "less_than_equal": lambda told: f"must be at most {told['le']:g}",
    "literal_error": lambda told: f"must be {told['expected']}",
    "enum": lambda told: f"must be {told['expected']}",
    "union_tag_invalid": lambda told: f"{told['discriminator']} must be one of {told['expected_tags']}",
    "union_tag_not_found": lambda told: f"must say its {told['discriminator']}",
    "value_error": lambda told: str(told["error"]),
    "assertion_error": lambda told: str(told["error"]),
}


def words_of(error: ErrorDetails) -> str:
    """What is wrong with one field, without the field's name; the validator's own sentence is never repeated."""
    kind = error["type"]
    if kind in _FITTED:
        return _FITTED[kind](error.get("ctx", {}))
    if kind in _WORDS:
        return _WORDS[kind]
    if kind.startswith(("datetime_", "date_", "timezone_")):
        return _TIME
    return "does not have the right form"


def no_such_field(name: str, known: Collection[str]) -> str:
    """That there is no field of this name, and which one was probably meant."""
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}? There are" if close else "there are"
    return f"there is no field {name[:80]!r}: {hint}: {', '.join(known)}"


def _characters(bound: str, count: int) -> str:
    return f"must have {bound} {count} character{'' if count == 1 else 's'}"


def _plural(count: int) -> str:
    return "y" if count == 1 else "ies"
