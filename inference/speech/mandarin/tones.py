"""Tones as they are spoken: neutral syllables, 一 and 不 by what follows, the third tone before another third."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)  # jieba's patterns, when it is compiled the first time
    import jieba
    import jieba.posseg
from misaki.tone_sandhi import ToneSandhi

from inference.speech.mandarin.readings import read_characters

jieba.setLogLevel(logging.WARNING)
# misaki lists these as neutral; the standard dictionary does not.
_FULL_TONES_TEXT = (
    "介绍 编辑 刺激 分析 计划 幸福 逻辑 特务 报复 合同 位置 熟悉 不由 一辈 两口 大人 开通 笑语 吉他 部分 队伍 荒唐"
)
_FULL_TONES = frozenset(_FULL_TONES_TEXT.split())
_NEUTRAL_TEXT = "孩子们 行李 早上 晚上 先生 小姐 学生 妈妈 爸爸 东西 谢谢 知道 回来 出来 进来 起来 过来"
_NEUTRAL = frozenset(_NEUTRAL_TEXT.split())
_ONE, _NOT, _DIGITS = "一", "不", "零〇幺一二三四五六七八九十"
_ONE_LAST_TEXT = (
    "统一 唯一 万一 专一 单一 合一 归一 周一 星期一 礼拜一 初一 其一 之一 高一 初一 大一 第一 不一 不管三七二十一"
)
_ONE_LAST = frozenset(_ONE_LAST_TEXT.split())
_CHILDREN_TEXT = "女儿 幼儿 婴儿 孤儿 男儿 少儿 健儿 胎儿 患儿 孙儿 侄儿 宠儿 弃儿 混血儿 新生儿 妻儿 育儿 托儿"
_CHILDREN = tuple(_CHILDREN_TEXT.split())


@dataclass(frozen=True)
class SpokenWord:
    """A word of Chinese characters and its syllables, such as `hao3`; with erhua, a syllable spans two characters."""

    text: str
    syllables: tuple[str, ...]


def read_clause(clause: str) -> list[SpokenWord]:
    """A run of characters without punctuation → its words with syllables as they are spoken."""
    tagged = [(pair.word, pair.flag) for pair in jieba.posseg.lcut(clause)]
    lexical = read_characters(tagged)
    merged = _sandhi().pre_merge_for_modify(tagged)
    spoken: list[tuple[str, list[str]]] = []
    place = 0
    for word, tag in merged:
        syllables = lexical[place : place + len(word)]
        spoken.append((word, _neutral_and_third(word, tag, list(syllables))))
        place += len(word)
    flat = [syllable for _, syllables in spoken for syllable in syllables]
    _join_third_tones([word for word, _ in tagged], flat)
    _settle_one_and_not(flat, lexical, [word for word, _ in tagged])
    return _words([word for word, _ in spoken], flat)


def _words(words: list[str], syllables: list[str]) -> list[SpokenWord]:
    found, place = [], 0
    for word in words:
        found.append(SpokenWord(word, tuple(_with_erhua(word, syllables[place : place + len(word)]))))
        place += len(word)
    return found


def _neutral_and_third(word: str, tag: str, syllables: list[str]) -> list[str]:
    last = syllables[-1]
    settled = word in ("地", "得", "得了") or syllables[-1] == "liao3"
    spoken: list[str] = syllables if settled else _sandhi().modified_tone(word, tag, syllables)
    if len(word) > 1 and word[-1] in "的地得":
        spoken[-1] = last  # misaki takes every 地 for the particle, even in 草地
    if word in _NEUTRAL:
        spoken[-1] = spoken[-1][:-1] + "5"
    return spoken


def _join_third_tones(words: list[str], spoken: list[str]) -> None:
    """In place: a word of one syllable leans on its neighbour, and of two third tones the first rises."""
    ends, end = set(), 0
    for number, word in enumerate(words[:-1]):
        end += len(word)
        if len(word) == 1 or len(words[number + 1]) == 1:
            ends.add(end)
    for end in sorted(ends):
        if spoken[end - 1][-1] == spoken[end][-1] == "3":
            spoken[end - 1] = spoken[end - 1][:-1] + "2"


def _settle_one_and_not(spoken: list[str], lexical: list[str], words: list[str]) -> None:
    """In place. 一 and 不 go by the tone that the next syllable has in the dictionary."""
    clause = "".join(words)
    starts = {sum(map(len, words[:number])) for number in range(len(words))}
    last_places = {start - 1 for start, word in zip(sorted(starts)[1:], words, strict=False) if word in _ONE_LAST}
    for place, character in enumerate(clause):
        if character not in (_ONE, _NOT):
            continue
        before, after = clause[place - 1 : place], clause[place + 1 : place + 2]
        repeated = bool(before) and before == after and (place - 1 in starts or place not in starts)
        if repeated:  # 看一看, 对不对; not 体重不重要
            tone = 5
        elif character == _NOT:
            tone = 2 if after and lexical[place + 1][-1] == "4" else 4
        else:
            tone = 1 if place in last_places else _tone_of_one(clause, place, lexical)
        spoken[place] = f"{'yi' if character == _ONE else 'bu'}{tone}"


def _tone_of_one(clause: str, place: int, lexical: list[str]) -> int:
    before, after, later = (clause[at : at + 1] if at >= 0 else "" for at in (place - 1, place + 1, place + 2))
    ordinal = before in ("第", "初", "之", "点") or after in ("月", "号") or (before, after) == ("月", "日")
    digit = (bool(before) and before in _DIGITS) or (bool(after) and after in _DIGITS)
    decimal = after == "点" and bool(later) and later in _DIGITS
    if ordinal or digit or decimal or not after:
        return 1
    return 2 if lexical[place + 1][-1] in "45" else 4


def _with_erhua(word: str, syllables: list[str]) -> list[str]:
    """花儿 is one syllable, `huar1`; 女儿 is two."""
    if len(word) < 2 or not word.endswith("儿") or word.endswith(_CHILDREN):
        return syllables
    *before, stem, _ = syllables
    return [*before, f"{stem[:-1]}r{stem[-1]}"]


@cache
def _sandhi() -> Any:  # noqa: ANN401 - misaki has no types
    sandhi = ToneSandhi()
    sandhi.must_neural_tone_words = sandhi.must_neural_tone_words - _FULL_TONES
    return sandhi
