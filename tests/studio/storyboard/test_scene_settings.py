"""What shots of a scene have in common: inherited, overridden, taken back, undone; a grade renders nothing again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from inference.media import ambience
from studio.storyboard.grading import ColourFilter, Grade, filter_of
from studio.storyboard.scene_heading import light_of_heading
from studio.storyboard.scene_setting import Ambience
from tests.studio.conftest import Tenant
from tests.studio.storyboard.films import Film, open_film, told

BEACH = {"kind": "backdrop", "name": "beach"}
OFFICE = {"kind": "backdrop", "name": "office"}


@pytest.fixture
async def film(tenant: Tenant) -> Film:
    return await open_film(tenant.http)


async def staged(film: Film, shot_id: str) -> dict[str, Any]:
    shot: dict[str, Any] = told(await film.http.get(f"/v1/shots/{shot_id}"))["staged"]
    return shot


async def test_shots_take_what_they_leave_out_from_their_scene(film: Film) -> None:
    scene = await film.scene("EXT. BEACH - NIGHT")
    plain, own = await film.shot(scene), await film.shot(scene, plate=OFFICE, framing="ws", light="day")
    bare = {"framing": "cu", "plate": {"kind": "reference"}, "light": None}
    assert (await staged(film, plain)).items() >= bare.items()
    setting = {"plate": BEACH, "framing": "ms", "light": "night"}
    seen = told(await film.http.patch(f"/v1/scenes/{scene}", json={"setting": setting}))
    assert seen["heading"] == "EXT. BEACH - NIGHT"
    assert seen["setting"].items() >= setting.items()
    assert (await staged(film, plain)).items() >= setting.items()
    assert (await staged(film, own)).items() >= {"framing": "ws", "plate": OFFICE, "light": "day"}.items()
    told(await film.http.patch(f"/v1/shots/{own}", json={"plate": None, "framing": None, "light": None}))
    assert await staged(film, own) == await staged(film, plain)
    board = await film.undo()
    assert board["scenes"][0]["shots"][1]["staged"]["plate"] == OFFICE
    await film.undo()
    assert (await staged(film, plain)).items() >= bare.items()


async def test_a_shot_that_moves_takes_the_setting_of_where_it_is(film: Film) -> None:
    beach = await film.scene("EXT. BEACH - DAY", setting={"plate": BEACH})
    office = await film.scene("INT. OFFICE - DAY", setting={"plate": OFFICE})
    shot = await film.shot(beach)
    assert (await staged(film, shot))["plate"] == BEACH
    await film.move([shot], office)
    assert (await staged(film, shot))["plate"] == OFFICE


async def test_a_heading_suggests_what_is_not_set_yet(film: Film) -> None:
    scene = await film.scene("INT. LIVING ROOM - NIGHT")
    (seen,) = (await film.board())["scenes"]
    room = {"kind": "backdrop", "name": "living-room"}
    assert seen["suggested"] == {"plate": room, "light": "lamplight"}
    seen = told(await film.http.patch(f"/v1/scenes/{scene}", json={"setting": {"plate": room}}))
    assert seen["suggested"] == {"plate": None, "light": "lamplight"}


async def test_grades_are_numbers_and_one_drag_of_a_slider_is_one_edit(film: Film) -> None:
    scene = await film.scene()
    shot = await film.shot(scene)
    assert (await staged(film, shot))["colours"] is None
    for exposure in (0.1, 0.4, 0.8):
        told(await film.http.patch(f"/v1/scenes/{scene}", json={"setting": {"grade": {"exposure": exposure}}}))
    told(await film.http.patch(f"/v1/shots/{shot}", json={"grade": {"style": "noir"}}))
    seen = await staged(film, shot)
    assert (seen["grade"]["style"], seen["grade"]["exposure"]) == ("noir", 0.0)
    red, green, blue = seen["colours"]["matrix"]
    assert red == green == blue, "it has no colour left"
    await film.undo()
    assert (await staged(film, shot))["grade"]["exposure"] == 0.8
    board = await film.undo()
    assert board["scenes"][0]["setting"]["grade"]["exposure"] == 0.0
    assert board["scenes"][0]["heading"] == "INT. KITCHEN - DAY"


@pytest.mark.parametrize(
    ("setting", "status", "field"),
    [
        ({"grade": {"exposure": 3}}, 422, "setting.grade.exposure"),
        ({"grade": {"style": "sepia"}}, 422, "setting.grade.style"),
        ({"light": "laser"}, 422, "setting.light"),
        ({"plate": {"kind": "image", "asset_id": "ast_nothing"}}, 404, "setting.plate"),
    ],
)
async def test_a_setting_that_cannot_be_is_refused_and_the_scene_stays(
    film: Film, setting: dict[str, Any], status: int, field: str
) -> None:
    scene = await film.scene()
    before = (await film.board())["scenes"]
    refused = await film.http.patch(f"/v1/scenes/{scene}", json={"setting": setting})
    assert refused.status_code == status, refused.text
    assert field in refused.text
    assert (await film.board())["scenes"] == before


@pytest.mark.parametrize(
    ("heading", "light"),
    [
        ("INT. KITCHEN - NIGHT", "lamplight"),
        ("EXT. ALLEY - NIGHT", "night"),
        ("EXT. GARDEN - DAY", "day"),
        ("INT. CHAPEL - CANDLELIGHT", "candlelight"),
        ("EXT. LAKE - NIGHT, MOONLIGHT", "moonlight"),
        ("EXT. BEACH - SUNSET", "golden_hour"),
        ("EXT. ROOF - DUSK", "dusk"),
        ("EXT. MOOR - OVERCAST", "overcast"),
        ("内景 厨房 夜", "lamplight"),
        ("外景 海滩 日", "day"),
        ("外景 海滩 黄昏", "dusk"),
        ("INT. KITCHEN - CONTINUOUS", None),
        ("", None),
    ],
)
def test_a_heading_says_the_light(heading: str, light: str | None) -> None:
    assert light_of_heading(heading) == light


def applied(colours: ColourFilter, rgb: tuple[float, float, float]) -> list[float]:
    def bend(curve: list[float], value: float) -> float:
        place = value * (len(curve) - 1)
        low = min(int(place), len(curve) - 2)
        return curve[low] + (place - low) * (curve[low + 1] - curve[low])

    lit = [bend(curve, value) for curve, value in zip(colours.before, rgb, strict=True)]
    mixed = [
        min(1.0, max(0.0, sum(a * b for a, b in zip(row[:3], lit, strict=True)) + row[3])) for row in colours.matrix
    ]
    return [bend(curve, value) for curve, value in zip(colours.after, mixed, strict=True)]


def filtered(grade: Grade, rgb: tuple[float, float, float]) -> list[float]:
    colours = filter_of(grade)
    assert colours is not None
    return applied(colours, rgb)


def test_every_place_can_be_heard() -> None:
    assert get_args(Ambience) == get_args(ambience.Ambience)
    loops = Path("frontend/studio/public/static/ambiences")
    assert {path.stem for path in loops.iterdir()} == set(get_args(Ambience))


def test_a_grade_does_what_its_words_say() -> None:
    grey = (0.46, 0.46, 0.46)
    assert filter_of(Grade()) is None
    assert filtered(Grade(exposure=1), grey)[1] > 0.55
    assert filtered(Grade(exposure=-1), grey)[1] < 0.36
    assert filtered(Grade(exposure=2), (1.0, 1.0, 1.0)) == pytest.approx([1, 1, 1], abs=0.01)
    red, _, blue = filtered(Grade(temperature=0.6), grey)
    assert red > 0.47
    assert blue < 0.44
    assert filtered(Grade(contrast=1), grey)[1] == pytest.approx(0.46, abs=0.02)
    assert filtered(Grade(contrast=0.6), (0.2, 0.2, 0.2))[0] < 0.15
    assert filtered(Grade(contrast=0.6), (0.8, 0.8, 0.8))[0] > 0.84
    assert max(filtered(Grade(style="noir"), (0.8, 0.2, 0.3))) == pytest.approx(
        min(filtered(Grade(style="noir"), (0.8, 0.2, 0.3))), abs=1e-3
    )
    assert min(filtered(Grade(style="faded"), (0.0, 0.0, 0.0))) > 0.07
