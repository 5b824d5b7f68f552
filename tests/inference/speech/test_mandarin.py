"""Mandarin: numbers in characters, the right reading of each character, tones as they are spoken."""

from __future__ import annotations

import json
import re

import pytest

from inference.registry.packaged import default_cache_dir
from inference.registry.voice_pack import VOCABULARY, require_voice_pack
from inference.speech.mandarin.sounds import signs_of
from inference.speech.mandarin.text import spell_out
from inference.speech.mandarin.tones import read_clause


def pinyin(text: str) -> str:
    clauses = re.findall("[\u4e00-\u9fff]+", spell_out(text))
    return " ".join(syllable for clause in clauses for word in read_clause(clause) for syllable in word.syllables)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2008年8月8日", "二零零八年八月八日"),
        ("3:30见面", "三点三十分见面"),
        ("2:05到", "两点零五分到"),
        ("3:2赢了", "三比二赢了"),
        ("住在502室", "住在五零二室"),
        ("花了$3.5", "花了三点五美元"),
        ("1/3没有", "三分之一没有"),
        ("重65kg", "重六十五公斤"),
        ("拨13912345678", "拨幺三九幺二三四五六七八"),
    ],
)
def test_numbers_are_read_out(written: str, said: str) -> None:
    assert spell_out(written) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我在长街上等了你一下午", "wo3 zai4 chang2 jie1 shang5 deng3 le5 ni3 yi2 xia4 wu3"),
        ("都市里的人都很忙", "du1 shi4 li3 de5 ren2 dou1 hen3 mang2"),
        ("他弹吉他", "ta1 tan2 ji2 ta1"),
        ("还有谁没还钱", "hai2 you3 shei2 mei2 huan2 qian2"),
        ("他教学生", "ta1 jiao1 xue2 sheng5"),
        ("任先生和华女士", "ren2 xian1 sheng5 he2 hua4 nv3 shi4"),
        ("教师说得好", "jiao4 shi1 shuo1 de5 hao3"),
        ("草地和基地", "cao3 di4 he2 ji1 di4"),
        ("他慢慢地走", "ta1 man4 man4 de5 zou3"),
        ("你应该应付得了", "ni3 ying1 gai1 ying4 fu4 de5 liao3"),
    ],
)
def test_a_character_is_read_by_its_sentence(text: str, said: str) -> None:
    assert pinyin(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("一样，一起，一年，第一，十一", "yi2 yang4 yi4 qi3 yi4 nian2 di4 yi1 shi2 yi1"),
        ("不对，不行，想不想", "bu2 dui4 bu4 xing2 xiang3 bu5 xiang3"),
        ("体重不重要", "ti3 zhong4 bu2 zhong4 yao4"),
        ("看一看", "kan4 yi5 kan4"),
        ("老虎想买雨伞", "lao2 hu2 xiang2 mai3 yu2 san3"),
        ("小孩儿吃点儿面条儿", "xiao3 hair2 chi1 dianr3 mian4 tiaor2"),
        ("女儿", "nv3 er2"),
    ],
)
def test_tones_are_those_that_are_spoken(text: str, said: str) -> None:
    assert pinyin(text) == said


def test_signs_are_those_that_the_voices_know() -> None:
    known = json.loads((require_voice_pack(default_cache_dir()) / VOCABULARY).read_text())["vocab"].keys()
    syllables = "zhi1 ci2 ri4 nv3 lve4 er2 xiong2 zhuang4 huar1 shir4 dianr3 kongr4 wanr2 jue2 yuan4 o5 yi1 wu3".split()  # noqa: SIM905
    assert set("".join(map(signs_of, syllables))) <= known
    assert signs_of("huar1") == "xwaɻ→"
    assert signs_of("dianr3") == "tjɛɻ↓"


def test_what_is_no_syllable_is_refused() -> None:
    with pytest.raises(ValueError, match="Final"):
        signs_of("qqq1")
