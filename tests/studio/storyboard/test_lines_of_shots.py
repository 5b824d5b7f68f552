"""Lines on a board: kept as typed, undone like any edit, rendered with the shot, and what makes a take stale."""

from __future__ import annotations

import pytest

from storage.queries.storyboard import get_board_rows
from storage.unit import Database
from studio.storyboard.board_view import read_content
from studio.storyboard.lines import lines_of_text
from tests.studio.conftest import Tenant
from tests.studio.storyboard.films import Film, open_film, told


@pytest.fixture
async def film(tenant: Tenant) -> Film:
    return await open_film(tenant.http)


async def test_whatever_is_typed_into_a_line_is_kept(tenant: Tenant, film: Film) -> None:
    typed = "🙂 <speak>" + "x" * 5000
    shot_id = await film.shot(await film.scene(), "a", dialogue=[{"id": "a", "text": typed, "speaker": "MAX"}])
    shot = next(one for scene in (await film.board())["scenes"] for one in scene["shots"] if one["id"] == shot_id)
    assert (shot["dialogue"][0]["text"], shot["dialogue"][0]["speaker"]) == (typed, "MAX")
    missing = await tenant.http.patch(f"/v1/shots/{shot_id}", json={"dialogue": [{"recording": "ast_none"}]})
    assert (missing.status_code, missing.json()["field"]) == (404, "dialogue")
    nobody = await tenant.http.patch(f"/v1/shots/{shot_id}", json={"dialogue": [{"character_id": "chr_none"}]})
    assert (nobody.status_code, nobody.json()["field"]) == (404, "dialogue")


async def test_lines_are_undone_and_typing_is_one_edit(tenant: Tenant, film: Film) -> None:
    shot_id = await film.shot(await film.scene(), "a")

    async def say(*texts: str) -> None:
        lines = [{"id": str(place), "text": text} for place, text in enumerate(texts)]
        told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"dialogue": lines}))

    for texts in (("H",), ("Hello",), ("Hello.",), ("Hello.", "Yes?")):
        await say(*texts)
    seen = []
    for _ in range(3):
        board = told(await tenant.http.post(f"/v1/projects/{film.id}/undo"))
        seen.append(
            [line["text"] for line in board["scenes"][0]["shots"][0]["dialogue"]]
            if board["scenes"][0]["shots"]
            else None
        )
    assert seen == [["Hello."], ["H"], []]


async def test_a_films_pronunciations_are_an_edit_like_any(tenant: Tenant, film: Film) -> None:
    said = {"Siobhan": "Shivawn", "长街": "chang2 jie1"}
    told(await tenant.http.patch(f"/v1/projects/{film.id}", json={"pronunciations": said}))
    assert (await film.board())["project"]["pronunciations"] == said
    board = told(await tenant.http.post(f"/v1/projects/{film.id}/undo"))
    assert board["project"]["pronunciations"] == {}
    assert board["redo"]["action"] == "pronounce"
    empty = await tenant.http.patch(f"/v1/projects/{film.id}", json={"pronunciations": {"": "x"}})
    assert empty.status_code == 422


async def test_the_script_of_a_board_from_before_there_were_lines_becomes_lines(
    tenant: Tenant, film: Film, database: Database
) -> None:
    shot_id = await film.shot(await film.scene(), "a")
    async with database.write(org_id=tenant.org_id) as session:
        rows = await get_board_rows(session, org_id=tenant.org_id, project_id=film.id, ids=[shot_id])
        row = rows[shot_id]
        row.content = row.content | {"dialogue": "ADA: (softly) At last.\nYes."}
    async with database.read(org_id=tenant.org_id) as session:
        rows = await get_board_rows(session, org_id=tenant.org_id, project_id=film.id, ids=[shot_id])
        lines = read_content(rows[shot_id]).dialogue
    assert [(line.speaker, line.parenthetical, line.text) for line in lines] == [
        ("ADA", "softly", "At last."),
        ("", "", "Yes."),
    ]


def test_of_a_text_of_many_rows_nothing_is_lost() -> None:
    rows = [f"ADA: Number {number}." for number in range(30)]
    lines = lines_of_text("\n".join(rows))
    assert len(lines) == 12
    assert "Number 29." in lines[-1].text
