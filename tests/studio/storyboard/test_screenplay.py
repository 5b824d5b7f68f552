"""A screenplay becomes scenes and shots, its names matched to the cast; hostile text hangs nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.protocol import BackdropPlate
from storage.queries.characters import insert_character
from storage.tables import Character
from storage.unit import Database
from studio.generation.line_choice import LineChoice
from studio.http.ids import new_id
from studio.storyboard import screenplay
from studio.storyboard.fountain import read
from studio.storyboard.scene_heading import plate_of_heading
from studio.storyboard.screenplay import ScreenplayUnreadable, plan_film, read_screenplay
from studio.storyboard.script_lines import fits, split_text
from tests.studio.conftest import Tenant
from tests.studio.storyboard.films import layout, told

LETTER = """\ufeffTitle: The Letter
Credit: Written by
Author: Somebody

FADE IN:

Snow falls.

INT. KITCHEN - DAY #1#

= Ada waits.

ADA (30) sits at the table. She smiles.

ADA
(softly)
At *last*, a letter. After all these long, long months of waiting by the window for it.

GRACE HOPPER (O.S.)
Who is it from?

/* A scene that was cut.

INT. ATTIC - DAY

*/

Ada Lovelace looks to the left. [[Is that too much?]] The adagio goes on.

CUT TO:

FADE TO BLACK.

EXT. GARDEN - NIGHT

They stand under the tree.

ADA (CONT'D)
Read it.

MAX ^
No.

> THE END <
"""
FRAGMENTS = (
    "\n", "\n\n", " ", "\t", "INT. A", ".A", "ADA", "@ada", "@", "^", "(", "(x)", "~", ">", "> A <", "TO:", "===", "#",
    "=", "[[", "]]", "/*", "*/", "*", "**", "_", "\\", "!", "Title: A", "Title:", "\r", "\x00", "\x1c", "\u2028",
    "#1#", "(V.O.)",
)  # fmt: skip
CAST = [("chr_1", "Ada Lovelace"), ("chr_2", "Grace Hopper")]


async def test_action_and_speeches_become_shots() -> None:
    film = plan_film(await read_screenplay(LETTER), CAST)
    assert film.title == "The Letter"
    assert [scene.heading for scene in film.scenes] == ["", "INT. KITCHEN - DAY", "EXT. GARDEN - NIGHT"]
    before, kitchen, garden = film.scenes
    assert [shot.prompt for shot in before.shots] == ["Snow falls."]
    assert [shot.prompt for shot in kitchen.shots] == [
        "ADA (30) sits at the table. She smiles.",
        "Ada Lovelace talks, softly.",
        "Ada Lovelace looks to the left.  The adagio goes on.",
    ]
    assert [[one.character_id for one in shot.characters] for shot in kitchen.shots] == [
        ["chr_1"], ["chr_1"], ["chr_1"],
    ]  # fmt: skip
    assert [spoken(line) for line in kitchen.shots[1].dialogue] == [
        (
            "chr_1",
            "softly",
            "At last, a letter. After all these long, long months of waiting by the window for it.",
            False,
        ),
        ("chr_2", "", "Who is it from?", True),
    ]  # fmt: skip
    assert [shot.framing for shot in kitchen.shots] == ["ms", "cu", "ms"]
    assert kitchen.setting.plate == BackdropPlate(name="living-room")
    assert {shot.plate for shot in kitchen.shots} == {None}
    assert [shot.seconds for shot in kitchen.shots] == [5.0, None, 5.0]
    assert [shot.prompt for shot in garden.shots] == ["They stand under the tree.", "Ada Lovelace talks. Max talks."]
    assert [one.character_id for one in garden.shots[1].characters] == ["chr_1"]
    assert [(line.speaker, line.text) for line in garden.shots[1].dialogue] == [("", "Read it."), ("MAX", "No.")]
    assert film.matched == {"ADA": "chr_1", "GRACE HOPPER": "chr_2"}
    assert film.unmatched == ["MAX"]


def spoken(line: LineChoice) -> tuple[str | None, str, str, bool]:
    return line.character_id, line.parenthetical, line.text, line.off_screen


DIRECTED = """INT. KITCHEN - DAY

WIDE on the kitchen. Ada waits.

CLOSE ON ADA

She smiles.

ADA
(softly)
At last.
(beat)
A letter.

ANGLE ON THE DOOR

GRACE
Hello.

EXTREME CLOSE UP - Ada's eye

Rain falls outside. Then a LONG SHOT of the town.

CLOSE ON ADA'S HAND
It trembles.

WIDE SHOT

The door is SO WIDE. She is CLOSE to MS. GREEN.

INSERT - THE LETTER
"""


async def test_directions_frame_the_shots_and_parentheticals_stay_with_the_words() -> None:
    (scene,) = plan_film(await read_screenplay(DIRECTED), CAST).scenes
    assert [(shot.framing, shot.prompt, [one.character_id for one in shot.characters]) for shot in scene.shots] == [
        ("ws", "the kitchen. Ada waits.", ["chr_1"]),
        ("cu", "She smiles.", ["chr_1"]),
        ("cu", "Ada Lovelace talks, softly.", ["chr_1"]),
        ("ms", "THE DOOR", []),
        ("cu", "Grace Hopper talks.", ["chr_2"]),
        ("ecu", "Ada's eye", ["chr_1"]),
        ("ws", "Rain falls outside. Then a LONG SHOT of the town.", []),
        ("cu", "ADA'S HAND. It trembles.", ["chr_1"]),
        ("ws", "The door is SO WIDE. She is CLOSE to MS. GREEN.", []),
        ("cu", "THE LETTER", []),
    ]
    assert [[spoken(line) for line in shot.dialogue] for shot in scene.shots if shot.dialogue] == [
        [("chr_1", "softly", "At last.", False), ("chr_1", "beat", "A letter.", False)],
        [("chr_2", "", "Hello.", False)],
    ]


UNSURE = "She did not know who it was, and she asked herself whether she wanted to know it at all, then or ever."
OFF = f"""INT. KITCHEN - DAY

GRACE (V.O.)
Long ago.

Ada waits.

GRACE (O.S.)
Open the door!

GRACE (V.O.)
{UNSURE}
"""


async def test_a_voice_from_off_is_heard_over_the_shot_before_it() -> None:
    (scene,) = plan_film(await read_screenplay(OFF), CAST).scenes
    assert [(shot.prompt, [line.text for line in shot.dialogue], shot.seconds) for shot in scene.shots] == [
        ("", ["Long ago."], None),
        ("Ada waits.", ["Open the door!"], 5.0),
        ("", [UNSURE], None),
    ]  # fmt: skip


async def test_a_long_speech_is_split_after_sentences_into_clips_that_can_hold_it() -> None:
    sentences = [f"This is sentence number {number}, and it is not short." for number in range(12)]
    (scene,) = plan_film(await read_screenplay("INT. A\n\nADA\n(sadly)\n" + " ".join(sentences)), CAST).scenes
    texts = [line.text for shot in scene.shots for line in shot.dialogue]
    assert " ".join(texts) == " ".join(sentences)
    assert all(text.endswith("short.") for text in texts)
    assert all(fits(shot.dialogue) for shot in scene.shots)
    assert [line.parenthetical for shot in scene.shots for line in shot.dialogue] == ["sadly"] + [""] * (len(texts) - 1)
    assert [shot.prompt for shot in scene.shots][:2] == ["Ada Lovelace talks, sadly.", "Ada Lovelace talks."]


@given(
    text=st.text(max_size=400)
    | st.lists(st.sampled_from(["a", "b.", "c,", "你好。", "词、", "—\n"]), max_size=80).map(" ".join)
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_no_sign_of_a_speech_is_lost_when_it_is_split(text: str) -> None:
    assert "".join("".join(split_text(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("heading", "backdrop"),
    [
        ("INT. KITCHEN - DAY", "living-room"),
        ("INT. OFFICE - NIGHT", "office"),
        ("EXT. ALLEY - NIGHT", "night-city"),
        ("EXT. ALLEY - DAY", "street"),
        ("EXT. ROOF OF MISSION CONTROL - NIGHT", "night-city"),
        ("EXT. GARDEN - NIGHT", "meadow"),
        ("EXT. SOMEWHERE - DAY", None),
        ("INT. CAVE - NIGHT", None),
        ("INT. FOREST LODGE - DAY", None),
        ("EXT. BEACH HOUSE - DAY", "beach"),
        ("外景 海滩 白天", "beach"),
        ("内景 厨房 夜", "living-room"),
        ("", None),
    ],
)
def test_a_heading_puts_its_shots_before_the_place_that_it_names(heading: str, backdrop: str | None) -> None:
    plate = plate_of_heading(heading)
    assert (plate.name if plate else None) == backdrop


async def test_names_in_scripts_without_spaces_are_found() -> None:
    fountain = ".厨房 白天\n\n小明笑了。然后看向左边。\n\n@小明\n终于来了。\n"
    film = plan_film(await read_screenplay(fountain), [("chr_1", "小明")])
    (scene,) = film.scenes
    assert [[one.character_id for one in shot.characters] for shot in scene.shots] == [["chr_1"], ["chr_1"]]
    assert [(line.character_id, line.text) for line in scene.shots[1].dialogue] == [("chr_1", "终于来了。")]


SHARED = "INT. A\n\nAda Byron waits for Grace.\n\nADA\nAt last.\n\nGRACE\nNo.\n"


@pytest.mark.parametrize(
    ("cast", "seen", "unmatched", "shared"),
    [
        ([("1", "Ada Byron"), ("2", "Grace")], [["1", "2"], ["1"], ["2"]], [], {}),
        ([("1", "Ada Byron"), ("2", "ada_byron"), ("3", "Grace")], [["1", "3"], ["1"], ["3"]], [], {"1": ("2",)}),
        ([("1", "Grace"), ("2", "Grace"), ("3", "Grace")], [["1"], [], ["1"]], ["ADA"], {"1": ("2", "3")}),
        ([("1", "Ada Lovelace"), ("2", "Ada Byron")], [["2"], [], []], ["ADA", "GRACE"], {}),
        ([("1", "Ada Lovelace"), ("2", "Ada")], [["2"], ["2"], []], ["GRACE"], {}),
        ([("1", "Max"), ("2", "Max")], [[], [], []], ["ADA", "GRACE"], {}),
    ],
    ids=["one each", "mentioned alike", "three of a name", "one first name", "a whole name first", "not in the script"],
)
async def test_of_several_of_one_name_the_oldest_is_cast_and_that_is_told(
    cast: list[tuple[str, str]], seen: list[list[str]], unmatched: list[str], shared: dict[str, tuple[str, ...]]
) -> None:
    film = plan_film(await read_screenplay(SHARED), cast)
    shots = film.scenes[0].shots
    assert [[one.character_id for one in shot.characters] for shot in shots] == seen
    assert film.unmatched == unmatched
    assert {one.character_id: one.other_ids for one in film.shared} == shared


async def test_a_paragraph_that_no_shot_can_hold_becomes_several_and_loses_nothing() -> None:
    words = [f"word{number}" for number in range(2000)]
    film = plan_film(await read_screenplay("INT. A\n\n" + " ".join(words) + "\n\nADA\n" + " ".join(words)), CAST)
    shots = film.scenes[0].shots
    assert " ".join(shot.prompt for shot in shots if not shot.dialogue).split() == words
    assert " ".join(line.text for shot in shots for line in shot.dialogue).split() == words


@pytest.mark.parametrize(
    "text",
    [
        "/*" * 100_000, "[[" * 150_000, "*a " * 100_000, "INT. " + " " * 300_000 + "x", "INT. #" + "#a" * 150_000,
        "(" * 200_000,
    ],
    ids=["boneyards", "notes", "emphasis", "blanks", "numbers", "brackets"],
)  # fmt: skip
async def test_text_that_is_made_to_hang_is_read_or_refused_in_time(text: str) -> None:
    began = time.monotonic()
    try:
        told = await read_screenplay(f"INT. A\n\n{text}\n")
    except ScreenplayUnreadable as refused:
        words = refused.detail
    else:
        words = "" if told["elements"] else "nothing was read"
    assert words in ("", "the text takes too long to read, or is no Fountain: import it in parts")
    assert time.monotonic() - began < 25


async def test_whatever_breaks_the_reader_is_a_screenplay_that_cannot_be_read(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "fountain.py"
    for program in ("raise RuntimeError('inside')", "raise MemoryError", "import os; os.abort()", "print('{')", ""):
        broken.write_text(program)
        monkeypatch.setattr(screenplay, "_READER", broken)
        refused = await tenant.http.post("/v1/projects/import", json={"fountain": "INT. A\n\nShe nods."})
        assert (refused.status_code, refused.json()["code"]) == (422, "screenplay_unreadable"), program
        assert "inside" not in refused.text


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    text=st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), min_size=1, max_size=30).map("".join),
    names=st.lists(st.text(min_size=1, max_size=80), max_size=4),
)
def test_any_text_and_any_cast_make_a_film(text: str, names: list[str]) -> None:
    film = plan_film(read(text), [(f"chr_{number}", name) for number, name in enumerate(names)])
    assert all(shot.prompt or shot.dialogue for scene in film.scenes for shot in scene.shots)


async def test_a_character_whose_name_is_blank_is_never_spoken_of(tenant: Tenant, database: Database) -> None:
    await cast(tenant, database, " ")
    imported = told(await tenant.http.post("/v1/projects/import", json={"fountain": LETTER}), 201)
    assert imported["matched"] == []


async def cast(tenant: Tenant, database: Database, name: str) -> str:
    character_id = new_id("chr")
    async with database.write(org_id=tenant.org_id) as session:
        character = Character(
            id=character_id, org_id=tenant.org_id, name=name, template=b"", template_pack="none", template_strength=1.0
        )
        await insert_character(session, character, [])
    return character_id


async def test_an_import_is_a_film_and_one_edit(tenant: Tenant, database: Database) -> None:
    ada = await cast(tenant, database, "Ada Lovelace")
    imported = told(await tenant.http.post("/v1/projects/import", json={"fountain": LETTER}), 201)
    board = imported["board"]
    assert board["project"]["name"] == "The Letter"
    assert board["project"]["counts"] == {"scenes": 3, "shots": 6, "takes": 0, "circled": 0}
    assert layout(board)["EXT. GARDEN - NIGHT"] == [
        "3A They stand under the tree.",
        "3B Ada Lovelace talks. Max talks.",
    ]
    assert imported["matched"] == [{"name": "ADA", "character_id": ada}]
    assert imported["unmatched"] == ["GRACE HOPPER", "MAX"]
    assert board["can_undo"] == "import the screenplay"
    undone = told(await tenant.http.post(f"/v1/projects/{board['project']['id']}/undo"))
    assert undone["scenes"] == []
    named = told(await tenant.http.post("/v1/projects/import", json={"fountain": "Ada nods.", "name": "Mine"}), 201)
    assert named["board"]["project"]["name"] == "Mine"


async def test_an_import_tells_which_of_two_of_one_name_it_cast(tenant: Tenant, database: Database) -> None:
    older, younger = [await cast(tenant, database, "Ada Lovelace") for _ in range(2)]
    imported = told(await tenant.http.post("/v1/projects/import", json={"fountain": LETTER}), 201)
    assert imported["matched"] == [{"name": "ADA", "character_id": older}]
    assert imported["shared"] == [{"name": "Ada Lovelace", "character_id": older, "other_ids": [younger]}]


async def test_what_is_no_film_or_too_long_a_one_leaves_nothing(tenant: Tenant) -> None:
    refusals: list[tuple[Any, int, str]] = [
        ("   \n\n", 422, "screenplay_unreadable"),
        ("INT. A\n\nShe nods.\n\n" * 501, 409, "board_full"),
        ("x" * 400_001, 422, "invalid_request"),
    ]
    for fountain, status, code in refusals:
        refused = await tenant.http.post("/v1/projects/import", json={"fountain": fountain})
        assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert told(await tenant.http.get("/v1/projects"))["data"] == []
