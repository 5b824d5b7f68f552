"""Which of its readings a character has here: pinyin with lexical tones, one syllable a character.

Most readings follow from the word. What no dictionary word covers is decided by g2pM, a small network that was trained
to read such characters from their sentence.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from g2pM import G2pM
from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg.mmseg import seg as longest_phrases

# Readings that the phrase dictionary lacks or has otherwise than they are spoken today.
_PHRASES = {
    "大夫": "dài fu", "弹吉他": "tán jí tā", "弹贝斯": "tán bèi sī", "照片": "zhào piàn", "照片儿": "zhào piān er",
    "薄荷": "bò he", "还我": "huán wǒ", "还你": "huán nǐ", "还他": "huán tā", "还她": "huán tā", "谁": "shéi",
    "数一数": "shǔ yi shǔ", "差点儿": "chà diǎn er", "好好儿": "hǎo hǎo er", "那儿": "nà er", "哪儿": "nǎ er",
    "这儿": "zhè er", "空儿": "kòng er", "舍不得": "shě bu de", "来不及": "lái bu jí", "对不起": "duì bu qǐ",
    "了不起": "liǎo bu qǐ", "不得了": "bù dé liǎo",
}  # fmt: skip
_SURNAMES = {
    "单": "shan4", "仇": "qiu2", "曾": "zeng1", "解": "xie4", "任": "ren2", "朴": "piao2", "华": "hua4", "区": "ou1",
    "查": "zha1", "盖": "ge3", "缪": "miao4", "翟": "zhai2", "乐": "yue4", "召": "shao4", "宁": "ning4",
    "燕": "yan1", "洗": "xian3", "尉": "wei4", "黑": "he4", "员": "yun4", "种": "chong2", "逄": "pang2", "那": "na1",
    "纪": "ji3",
}  # fmt: skip
_TITLES = ("先生", "小姐", "女士", "太太", "老师", "医生", "大夫", "师傅", "经理", "教授", "警官", "同学", "总")
_ALONE = {
    "的": "de5", "了": "le5", "吗": "ma5", "呢": "ne5", "吧": "ba5", "们": "men5", "么": "me5", "一": "yi1",
    "不": "bu4", "为": "wei4", "都": "dou1", "没": "mei2", "给": "gei3", "个": "ge4", "女": "nv3", "教": "jiao1",
    "谁": "shei2", "应": "ying1", "儿": "er2", "倒": "dao4",
}  # fmt: skip
_COUNTS = frozenset("这那哪几两一二三四五六七八九十百千万")
_PRONOUNS = frozenset("我你您他她它咱们人就还也都总可非只")

TaggedWord = tuple[str, str]  # a word, and jieba's tag for what part of speech it is


def read_characters(tagged: list[TaggedWord]) -> list[str]:
    """A syllable such as `hao3` for each character of the clause that the words make (5: neutral).

    Characters only: the caller keeps punctuation apart.
    """
    words = [word for word, _ in tagged]
    clause = "".join(words)
    known = _readings_of(words, set())
    phrases = _readings_of(list(longest_phrases.cut(clause)), _inner_places(words))
    starts = [sum(map(len, words[:number])) for number in range(len(words))]
    singles = {start for start, word in zip(starts, words, strict=True) if len(word) == 1}
    guesses = _network()(clause, tone=True, char_split=True)
    syllables = [
        known[place] or phrases[place] or _alone(character, guesses[place], place in singles)
        for place, character in enumerate(clause)
    ]
    for place, character in enumerate(clause):
        if character in _SURNAMES and _names_somebody(clause, place):
            syllables[place] = _SURNAMES[character]
    _settle_particles(tagged, syllables)
    return syllables


def _readings_of(words: list[str], never_cut: set[int]) -> list[str | None]:
    """The reading of every character that stands in a word of the dictionary, else None.

    A word that begins or ends inside another, at one of the places `never_cut`, is none here.
    """
    readings: list[str | None] = []
    for word in words:
        ends = {len(readings), len(readings) + len(word)}
        is_known = len(word) > 1 and word in PHRASES_DICT and not ends & never_cut
        readings += _pinyin(word) if is_known else [None] * len(word)
    return readings


def _inner_places(words: list[str]) -> set[int]:
    """The places between two characters of one word of the dictionary."""
    places, start = set(), 0
    for word in words:
        if word in PHRASES_DICT:
            places |= set(range(start + 1, start + len(word)))
        start += len(word)
    return places


def _alone(character: str, guess: str, is_word: bool) -> str:
    """`guess` is the network's; it is no syllable when the network does not know the character."""
    if character in _ALONE:  # inside a word it has its commonest reading, else the dictionary would hold the word
        return _ALONE[character] if is_word else _pinyin(character)[0]
    return guess.replace("u:", "v") if guess[-1:].isdigit() else _pinyin(character)[0]


def _names_somebody(clause: str, place: int) -> bool:
    return clause[place - 1 : place] == "姓" or clause.startswith(_TITLES, place + 1)


def _settle_particles(tagged: list[TaggedWord], syllables: list[str]) -> None:
    """In place: 得 that means must, 得了 and 不了 that mean to manage, 地 that makes an adverb."""
    clause = "".join(word for word, _ in tagged)
    place = 0
    for number, (word, _) in enumerate(tagged):
        before, tag_before = tagged[number - 1] if number else ("", "")
        after = clause[place + len(word) :]
        if word == "得" and after and before:
            must = before[-1:] in _PRONOUNS and after[0] not in "了到过"
            syllables[place] = "dei3" if must else "de5" if tag_before.startswith("v") else syllables[place]
        if len(word) in (2, 3) and word[1] == "得" and word not in PHRASES_DICT:
            syllables[place + 1] = "de5"  # 说得, 跑得: jieba takes it for one word
        if word == "只" and before and before[-1] in _COUNTS:
            syllables[place] = "zhi1"
        if word == "地" and len(before) > 1 and after:
            syllables[place] = "de5"
        if word in ("得", "得了") and tag_before.startswith("v") and clause[place:].rstrip("吗么啊") == "得了":
            syllables[place : place + 2] = ["de5", "liao3"]
        if word in ("不", "不了") and tag_before.startswith("v") and clause[place : place + 2] == "不了":
            syllables[place + 1] = "liao3"
        place += len(word)


def _pinyin(text: str) -> list[str]:
    _load_phrases()
    return [str(syllable) for syllable in lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)]


@cache
def _load_phrases() -> None:
    load_phrases_dict({word: [[part] for part in reading.split()] for word, reading in _PHRASES.items()})


@cache
def _network() -> Any:  # noqa: ANN401 - g2pM has no types
    _load_phrases()
    return G2pM()
