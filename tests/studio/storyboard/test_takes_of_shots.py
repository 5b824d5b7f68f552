"""Takes of shots: rendered by the real workflow, numbered, suggested by score, circled, stale when the shot changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from storage.queries.assets import list_erasable_assets
from storage.queries.characters import get_character, list_references, revoke_consent
from storage.queries.film_erasure import list_projects_to_erase
from storage.queries.shot_takes import KnownFace
from storage.queries.takes import get_take
from storage.tables import Look
from studio.generation.schemas import CastEntry
from studio.storyboard.erasure import finish_erasures
from studio.storyboard.scene_setting import SceneSetting
from studio.storyboard.schemas import ShotContent
from studio.storyboard.staleness import Cast, list_changes, made_of
from tests.postgres import PostgresCluster
from tests.studio.conftest import add_person, sign_in_as
from tests.studio.generation.conftest import Studio, cast_character, open_studio
from tests.studio.generation.test_keyframes import keep_picture
from tests.studio.storyboard.films import Film, open_film, told


@pytest_asyncio.fixture(scope="module", params=["sqlite", "postgresql"])
async def studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    url, name = None, "storyboard_takes"
    if request.param == "postgresql":
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        url = cluster.create(name)
    async with open_studio(tmp_path_factory.mktemp("studio"), url) as opened:
        yield opened
    if url is not None:
        cluster.drop(name)


@pytest.fixture
async def film(studio: Studio) -> Film:
    return await open_film(studio.http)


async def small_shot(studio: Studio, film: Film, prompt: str = "@Eileen nods", **more: object) -> str:
    """A shot that renders in a moment."""
    cast = [{"character_id": studio.character_id}]
    content = {"characters": cast, "size": "256x256", "seconds": 0.5, **more}
    return await film.shot(await film.scene(), prompt, **content)


async def shoot(studio: Studio, shot_id: str, count: int = 1, key: str | None = None) -> list[dict[str, Any]]:
    headers = {"Idempotency-Key": key} if key else {}
    reply = await studio.http.post(f"/v1/shots/{shot_id}/takes", json={"count": count}, headers=headers)
    takes: list[dict[str, Any]] = told(reply, 201)["data"]
    return takes


async def takes_of(studio: Studio, shot_id: str) -> list[dict[str, Any]]:
    takes: list[dict[str, Any]] = told(await studio.http.get(f"/v1/shots/{shot_id}/takes"))["data"]
    return takes


async def shot_of(studio: Studio, shot_id: str) -> dict[str, Any]:
    return told(await studio.http.get(f"/v1/shots/{shot_id}"))


async def score(studio: Studio, take_id: str, value: float, verdict: str = "pass") -> None:
    """Give a finished take another score than its engine gave."""
    async with studio.database.write(org_id=studio.org_id) as session:
        take = await get_take(session, org_id=studio.org_id, take_id=take_id)
        assert take is not None
        assert take.identity is not None
        take.identity = [one | {"score": value, "verdict": verdict} for one in take.identity]


async def test_a_shot_is_rendered_as_it_is_worded(studio: Studio, film: Film) -> None:
    shot_id = await small_shot(studio, film, camera="pan_left", seed=7)
    (take,) = await shoot(studio, shot_id)
    assert take["prompt"] == "Eileen nods", "the previs is given the move itself"
    assert (take["camera"]["move"], take["camera"]["amount"]) == ("pan_left", 0.5)
    assert (take["number"], take["shot_id"], take["seed"], take["size"]) == ("T1", shot_id, 7, "256x256")
    running = (await shot_of(studio, shot_id))["takes"]
    assert running == {"total": 1, "running": 1, "failed": 0, "running_ids": [take["id"]]}
    assert (await studio.until(take["id"]))["state"] == "SUCCEEDED"
    shot = await shot_of(studio, shot_id)
    assert (shot["poster_take_id"], shot["circled_take_id"], shot["stale"]) == (take["id"], None, [])
    assert [one["character_id"] for one in shot["verdicts"]] == [studio.character_id]
    whole, (listed,) = await studio.take(take["id"]), await takes_of(studio, shot_id)
    assert whole.pop("receipt")
    assert all(one.pop("series") for one in whole["identity"])
    of_the_shot = {"number": "T1", "suggested": True, "circled": False, "stale": [], "changed": []}
    assert listed == whole | of_the_shot, "a list leaves out the receipt and the cosines of the frames"
    project = told(await studio.http.get(f"/v1/projects/{film.id}"))
    assert project["poster_take_id"] == take["id"]
    assert project["counts"] == {"scenes": 1, "shots": 1, "takes": 1, "circled": 0}


async def test_variations_have_seeds_of_their_own_and_numbers_go_on(studio: Studio, film: Film) -> None:
    shot_id = await small_shot(studio, film, seed=7)
    four = await shoot(studio, shot_id, count=4, key="four")
    assert await shoot(studio, shot_id, count=4, key="four") == four
    assert len({take["seed"] for take in four}) == 4
    await shoot(studio, shot_id)
    assert [take["number"] for take in await takes_of(studio, shot_id)] == ["T5", "T4", "T3", "T2", "T1"]
    for take in await takes_of(studio, shot_id):
        await studio.until(take["id"])
    reused = await studio.http.post(
        f"/v1/shots/{shot_id}/takes", json={"count": 1}, headers={"Idempotency-Key": "four"}
    )
    assert reused.json()["code"] == "idempotency_key_reused"
    assert (await studio.http.post(f"/v1/shots/{shot_id}/takes", json={"count": 5})).status_code == 422


async def test_the_best_take_that_is_not_stale_is_suggested_and_the_filmmaker_circles(
    studio: Studio, film: Film
) -> None:
    shot_id = await small_shot(studio, film)
    first, second, third = [take["id"] for take in reversed(await shoot(studio, shot_id, count=3))]
    for take_id, value, verdict in ((first, 0.9, "fail"), (second, 0.7, "pass"), (third, 0.6, "pass")):
        await studio.until(take_id)
        await score(studio, take_id, value, verdict)

    async def suggested() -> list[str]:
        return [take["id"] for take in await takes_of(studio, shot_id) if take["suggested"]]

    assert await suggested() == [second]
    assert (await shot_of(studio, shot_id))["poster_take_id"] == second
    before = (await film.board())["revision"]
    shot = told(await studio.http.put(f"/v1/shots/{shot_id}/circled", json={"take_id": third}))
    assert (shot["circled_take_id"], shot["poster_take_id"], shot["verdicts"][0]["score"]) == (third, third, 0.6)
    board = await film.board()
    assert board["revision"] == before + 1
    assert board["can_undo"].startswith("add shot"), "circling is no edit"
    assert [take["circled"] for take in await takes_of(studio, shot_id)] == [True, False, False]

    told(await studio.http.patch(f"/v1/shots/{shot_id}", json={"camera": "in", "seconds": 1}))
    assert await suggested() == []
    assert (await shot_of(studio, shot_id))["stale"] == ["the camera move", "the length"]
    await film.undo()
    assert (await suggested(), (await shot_of(studio, shot_id))["stale"]) == ([second], [])
    assert (
        told(await studio.http.put(f"/v1/shots/{shot_id}/circled", json={"take_id": None}))["circled_take_id"] is None
    )
    other = await small_shot(studio, film)
    assert (await studio.http.put(f"/v1/shots/{other}/circled", json={"take_id": second})).status_code == 404


async def test_what_makes_a_take_stale_is_what_changes_the_picture(studio: Studio, film: Film) -> None:
    other = await cast_character(studio.database, studio.objects, studio.org_id)
    shot_id = await small_shot(studio, film)
    (take,) = await shoot(studio, shot_id)
    await studio.until(take["id"])
    cast = [{"character_id": studio.character_id}]
    photo = await keep_picture(studio, 256, 256)
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({"prompt": "Eileen smiles"}, ["the prompt"]),
        ({"characters": [*cast, {"character_id": other}]}, ["the cast"]),
        ({"characters": [{"character_id": studio.character_id, "placement": "left"}]}, ["the staging"]),
        ({"characters": [{"character_id": studio.character_id, "expected": "partly"}]}, ["whose face should be seen"]),
        ({"framing": "ws"}, ["the framing"]),
        ({"plate": {"kind": "colour", "top": "#101010", "bottom": "#202020"}}, ["the plate"]),
        ({"keyframes": [{"asset_id": photo, "at": "first"}]}, ["the keyframes"]),
        ({"size": "384x384"}, ["the size"]),
        ({"tier": "draft"}, ["the model"]),
        ({"seed": 12}, []),
        ({"light": "night"}, []),  # a previs has its plate's
        ({"grade": {"style": "noir"}}, []),
    ]
    for change, stale in changes:
        assert told(await studio.http.patch(f"/v1/shots/{shot_id}", json=change))["stale"] == stale, change
        await film.undo()
    assert (await shot_of(studio, shot_id))["stale"] == []


async def test_a_take_is_stale_when_its_characters_are_not_what_they_were(studio: Studio, film: Film) -> None:
    ada = await cast_character(studio.database, studio.objects, studio.org_id)
    look = told(
        await studio.http.post(f"/v1/characters/{ada}/looks", json={"name": "Party", "wardrobe": "a red dress"}), 201
    )["id"]
    shot_id = await small_shot(studio, film, "nods", characters=[{"character_id": ada, "look_id": look}])
    await shoot(studio, shot_id)
    told(await studio.http.patch(f"/v1/characters/{ada}/looks/{look}", json={"wardrobe": "a blue dress"}))
    (take,) = await takes_of(studio, shot_id)
    assert take["stale"] == [], "the previs draws no looks"
    async with studio.database.write(org_id=studio.org_id) as session:
        character = await get_character(session, org_id=studio.org_id, character_id=ada)
        assert character is not None
        character.name = "Ada"
        (kept,) = (await list_references(session, org_id=studio.org_id, character_ids=[ada]))[ada]
        kept.asset.sha256 = "1" * 64
    (take,) = await takes_of(studio, shot_id)
    assert take["stale"] == ["Eileen's name", "Eileen's photos"]
    told(await studio.http.delete(f"/v1/characters/{ada}"))
    (take,) = await takes_of(studio, shot_id)
    assert take["stale"] == ["Eileen was deleted"]
    assert take["changed"] == [{"part": "character", "name": "Eileen"}]
    refused = await studio.http.post(f"/v1/shots/{shot_id}/takes", json={})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (
        told(await studio.http.patch(f"/v1/shots/{shot_id}", json={"prompt": "still nods"}))["prompt"] == "still nods"
    )


def test_a_look_counts_where_the_model_draws_it() -> None:
    entry = CastEntry(character_id="chr_1", look_id="look_1")

    def depends(model: str, wardrobe: str) -> dict[str, Any]:
        look = Look(id="look_1", wardrobe=wardrobe, hair="", props="", picture_asset_id=None)
        content = ShotContent(prompt="she nods", characters=[entry], model=model)
        return made_of(
            content,
            SceneSetting(),
            "16:9",
            Cast({"chr_1": KnownFace("Ada", (), ("Ada", None, False))}, {"look_1": look}),
            {},
        )

    large = [depends("wan-vace-14b", wardrobe) for wardrobe in ("red", "blue")]
    assert [change.words for change in list_changes(large[0], large[1])] == ["Ada's look"]
    assert list_changes(depends("previs", "red"), depends("previs", "blue")) == []


async def test_a_deleted_shot_comes_back_with_its_takes(studio: Studio, film: Film) -> None:
    shot_id = await small_shot(studio, film)
    (take,) = await shoot(studio, shot_id)
    await studio.until(take["id"])
    told(await studio.http.put(f"/v1/shots/{shot_id}/circled", json={"take_id": take["id"]}))
    told(await studio.http.delete(f"/v1/shots/{shot_id}"))
    assert (await studio.http.get(f"/v1/shots/{shot_id}/takes")).status_code == 404
    board = await film.undo()
    assert board["scenes"][0]["shots"][0]["circled_take_id"] == take["id"]
    assert [one["id"] for one in await takes_of(studio, shot_id)] == [take["id"]]


async def test_a_scene_renders_what_can_be_rendered_and_says_why_not_the_rest(studio: Studio, film: Film) -> None:
    doubtful = await cast_character(studio.database, studio.objects, studio.org_id)
    async with studio.database.write(org_id=studio.org_id) as session:
        await revoke_consent(session, org_id=studio.org_id, character_id=doubtful)
    scene = await film.scene()
    cast = {"characters": [{"character_id": studio.character_id}], "size": "256x256", "seconds": 0.5}
    good = await film.shot(scene, "Eileen nods", **cast)
    bad = [
        await film.shot(scene, "nobody nods", size="256x256"),
        await film.shot(scene, "@Grace nods", **cast),
        await film.shot(scene, "  ", **cast),
        await film.shot(scene, "she nods", **(cast | {"seconds": 60})),
        await film.shot(scene, "she nods", **(cast | {"characters": [{"character_id": doubtful}]})),
        await film.shot(scene, "she nods", **(cast | {"model": "wan-vace-14b"})),
    ]
    scene_takes = told(await studio.http.post(f"/v1/scenes/{scene}/takes", headers={"Idempotency-Key": "scene"}), 201)
    again = told(await studio.http.post(f"/v1/scenes/{scene}/takes", headers={"Idempotency-Key": "scene"}), 201)
    assert again == scene_takes
    (take,) = scene_takes["data"]
    assert take["shot_id"] == good
    refusals = scene_takes["refusals"]
    assert [one["shot_id"] for one in refusals] == bad
    assert [one["number"] for one in refusals] == ["1B", "1C", "1D", "1E", "1F", "1G"]
    codes = [(one["code"], one["members"].get("field")) for one in refusals]
    assert codes == [
        ("request_refused", "characters"),
        ("request_refused", "prompt"),
        ("request_refused", "prompt"),
        ("request_refused", "seconds"),
        ("consent_required", None),
        ("request_refused", "model"),
    ]
    assert refusals[3]["members"]["nearest"] == ["10.0"]
    assert "dramatis models pull" in refusals[5]["detail"]
    for shot_id, refusal in zip(bad, refusals, strict=True):
        alone = await studio.http.post(f"/v1/shots/{shot_id}/takes", json={})
        assert (alone.json()["code"], alone.json()["detail"]) == (refusal["code"], refusal["detail"])
    assert (await studio.until(take["id"]))["state"] == "SUCCEEDED"
    assert told(await studio.http.get(f"/v1/projects/{film.id}"))["counts"]["takes"] == 1


async def test_a_shot_of_the_place_alone_has_a_plate_of_its_own_or_of_its_scene(studio: Studio, film: Film) -> None:
    scene, short = await film.scene(), {"size": "256x256", "seconds": 0.5, "framing": "ws"}
    shot_id = await film.shot(scene, "Rain on the roofs.", **short)
    refused = await studio.http.post(f"/v1/shots/{shot_id}/takes", json={})
    assert (refused.status_code, refused.json()["field"]) == (422, "characters")
    setting = {"setting": {"plate": {"kind": "backdrop", "name": "street"}}}
    told(await studio.http.patch(f"/v1/scenes/{scene}", json=setting))
    estimate = told(await studio.http.post(f"/v1/shots/{shot_id}/estimate", json={}))
    assert (estimate["ok"], estimate["problems"]) == (True, [])
    (take,) = told(await studio.http.post(f"/v1/shots/{shot_id}/takes", json={}), 201)["data"]
    done = await studio.until(take["id"])
    assert (done["state"], done["identity"], done["characters"]) == ("SUCCEEDED", [], [])


async def test_the_films_shape_gives_a_shot_its_size(studio: Studio, film: Film) -> None:
    shot_id = await small_shot(studio, film, size=None)
    sizes = {}
    for aspect in ("16:9", "9:16", "1:1", "4:3", "2.39:1"):
        told(await studio.http.patch(f"/v1/projects/{film.id}", json={"aspect": aspect}))
        (take,) = await shoot(studio, shot_id)
        sizes[aspect] = take["size"]
        await studio.http.post(f"/v1/takes/{take['id']}/cancel")
    assert sizes == {"16:9": "768x432", "9:16": "432x768", "1:1": "512x512", "4:3": "640x480", "2.39:1": "768x322"}
    assert (await takes_of(studio, shot_id))[-1]["stale"] == ["the size"]


async def test_notes_are_pinned_to_frames_that_there_are(studio: Studio, film: Film) -> None:
    (take,) = await shoot(studio, await small_shot(studio, film))
    notes = f"/v1/takes/{take['id']}/notes"
    late = told(await studio.http.post(notes, json={"frame": 11, "text": "hold"}), 201)
    early = told(await studio.http.post(notes, json={"frame": 2, "text": "too fast"}), 201)
    assert [one["id"] for one in told(await studio.http.get(notes))["data"]] == [early["id"], late["id"]]
    ada = await sign_in_as(studio.app, await add_person(studio.database, studio.org_id, "editor"))
    hers = told(await ada.post(notes, json={"frame": 5, "text": "lovely"}), 201)
    authors = [one["author"] for one in told(await studio.http.get(notes))["data"]]
    assert (hers["author"], authors) == ("A new editor", [None, "A new editor", None])
    assert (await ada.delete(f"{notes}/{hers['id']}")).status_code == 204
    beyond = await studio.http.post(notes, json={"frame": 12, "text": "after the end"})
    assert (beyond.status_code, beyond.json()["field"]) == (422, "frame")
    assert (await studio.http.delete(f"{notes}/{early['id']}")).status_code == 204
    assert (await studio.http.delete(f"{notes}/{early['id']}")).status_code == 404
    assert [one["text"] for one in told(await studio.http.get(notes))["data"]] == ["hold"]
    await studio.until(take["id"])


async def test_an_erased_film_leaves_nothing_and_says_what_went(studio: Studio, film: Film) -> None:
    shot_id = await small_shot(studio, film)
    kept, *_ = done = await shoot(studio, shot_id, count=2)
    for take in done:
        await studio.until(take["id"])
    told(await studio.http.put(f"/v1/shots/{shot_id}/circled", json={"take_id": kept["id"]}))
    told(await studio.http.post(f"/v1/takes/{kept['id']}/notes", json={"frame": 0, "text": "good"}), 201)
    await studio.http.delete(f"/v1/shots/{shot_id}")
    slow = await small_shot(studio, film, "Eileen nods endlessly")
    (running,) = await shoot(studio, slow)
    await studio.until_denoising(running["id"])

    erased = told(await studio.http.delete(f"/v1/projects/{film.id}"))
    assert erased == {"project_id": film.id, "scenes": 2, "shots": 2, "takes": 3, "notes": 1, "files": 8}
    assert (await studio.http.get(f"/v1/projects/{film.id}/board")).status_code == 404
    assert (await studio.http.get(f"/v1/shots/{slow}")).status_code == 404
    assert film.id not in (await studio.http.get("/v1/projects")).text

    async def gone() -> bool:
        await finish_erasures(studio.database, studio.objects)
        async with studio.database.read(org_id=studio.org_id) as session:
            return not await list_projects_to_erase(session, org_id=studio.org_id)

    for _ in range(100):
        if await gone():
            break
        await asyncio.sleep(0.1)
    for take in (*done, running):
        assert (await studio.http.get(f"/v1/takes/{take['id']}")).status_code == 404
        assert await studio.objects.list_keys(f"orgs/{studio.org_id}/takes/{take['id']}/") == []
    async with studio.database.read(org_id=studio.org_id) as session:
        assert await list_erasable_assets(session, org_id=studio.org_id, limit=10) == []
        assert await get_character(session, org_id=studio.org_id, character_id=studio.character_id) is not None


async def test_members_without_the_scope_stay_out(studio: Studio) -> None:
    narrow = told(await studio.http.post("/v1/api-keys", json={"name": "narrow", "scopes": ["takes"]}), 201)
    headers = {"Authorization": f"Bearer {narrow['key']}"}
    transport = httpx.ASGITransport(studio.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://studio", headers=headers) as http:
        assert (await http.get("/v1/projects")).json()["code"] == "scope_missing"
