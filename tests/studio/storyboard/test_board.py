"""A board: scenes and shots in order, numbered by their place; every edit of it undone and done again."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.event import listen

from storage.queries.events import list_events
from storage.queries.storyboard import EDITS_KEPT
from storage.unit import Database
from studio.generation.slates import letters
from studio.storyboard import board as boards
from tests.studio.conftest import Tenant
from tests.studio.storyboard.films import Film, layout, open_film, told
from tests.studio.storyboard.long_film import fill_film


@pytest.fixture
async def film(tenant: Tenant) -> Film:
    return await open_film(tenant.http)


async def two_scenes(film: Film) -> tuple[str, str, list[str]]:
    """Scene K with shots a, b, c and scene G with d."""
    kitchen, garden = await film.scene("K"), await film.scene("G")
    shots = [await film.shot(kitchen, prompt) for prompt in "abc"]
    return kitchen, garden, [*shots, await film.shot(garden, "d")]


def steady(board: dict[str, Any]) -> dict[str, Any]:
    """A board without what grows with every change."""
    project = {name: value for name, value in board["project"].items() if name != "revision"}
    return {"project": project, "scenes": board["scenes"]}


async def test_shots_are_numbered_by_their_place(film: Film) -> None:
    kitchen, _, shots = await two_scenes(film)
    board = await film.board()
    assert layout(board) == {"K": ["1A a", "1B b", "1C c"], "G": ["2A d"]}
    await film.shot(kitchen, "first", after=None)
    await film.shot(kitchen, "between", after=shots[0])
    await film.scene("opening", after=None)
    board = await film.board()
    assert layout(board) == {
        "opening": [],
        "K": ["2A first", "2B a", "2C between", "2D b", "2E c"],
        "G": ["3A d"],
    }
    assert [scene["ordinal"] for scene in board["scenes"]] == [1, 2, 3]
    assert board["project"]["counts"] == {"scenes": 3, "shots": 6, "takes": 0, "circled": 0}


async def test_shots_are_deleted_together_and_come_back_together(film: Film, tenant: Tenant) -> None:
    _, _, shots = await two_scenes(film)
    board = told(await tenant.http.post("/v1/shots/delete", json={"shot_ids": [shots[0], shots[3]]}))
    assert layout(board) == {"K": ["1A b", "1B c"], "G": []}
    assert (board["can_undo"], board["undo"]["action"], board["undo"]["shots"]) == ("delete 2 shots", "delete_shots", 2)
    board = told(await tenant.http.post(f"/v1/projects/{board['project']['id']}/undo"))
    assert layout(board) == {"K": ["1A a", "1B b", "1C c"], "G": ["2A d"]}
    twice = await tenant.http.post("/v1/shots/delete", json={"shot_ids": [shots[0], shots[0]]})
    assert (twice.status_code, twice.json()["field"]) == (422, "shot_ids")


def test_letters_go_on_after_z() -> None:
    assert [letters(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


async def test_several_shots_move_across_scenes_in_one_edit(film: Film) -> None:
    _, garden, (a, b, c, d) = await two_scenes(film)
    before = await film.board()
    board = await film.move([c, a], garden, after=d)
    assert layout(board) == {"K": ["1A b"], "G": ["2A d", "2B c", "2C a"]}
    assert board["can_undo"] == "move 2 shots to scene 2"
    assert board["undo"] == {"action": "move_shots", "scene": 2, "shot": None, "shots": 2}
    undone = await film.undo()
    assert steady(undone) == steady(before)
    assert (undone["can_undo"], undone["can_redo"]) == ("add shot 2A", "move 2 shots to scene 2")
    assert layout(await film.redo()) == layout(board)
    board = await film.move([b], garden)
    assert layout(board) == {"K": [], "G": ["2A b", "2B d", "2C c", "2D a"]}
    assert board["can_undo"] == "move 1A to scene 2"
    assert (await film.move([d], garden, after=a))["can_undo"] == "move 2B to scene 2"


async def test_a_move_that_makes_no_sense_changes_nothing(film: Film, tenant: Tenant) -> None:
    kitchen, garden, (a, _, _, d) = await two_scenes(film)
    before = await film.board()
    elsewhere = await open_film(tenant.http, "Another")
    foreign = await elsewhere.shot(await elsewhere.scene())
    for body, status in (
        ({"shot_ids": [a, a], "scene_id": garden, "after": None}, 422),
        ({"shot_ids": [a], "scene_id": garden, "after": a}, 422),
        ({"shot_ids": [a], "scene_id": kitchen, "after": d}, 404),
        ({"shot_ids": [a, foreign], "scene_id": garden, "after": None}, 404),
        ({"shot_ids": [a], "scene_id": garden}, 422),
    ):
        assert (await tenant.http.post("/v1/shots/move", json=body)).status_code == status, body
    assert await film.board() == before


async def test_scenes_move_and_are_renamed(film: Film, tenant: Tenant) -> None:
    kitchen, garden, _ = await two_scenes(film)
    board = told(await tenant.http.post(f"/v1/scenes/{garden}/move", json={"after": None}))
    assert list(layout(board)) == ["G", "K"]
    board = told(await tenant.http.post(f"/v1/scenes/{garden}/move", json={"after": kitchen}))
    assert list(layout(board)) == ["K", "G"]
    scene = told(await tenant.http.patch(f"/v1/scenes/{kitchen}", json={"heading": "CELLAR"}))
    assert (scene["heading"], [shot["number"] for shot in scene["shots"]]) == ("CELLAR", ["1A", "1B", "1C"])
    assert list(layout(await film.undo())) == ["K", "G"]
    assert list(layout(await film.undo())) == ["G", "K"]


async def test_what_is_deleted_comes_back_where_it_was(film: Film, tenant: Tenant) -> None:
    kitchen, _, (_, b, *_) = await two_scenes(film)
    before = await film.board()
    board = told(await tenant.http.delete(f"/v1/shots/{b}"))
    assert layout(board) == {"K": ["1A a", "1B c"], "G": ["2A d"]}
    assert board["can_undo"] == "delete 1B"
    assert (await tenant.http.get(f"/v1/shots/{b}")).status_code == 404
    board = told(await tenant.http.delete(f"/v1/scenes/{kitchen}"))
    assert layout(board) == {"G": ["1A d"]}
    assert (await tenant.http.post(f"/v1/scenes/{kitchen}/shots", json={"prompt": "x"})).status_code == 404
    assert board["project"]["counts"] == {"scenes": 1, "shots": 1, "takes": 0, "circled": 0}
    await film.undo()
    assert steady(await film.undo()) == steady(before)


async def test_a_duplicate_stands_beside_its_shot(film: Film, tenant: Tenant) -> None:
    _, _, (a, *_) = await two_scenes(film)
    await tenant.http.patch(f"/v1/shots/{a}", json={"seed": 7, "camera": "in"})
    copy = told(await tenant.http.post(f"/v1/shots/{a}/duplicate"), 201)
    assert (copy["number"], copy["prompt"], copy["seed"], copy["camera"]["move"]) == ("1B", "a", 7, "push_in")
    assert layout(await film.board())["K"] == ["1A a", "1B a", "1C b", "1D c"]
    assert layout(await film.undo())["K"] == ["1A a", "1B b", "1C c"]


async def test_several_shots_are_duplicated_at_once_and_go_again_at_once(film: Film, tenant: Tenant) -> None:
    _, _, (a, _, c, d) = await two_scenes(film)
    before = await film.board()
    made = told(await tenant.http.post("/v1/shots/duplicate", json={"shot_ids": [d, c, a]}), 201)
    assert layout(made["board"]) == {"K": ["1A a", "1B b", "1C c", "1D a", "1E c"], "G": ["2A d", "2B d"]}
    copies = [shot["id"] for scene in made["board"]["scenes"] for shot in scene["shots"]]
    assert made["shot_ids"] == [copies[3], copies[4], copies[6]]
    assert made["board"]["can_undo"] == "duplicate 3 shots"
    assert steady(await film.undo()) == steady(before)
    assert layout(await film.redo()) == layout(made["board"])
    twice = await tenant.http.post("/v1/shots/duplicate", json={"shot_ids": [a, a]})
    assert (twice.status_code, twice.json()["field"]) == (422, "shot_ids")


async def test_a_shot_changes_only_where_it_is_told_to(film: Film, tenant: Tenant) -> None:
    shot_id = await film.shot(await film.scene(), "a", dialogue=[{"text": "At last."}], seconds=3)
    shot = told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"framing": "ws", "size": "512x288"}))
    assert (shot["prompt"], shot["seconds"], shot["framing"], shot["size"]) == ("a", 3.0, "ws", "512x288")
    shot = told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"size": None, "dialogue": []}))
    assert (shot["size"], shot["dialogue"], shot["framing"]) == (None, [], "ws")
    refused = await tenant.http.patch(f"/v1/shots/{shot_id}", json={"model": None})
    assert (refused.status_code, refused.json()["field"]) == (422, "model")
    for body in ({"seconds": 0}, {"camera": "sideways"}, {"colour": "red"}, {"size": "tall"}, {"seed": -1}):
        assert (await tenant.http.patch(f"/v1/shots/{shot_id}", json=body)).status_code == 422
    revision = (await film.board())["revision"]
    told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"framing": "ws"}))
    assert (await film.board())["revision"] == revision, "an edit that changes nothing is none"


async def test_a_shot_names_only_what_is_there(film: Film, tenant: Tenant) -> None:
    scene_id = await film.scene()
    body: dict[str, Any] = {"characters": [{"character_id": "chr_nobody"}]}
    assert (await tenant.http.post(f"/v1/scenes/{scene_id}/shots", json=body)).json()["code"] == "not_found"
    body = {"plate": {"kind": "image", "asset_id": "ast_nothing"}}
    assert (await tenant.http.post(f"/v1/scenes/{scene_id}/shots", json=body)).json()["code"] == "not_found"
    assert layout(await film.board()) == {"INT. KITCHEN - DAY": []}


async def test_another_edit_ends_what_could_be_done_again(film: Film, tenant: Tenant) -> None:
    kitchen, _, _ = await two_scenes(film)
    assert (await film.undo())["can_redo"] == "add shot 2A"
    await film.shot(kitchen, "e")
    board = await film.board()
    assert (board["can_undo"], board["can_redo"]) == ("add shot 1D", None)
    refused = await tenant.http.post(f"/v1/projects/{film.id}/redo")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_undo")
    for _ in range(6):
        board = await film.undo()
    assert (layout(board), board["can_undo"]) == ({}, None)
    assert (await tenant.http.post(f"/v1/projects/{film.id}/undo")).json()["code"] == "nothing_to_undo"


async def test_the_name_and_the_shape_of_a_film_are_edits_too(film: Film, tenant: Tenant) -> None:
    changed = told(await tenant.http.patch(f"/v1/projects/{film.id}", json={"name": "Night", "aspect": "2.39:1"}))
    assert (changed["name"], changed["aspect"]) == ("Night", "2.39:1")
    board = await film.undo()
    assert (board["project"]["name"], board["project"]["aspect"]) == ("The Letter", "16:9")


async def test_what_is_typed_without_a_pause_is_one_edit(film: Film, tenant: Tenant) -> None:
    shot_id = await film.shot(await film.scene(), "a")
    other = await film.shot(await film.scene("G"), "b")

    async def change(**content: Any) -> None:  # noqa: ANN401 (JSON)
        told(await tenant.http.patch(f"/v1/shots/{shot_id}", json=content))

    for words in ("a n", "a nod", "a nod of the head"):
        await change(prompt=words)
    await change(framing="ws")
    await change(framing="ms")
    await change(prompt="another")
    told(await tenant.http.patch(f"/v1/shots/{other}", json={"prompt": "elsewhere"}))
    await change(prompt="yet another")
    seen = [(await film.board())["scenes"][0]["shots"][0]]
    for _ in range(6):
        seen.append((await film.undo())["scenes"][0]["shots"][0])
    assert [(shot["prompt"], shot["staged"]["framing"]) for shot in seen] == [
        ("yet another", "ms"), ("another", "ms"), ("another", "ms"), ("a nod of the head", "ms"),
        ("a nod of the head", "ws"), ("a nod of the head", "cu"), ("a", "cu"),
    ]  # fmt: skip
    await film.redo()
    await film.undo()
    await change(prompt="a new beginning")
    assert (await film.board())["can_redo"] is None


@pytest.fixture
def every_change_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.storyboard.editing.TYPING", timedelta(0))


@pytest.mark.usefixtures("every_change_by_itself")
async def test_any_row_of_edits_can_be_undone_and_done_again(film: Film, tenant: Tenant) -> None:
    """Whatever was done: all undos bring back each board in turn, and all redos each one after it."""
    chance = random.Random(5)  # noqa: S311 (the same row of edits every time)
    await two_scenes(film)
    history = [steady(await film.board())]
    for number in range(25):
        board = await film.board()
        scenes = board["scenes"]
        shots = [shot["id"] for scene in scenes for shot in scene["shots"]]
        scene_ids = [scene["id"] for scene in scenes]
        match chance.randrange(6):
            case 0:
                await film.move(chance.sample(shots, 2), chance.choice(scene_ids))
            case 1:
                await tenant.http.delete(f"/v1/shots/{chance.choice(shots)}")
            case 2:
                await film.shot(chance.choice(scene_ids), f"new {number}", after=None)
            case 3:
                await tenant.http.patch(f"/v1/shots/{chance.choice(shots)}", json={"prompt": f"changed {number}"})
            case 4:
                await tenant.http.post(f"/v1/shots/{chance.choice(shots)}/duplicate")
            case _:
                await tenant.http.post(f"/v1/scenes/{scene_ids[-1]}/move", json={"after": None})
        history.append(steady(await film.board()))
    assert (await film.board())["can_redo"] is None
    changed = [board for board, before in zip(history[1:], history, strict=False) if board != before]
    for expected in reversed([history[0], *changed[:-1]]):
        assert steady(await film.undo()) == expected
    for expected in changed:
        assert steady(await film.redo()) == expected
    assert (await film.board())["can_redo"] is None


@pytest.mark.usefixtures("every_change_by_itself")
async def test_two_members_who_edit_at_once_lose_nothing(film: Film, tenant: Tenant) -> None:
    kitchen, garden, (a, b, _, d) = await two_scenes(film)
    before = await film.board()
    replies = await asyncio.gather(
        *(tenant.http.post(f"/v1/scenes/{kitchen}/shots", json={"prompt": f"p{n}"}) for n in range(8)),
        *(tenant.http.patch(f"/v1/shots/{b}", json={"prompt": f"b{n}"}) for n in range(4)),
        film.http.post("/v1/shots/move", json={"shot_ids": [a], "scene_id": garden, "after": d}),
        tenant.http.delete(f"/v1/shots/{d}"),
    )
    after = await film.board()
    done = [reply for reply in replies if reply.status_code < 300]
    assert len(done) >= 13, [reply.text for reply in replies]  # the move may have met its neighbour deleted
    assert after["revision"] == before["revision"] + len(done)
    numbers = [shot["number"] for shot in after["scenes"][0]["shots"]]
    assert numbers == [f"1{letters(place)}" for place in range(len(numbers))]
    for _ in done:
        board = await film.undo()
    assert steady(board) == steady(before)


async def test_a_board_is_bounded(film: Film, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "MOST_SHOTS", 4)
    monkeypatch.setattr("studio.storyboard.editing.MOST_SHOTS", 4)
    kitchen, _, (a, *_) = await two_scenes(film)
    full = await tenant.http.post(f"/v1/scenes/{kitchen}/shots", json={"prompt": "one too many"})
    assert (full.status_code, full.json()["code"]) == (409, "board_full")
    assert (await tenant.http.post(f"/v1/shots/{a}/duplicate")).status_code == 409
    assert (await tenant.http.post("/v1/shots/duplicate", json={"shot_ids": [a]})).status_code == 409
    assert layout(await film.board())["K"] == ["1A a", "1B b", "1C c"]


async def test_the_log_keeps_the_newest_edits(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    assert EDITS_KEPT >= 100
    monkeypatch.setattr("storage.queries.storyboard.EDITS_KEPT", 3)
    for number in range(5):
        await film.scene(str(number))
    for _ in range(3):
        board = await film.undo()
    assert (list(layout(board)), board["can_undo"]) == (["0", "1"], None)


async def test_every_change_is_told_in_the_stream_once(film: Film, tenant: Tenant, database: Database) -> None:
    await two_scenes(film)
    board = await film.undo()
    async with database.read(org_id=tenant.org_id) as session:
        events = await list_events(session, org_id=tenant.org_id, after=0, limit=100)
    told_of = [(event.type, event.take_id, event.payload) for event in events]
    assert told_of == [
        ("board.changed", None, {"project_id": film.id, "revision": revision})
        for revision in range(1, board["revision"] + 1)
    ]


async def test_films_are_listed_newest_first(tenant: Tenant) -> None:
    films = [await open_film(tenant.http, name) for name in "abc"]
    page = told(await tenant.http.get("/v1/projects", params={"limit": 2}))
    assert [one["name"] for one in page["data"]] == ["c", "b"]
    page = told(await tenant.http.get("/v1/projects", params={"limit": 2, "after": page["last_id"]}))
    assert ([one["name"] for one in page["data"]], page["has_more"]) == (["a"], False)
    assert told(await tenant.http.get(f"/v1/projects/{films[0].id}"))["poster_take_id"] is None


async def test_a_long_board_takes_no_more_queries_than_a_short_one(
    tenant: Tenant, database: Database, other_tenant: Tenant
) -> None:
    short = await fill_film(database, tenant.org_id, scenes=1, shots=2, takes=2, frames=12)
    long = await fill_film(database, tenant.org_id, scenes=6, shots=10, takes=3, frames=12)
    asked: list[str] = []

    def count(*event: object) -> None:
        if "key_sha256" not in str(event[2]):  # a key is looked up once a second
            asked.append(str(event[2]))

    for engine in database.engines:
        listen(engine.sync_engine, "before_cursor_execute", count)
    counts = []
    await tenant.http.get("/v1/projects")  # the key is touched
    for film in (short, long):
        asked.clear()
        board = told(await tenant.http.get(f"/v1/projects/{film.project_id}/board"))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 16, asked
    shot = board["scenes"][-1]["shots"][-1]
    assert (shot["number"], shot["takes"]["total"], shot["stale"]) == ("6J", 3, [])
    assert [one["verdict"] for one in shot["verdicts"]] == ["pass", "pass"]
    assert shot["verdicts"][0]["score"] == pytest.approx(0.53), "the best one's"
    assert (await other_tenant.http.get(f"/v1/projects/{long.project_id}/board")).status_code == 404


async def test_what_no_database_can_keep_breaks_nothing(film: Film, tenant: Tenant) -> None:
    scene_id = await film.scene()
    calls: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", "/v1/projects", {"name": "a\u0000b"}),
        ("POST", f"/v1/scenes/{scene_id}/shots", {"prompt": "a\u0000b"}),
        ("GET", "/v1/shots/a%00b", None),
        ("GET", "/v1/projects?after=a%00b", None),
    ]
    for method, path, body in calls:
        reply = await tenant.http.request(method, path, json=body)
        assert reply.status_code in (200, 201, 404, 422), reply.text  # SQLite keeps it
        assert "code" in reply.json() or reply.status_code < 300
    half = await tenant.http.post(
        "/v1/projects", content=b'{"name": "\\ud800"}', headers={"content-type": "application/json"}
    )
    assert half.status_code == 422
