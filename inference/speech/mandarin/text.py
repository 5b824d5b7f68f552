"""Chinese as it is written → characters alone: numbers, dates, units and letters as a person reads them out."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_CHARACTER = re.compile(r"[\u4e00-\u9fff]")
_SIGNS = str.maketrans({"：": ":", "－": "-", "％": "%", "．": ".", "＄": "$", "￥": "¥"})
_SPEEDS = {"km/h": "公里每小时", "m/s": "米每秒", "KM/H": "公里每小时", "mph": "英里每小时"}
_UNITS = {
    "km": "公里", "cm": "厘米", "mm": "毫米", "kg": "公斤", "mg": "毫克", "ml": "毫升", "mL": "毫升", "g": "克",
    "m": "米", "L": "升", "h": "小时", "min": "分钟", "GB": "G B", "MB": "M B",
}  # fmt: skip
_MONEY = {"$": "美元", "¥": "元", "€": "欧元", "£": "英镑"}
_LATIN = re.compile(r"((?<![A-Za-z\d])[A-Za-z]+(?![A-Za-z\d]))")  # words: no unit is meant by their letters
_DIGITS = "零一二三四五六七八九"


def spell_out(text: str) -> str:
    """The text with every number, date, time, unit and abbreviation in characters; punctuation stays."""
    text = _measures(text.translate(_SIGNS))
    text = re.sub(r"(\d+):(\d+)(?=[^\d]|$)", _clock_or_score, text)
    text = re.sub(r"(?<![\d.])(\d{1,2})点(?:(\d{2})分)?(?!\d)", _clock, text)
    text = re.sub(r"(?<![\d.])(\d{3,})(?=[室房号路]|航班|次列车)", lambda found: _digit_by_digit(found[1]), text)
    return "".join(part if part.isascii() and part.isalpha() else _spell(part) for part in _LATIN.split(text))


def is_character(sign: str) -> bool:
    """Whether it is a Chinese character, and so a syllable."""
    return bool(_CHARACTER.match(sign))


def _spell(text: str) -> str:
    normaliser: Any = _normaliser()
    return "".join(normaliser.normalize_sentence(part) for part in re.split(r"(?<=[，。！？；、,!?;])", text) if part)


@cache
def _normaliser() -> Any:  # noqa: ANN401 - misaki has no types
    from misaki.zh_normalization.text_normalization import TextNormalizer  # a third of a second: Chinese lines alone

    return TextNormalizer()


def _measures(text: str) -> str:
    for sign, words in _SPEEDS.items():
        text = re.sub(rf"(\d)\s*{sign}(?![A-Za-z])", rf"\1{words}", text)
    for sign, words in _UNITS.items():
        text = re.sub(rf"(\d)\s*{sign}(?![A-Za-z/])", rf"\1{words}", text)
    text = re.sub(r"(\d)\s*(?:°C|℃)", r"\1摄氏度", text)
    for sign, words in _MONEY.items():
        text = re.sub(rf"{re.escape(sign)}\s*(\d[\d,.]*\d|\d)\s*([万亿]?)", rf"\1\2{words}", text)
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def _clock_or_score(found: re.Match[str]) -> str:
    """3:2 is a score, 3:30 a time of day: minutes are always written with two digits."""
    hours, minutes = found[1], found[2]
    if len(minutes) != 2 or int(hours) > 24 or int(minutes) > 59:
        return f"{hours}比{minutes}"
    return f"{_hour(hours)}点{_minutes(minutes)}"


def _clock(found: re.Match[str]) -> str:
    return f"{_hour(found[1])}点{_minutes(found[2] or '00')}"


def _hour(hours: str) -> str:
    """Two o'clock is 两点."""
    return "两" if int(hours) == 2 else hours


def _minutes(minutes: str) -> str:
    return "" if minutes == "00" else f"{'零' if minutes[0] == '0' else ''}{int(minutes)}分"


def _digit_by_digit(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)
