"""English as it is written → words as they are said: dates, times, money, units, Roman numerals, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable

from inference.speech.english.numbers import cardinal_words, decimal_words, ordinal_words, year_words

_MONTHS = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "may": "May", "jun": "June", "jul": "July",
    "aug": "August", "sep": "September", "sept": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip
_FULL_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = rf"(?:{_FULL_MONTHS}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_ABBREVIATIONS = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "Capt": "Captain",
    "Lt": "Lieutenant", "Sgt": "Sergeant", "Col": "Colonel", "Gen": "General", "Rev": "Reverend",
    "Hon": "Honourable", "Sen": "Senator", "Gov": "Governor", "Jr": "Junior", "Sr": "Senior", "Ave": "Avenue",
    "Rd": "Road", "Blvd": "Boulevard", "Mt": "Mount", "vs": "versus", "etc": "et cetera", "approx": "approximately",
    "dept": "department", "est": "established",
}  # fmt: skip
_UNITS = {
    "km/h": "kilometer per hour", "mph": "mile per hour", "km": "kilometer", "cm": "centimeter", "mm": "millimeter",
    "kg": "kilogram", "mg": "milligram", "g": "gram", "lb": "pound", "lbs": "pound", "oz": "ounce", "ft": "foot",
    "in": "inch", "mi": "mile", "m": "meter", "l": "liter", "ml": "milliliter", "GB": "gigabyte", "MB": "megabyte",
    "kW": "kilowatt", "Hz": "hertz", "kHz": "kilohertz", "hr": "hour", "hrs": "hour", "min": "minute",
    "sec": "second", "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree",
}  # fmt: skip
_WORDS_TOO = frozenset({"in"})  # a unit only where it touches its number
_PLURALS = {"foot": "feet", "inch": "inches", "hertz": "hertz", "kilohertz": "kilohertz"}
_CURRENCIES = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}
_FRACTIONS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters"}
_REGNAL = r"(?:King|Queen|Pope|Louis|Henry|Charles|George|Edward|William|Elizabeth|Philip|Francis|Richard|James|John)"
_ROMAN = {"I": 1, "V": 5, "X": 10}
_NUMBER = r"\d[\d,]*(?:\.\d+)?"


def spell_out(text: str) -> str:
    """The text with whatever is said otherwise than it is written in words; other punctuation stays."""
    for pattern, say in _RULES:
        text = pattern.sub(say, text)
    return text


def number_words(digits: str) -> str:
    """`1,250` → one thousand two hundred and fifty; `3.5` → three point five; `-4` → minus four."""
    plain = digits.replace(",", "")
    words = decimal_words(plain.lstrip("-")) if "." in plain else cardinal_words(int(plain.lstrip("-")))
    return ("minus " if plain.startswith("-") else "") + words.replace(",", "")


def _digits(text: str) -> str:
    names = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return " ".join(names[int(digit)] for digit in text if digit.isdigit())


def _year(digits: str) -> str:
    value = int(digits)
    return cardinal_words(value).replace(",", "") if value < 1000 else year_words(value).replace("-", " ")


def _abbreviation(found: re.Match[str]) -> str:
    return _ABBREVIATIONS[found[1]] + ("." if found[1] in ("etc", "Jr", "Sr") and _ends_sentence(found) else "")


def _saint_or_street(found: re.Match[str]) -> str:
    """St. Peter is a saint; Oak St. is a street."""
    if found[1]:
        return f"{found[1]}Street"
    return "Saint "


def _month_first(found: re.Match[str]) -> str:
    year = f", {_year(found[3])}" if found[3] else ""
    return f"{_month(found[1])} {ordinal_words(int(found[2]))}{year}"


def _day_first(found: re.Match[str]) -> str:
    year = f", {_year(found[3])}" if found[3] else ""
    return f"{_ordinal_or_plain(found)} {_month(found[2])}{year}"


def _ordinal_or_plain(found: re.Match[str]) -> str:
    return number_words(re.sub(r"\D", "", found[1]))


def _month(written: str) -> str:
    return _MONTHS.get(written.rstrip(".").lower(), written)


def _time(found: re.Match[str]) -> str:
    hours, minutes = int(found[1]), int(found[2])
    spoken = cardinal_words(hours)
    if minutes:
        spoken += f" {'oh ' if minutes < 10 else ''}{cardinal_words(minutes)}"
    elif hours > 12 or (not found[3] and "clock" not in found.string[found.end() : found.end() + 8]):
        spoken += " hundred" if hours > 12 else " o'clock"
    return spoken + (_half_of_day(found, 3) if found[3] else "")


def _half_of_day(found: re.Match[str], group: int) -> str:
    """a.m. → A M; its last point may end the sentence too."""
    letters = " " + " ".join(re.sub(r"[.\s]", "", found[group]).upper())
    return letters + ("." if found[group].endswith(".") and _ends_sentence(found) else "")


def _ends_sentence(found: re.Match[str]) -> bool:
    return bool(re.match(r"\s*$|\s+[A-Z]", found.string[found.end() :]))


def _hour(found: re.Match[str]) -> str:
    return cardinal_words(int(found[1])) + _half_of_day(found, 2)


def _money(found: re.Match[str]) -> str:
    whole, part = _CURRENCIES[found[1]]
    amount, cents, scale = found[2].replace(",", ""), found[3], found[4]
    if scale:
        return f"{number_words(amount + (f'.{cents}' if cents else ''))} {scale} {whole}s"
    words = f"{number_words(amount)} {whole}{'' if int(amount) == 1 else 's'}"
    if not cents or int(cents) == 0:
        return words
    if found[1] == "£":
        return f"{words} {cardinal_words(int(cents))}"
    return f"{words} and {cardinal_words(int(cents))} {part}{'' if int(cents) == 1 else 's'}"


def _measure(found: re.Match[str]) -> str:
    unit = found[3]
    if unit in _WORDS_TOO and found[2]:
        return found[0]
    first, _, rest = _UNITS[unit].partition(" ")
    plural = first if found[1] == "1" else _PLURALS.get(first, f"{first}s")
    return f"{number_words(found[1])} {plural} {rest}".rstrip()


def _decade(found: re.Match[str]) -> str:
    words = _year(found[1] + "0") if len(found[1]) == 3 else cardinal_words(int(found[1] + "0"))
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _regnal(found: re.Match[str]) -> str:
    return f"{found[1]} the {ordinal_words(_roman(found[2]))}"


def _numbered(found: re.Match[str]) -> str:
    return f"{found[1]} {cardinal_words(_roman(found[2])).capitalize()}"


def _roman(written: str) -> int:
    values = [_ROMAN[letter] for letter in written]
    return sum(-value if value < later else value for value, later in zip(values, [*values[1:], 0], strict=True))


_Say = Callable[[re.Match[str]], str]
_units = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_RULES: tuple[tuple[re.Pattern[str], _Say], ...] = (
    (re.compile(r"\be\.g\.,?", re.I), lambda found: ("For" if found[0][0] == "E" else "for") + " example"),
    (re.compile(r"\bi\.e\.,?", re.I), lambda found: ("That" if found[0][0] == "I" else "that") + " is"),
    (re.compile(rf"\b({'|'.join(_ABBREVIATIONS)})\.(?=\s|,|$)"), _abbreviation),
    (re.compile(r"(\b[A-Z][a-z]+ )St\b\.?(?! [A-Z][a-z])|\bSt\.\s+(?=[A-Z])"), _saint_or_street),
    (re.compile(r"\bNo\.\s*(?=\d)"), lambda _: "number "),
    (re.compile(rf"\b({_MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}})\b)?"), _month_first),
    (re.compile(rf"\b(\d{{1,2}})\s+({_MONTH})(?:,?\s+(\d{{4}})\b)?"), _day_first),
    (re.compile(r"\b(\d{1,2}):(\d{2})\b(?:\s*([ap]\.\s?m\.|[ap]m\b))?", re.I), _time),
    (re.compile(r"\b(\d{1,2})\s*([ap]\.\s?m\.|[ap]m\b)", re.I), _hour),
    (re.compile(r"\b(\d{3})-(\d{4})\b|\b(\d{3})-(\d{3})-(\d{4})\b"), lambda found: _digits(found[0])),
    (re.compile(r"([$£€])(\d[\d,]*)(?:\.(\d{1,2}))?(?:\s*(thousand|million|billion|trillion))?\b"), _money),
    (re.compile(rf"(?<![\w/])({'|'.join(_FRACTIONS)})(?![\w/])"), lambda found: _FRACTIONS[found[1]]),
    (re.compile(rf"(?<![\w.])(-?{_NUMBER})(\s?)({_units})(?![\w/])"), _measure),
    (re.compile(rf"(-?{_NUMBER})\s?%"), lambda found: f"{number_words(found[1])} percent"),
    (re.compile(r"\b(\d{3})0s\b"), _decade),
    (re.compile(r"'(\d)0s\b"), _decade),
    (re.compile(rf"\b({_REGNAL}) ([IVX]+)\b(?!')"), _regnal),
    (re.compile(r"\b(Chapter|Part|Act|Scene|War|Volume|Book|Rocky|Henry) ([IVX]+)\b(?!')"), _numbered),
    (re.compile(r"\b(\d{1,2})-(\d{1,2})\b"), lambda found: f"{_score(found[1])} {_score(found[2])}"),
    (re.compile(r"\b\d{1,3}(?:,\d{3})+\b"), lambda found: number_words(found[0])),
    (re.compile(r"(?<=\b[Rr]oom )(\d{3})\b"), lambda found: number_words(found[1])),
)


def _score(digits: str) -> str:
    return cardinal_words(int(digits))
