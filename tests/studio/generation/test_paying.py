"""What takes cost, through a real studio: quoted, held, and paid for by those that succeed alone."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from inference.protocol import CharacterIdentity
from storage.queries.billing_holds import list_open_holds
from storage.queries.billing_ledger import Balance, get_balance, list_entries
from studio.billing.ledger import grant
from studio.billing.prices import set_price
from studio.characters.consent import end_consent
from studio.cut import plan
from studio.generation import attempt
from studio.generation.guarantee import find_shortfall
from studio.generation.schemas import IdentityGuarantee
from tests.postgres import PostgresCluster
from tests.studio.cut.cutting import LONG_TITLE_S, ended, film_of_takes, under_way
from tests.studio.generation.conftest import Studio, cast_character, open_studio
from tests.studio.storyboard.films import told

CREDIT = 1_000_000
PRICE = CREDIT // 10  # a device-second of the previs


@pytest_asyncio.fixture(scope="module", params=["sqlite", "postgresql"])
async def paid(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    """A studio whose previs costs a tenth of a credit a second, and an organisation with a hundred credits."""
    url = None
    if request.param == "postgresql":
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        url = cluster.create(f"paid_{secrets.token_hex(4)}", request.getfixturevalue("migrated_postgres"))
    async with open_studio(tmp_path_factory.mktemp("paid"), url) as studio:
        async with studio.database.write(org_id=studio.org_id) as session:
            await set_price(session, item="previs", amount=PRICE)
            await grant(session, org_id=studio.org_id, kind="gift", micro_credits=100 * CREDIT, reason="to begin with")
        yield studio


async def _balance(studio: Studio) -> Balance:
    async with studio.database.read(org_id=studio.org_id) as session:
        return await get_balance(session, org_id=studio.org_id)


async def _kinds(studio: Studio, after: int) -> list[str]:
    async with studio.database.read(org_id=studio.org_id) as session:
        entries = await list_entries(session, org_id=studio.org_id, after=after, limit=1000)
    return [entry.kind for entry in entries]


async def _written(studio: Studio) -> int:
    """How many entries there are."""
    return len(await _kinds(studio, 0))


def _free(take: dict[str, Any]) -> bool:
    usage = take["usage"]
    return bool(usage["credits"] == 0 and usage["held"] == 0 and usage["lots"] == [])


async def test_what_was_quoted_is_held_and_no_more_is_charged(paid: Studio) -> None:
    before, written = await _balance(paid), await _written(paid)
    quoted = (await paid.http.post("/v1/takes/estimate", json=paid.body())).json()["price"]
    tried = await paid.http.post("/v1/takes", json=paid.body(dry_run=True))
    assert (tried.status_code, tried.json()["usage"]["held"]) == (200, quoted["credits"])
    assert (await paid.http.get(f"/v1/takes/{tried.json()['id']}")).status_code == 404
    both = (await paid.http.post("/v1/estimates", json={"takes": [paid.body(), paid.body()]})).json()
    assert (both["credits"], both["covered"]) == (pytest.approx(2 * quoted["credits"]), True)
    assert await _written(paid) == written, "what is asked for beforehand keeps nothing"
    assert quoted["credits"] == pytest.approx(quoted["device_seconds"] * 0.1, abs=1e-6)
    take = await paid.submit()
    assert take["usage"] == {"credits": 0, "held": quoted["credits"], "device_seconds": None, "lots": [], "refunded": 0}
    ended = await paid.until(take["id"], "SUCCEEDED")
    usage = ended["usage"]
    due = min(usage["device_seconds"] * 0.1, quoted["credits"])
    assert (usage["credits"], usage["held"]) == (pytest.approx(due, abs=2e-6), 0)
    assert [(lot["kind"], lot["credits"]) for lot in usage["lots"]] == [("gift", usage["credits"])]
    after = await _balance(paid)
    assert after.available == before.available - round(usage["credits"] * CREDIT)
    assert after.spent == before.spent + round(usage["credits"] * CREDIT)
    (model,) = [one for one in (await paid.http.get("/v1/models")).json()["data"] if one["id"] == "previs"]
    assert model["credits_per_device_second"] == 0.1


async def test_what_fails_costs_nothing(paid: Studio) -> None:
    before = await _balance(paid)
    take = await paid.submit("break")
    ended = await paid.until(take["id"])
    assert (ended["state"], ended["attempt"], _free(ended)) == ("FAILED", 3, True)
    assert await _balance(paid) == before


async def test_what_is_cancelled_or_blocked_costs_nothing(paid: Studio) -> None:
    before = await _balance(paid)
    character_id = await cast_character(paid.database, paid.objects, paid.org_id)
    cast = [{"character_id": character_id}]
    running = await paid.submit("endlessly", characters=cast, steps=50)
    await paid.until_denoising(running["id"])
    waiting = [await paid.submit(), await paid.submit(characters=cast)]
    held = await _balance(paid)
    assert held.held > 0
    assert held.available == before.available - held.held
    await paid.http.post(f"/v1/takes/{waiting[0]['id']}/cancel")
    async with paid.database.write(org_id=paid.org_id) as session:
        await end_consent(session, org_id=paid.org_id, character_id=character_id)
    for take, state in ((waiting[0], "CANCELLED"), (waiting[1], "CONSENT_BLOCKED"), (running, "CONSENT_BLOCKED")):
        ended = await paid.until(take["id"])
        assert (ended["state"], _free(ended)) == (state, True)
    assert await _balance(paid) == before


async def test_a_take_that_is_tried_again_keeps_its_one_hold_and_is_paid_once(paid: Studio, tmp_path: Path) -> None:
    written, killed = await _written(paid), tmp_path / "killed"
    take = await paid.submit(f"until {killed}")
    await paid.until_denoising(take["id"])
    await paid.kill_engine()
    killed.touch()
    ended = await paid.until(take["id"])
    assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 2)
    kinds = await _kinds(paid, written)
    assert kinds[:2] in (["HOLD", "CAPTURE"], ["HOLD", "VOID"])
    assert kinds.count("HOLD") == kinds.count("CAPTURE") == 1
    async with paid.database.read(org_id=paid.org_id) as session:
        assert await list_open_holds(session, org_id=paid.org_id) == []


async def test_a_video_tells_what_it_came_to(paid: Studio) -> None:
    made = await paid.http.post(
        "/v1/videos", json={"prompt": "She nods", "characters": [{"id": paid.character_id}], "seconds": "0.5"}
    )
    assert made.status_code == 200, made.text
    video = made.json()
    assert video["usage"]["held"] > 0
    while video["status"] in ("queued", "in_progress"):
        video = (await paid.http.get(f"/v1/videos/{video['id']}")).json()
    assert video["status"] == "completed"
    assert video["usage"]["credits"] > 0
    assert video["usage"]["lots"][0]["credits"] == video["usage"]["credits"]


async def _shoot(studio: Studio) -> tuple[str, str]:
    """A scene with one small shot of a film: their ids."""
    film = (await studio.http.post("/v1/projects", json={"name": "The Letter"})).json()["id"]
    scene = (await studio.http.post(f"/v1/projects/{film}/scenes", json={"heading": "Night"})).json()["id"]
    asked = {"prompt": "She nods", "characters": [{"character_id": studio.character_id}], "size": "256x256"}
    shot = (await studio.http.post(f"/v1/scenes/{scene}/shots", json=asked | {"seconds": 0.5})).json()["id"]
    return scene, shot


async def test_every_submit_can_be_tried_and_taken_back(paid: Studio) -> None:
    scene, shot = await _shoot(paid)
    made = await paid.http.post("/v1/videos", json={"prompt": "She nods", "characters": [{"id": paid.character_id}]})
    await paid.http.post(f"/v1/videos/{made.json()['id']}/cancel")
    written, before, dry = await _written(paid), await _balance(paid), {"dry_run": True}
    shown = [paid.http.post(f"/v1/shots/{shot}/takes", json={"count": 2, **dry})]
    shown.append(paid.http.post(f"/v1/scenes/{scene}/takes", json=dry))
    for asking in shown:
        tried = await asking
        assert tried.status_code == 200, tried.text
        assert all(take["usage"]["held"] > 0 for take in tried.json()["data"])
    assert tried.json()["refusals"] == []
    for path, body in {
        "/v1/videos": {"characters": [{"id": paid.character_id}]},
        f"/v1/videos/{made.json()['id']}/remix": {},
        "/v1/videos/edits": {"video": {"id": made.json()["id"]}},
    }.items():
        tried = await paid.http.post(path, json={"prompt": "She smiles", **body, **dry})
        assert tried.status_code == 200, f"{path}: {tried.text}"
        assert tried.json()["usage"]["held"] > 0
        assert (await paid.http.get(f"/v1/videos/{tried.json()['id']}")).status_code == 404
    assert (await paid.http.get(f"/v1/shots/{shot}/takes")).json()["data"] == []
    assert (await _written(paid), await _balance(paid)) == (written, before), "nothing of it is kept"


async def test_a_sum_tells_what_it_is_of_and_what_would_pay_for_it(paid: Studio) -> None:
    scene, shot = await _shoot(paid)
    async with paid.database.write(org_id=paid.org_id) as session:
        await set_price(session, item="enrolment", amount=2 * CREDIT)
    one = (await paid.http.post(f"/v1/shots/{shot}/estimate", json={})).json()
    price, payment = one["price"], one["payment"]
    assert (price["seconds"], price["frames"], price["attempts"]) == (0.5, 12, 1)
    assert price["credits"] == pytest.approx(price["device_seconds"] * 0.1, abs=1e-6)
    assert payment["left"] == pytest.approx(payment["available"] - price["credits"])
    assert [lot["kind"] for lot in payment["lots"]] == ["gift"]
    assert sum(lot["credits"] for lot in payment["lots"]) == price["credits"]
    whole = (await paid.http.post(f"/v1/scenes/{scene}/estimate")).json()
    assert (whole["credits"], whole["covered"], len(whole["data"])) == (price["credits"], True, 1)
    asked = {"uncast": [{"seconds": 0.5, "size": "256x256"}], "pieces": {"enrolment": 2}}
    uncast = (await paid.http.post("/v1/estimates", json=asked)).json()
    assert uncast["data"][0]["price"]["credits"] == price["credits"], "nobody need be cast to know what it costs"
    assert uncast["credits"] == pytest.approx(4 + price["credits"])
    many = (await paid.http.post("/v1/estimates", json={"pieces": {"enrolment": 100}})).json()
    (problem,) = many["problems"]
    assert (many["covered"], many["payment"]["lots"], problem["code"]) == (False, [], "insufficient_credits")
    assert many["payment"]["missing"] == problem["members"]["missing"] > 0
    assert (await paid.http.post("/v1/estimates", json={})).status_code == 422


async def test_a_cut_is_held_for_while_it_is_made_and_paid_for_once_it_is_there(
    paid: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, _ = await film_of_takes(paid)
    async with paid.database.write(org_id=paid.org_id) as session:
        await set_price(session, item="cut", amount=CREDIT)
    before = await _balance(paid)
    monkeypatch.setattr(plan, "TITLE_S", LONG_TITLE_S)
    cut = told(await paid.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    assert (cut["usage"]["held"], (await _balance(paid)).held) == (1, CREDIT)
    await under_way(paid, cut["id"])
    told(await paid.http.post(f"/v1/cuts/{cut['id']}/cancel"))
    assert await _balance(paid) == before, "what is cancelled costs nothing"
    again = told(await paid.http.post(f"/v1/cuts/{cut['id']}/retry"))
    assert (again["usage"]["held"], (await _balance(paid)).held) == (1, CREDIT)
    assert told(await paid.http.post(f"/v1/cuts/{cut['id']}/cancel"))["usage"]["held"] == 0
    assert await _balance(paid) == before
    monkeypatch.undo()
    told(await paid.http.patch(f"/v1/projects/{film.id}", json={"name": "Shorter"}))
    cut = told(await paid.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    done = await ended(paid, cut["id"])
    assert (done["state"], done["usage"]["credits"], done["usage"]["held"]) == ("SUCCEEDED", 1, 0)
    told(await paid.http.post(f"/v1/projects/{film.id}/cuts"), 200)
    after = await _balance(paid)
    assert (after.spent, after.held) == (before.spent + CREDIT, 0)
    async with paid.database.write(org_id=paid.org_id) as session:
        await set_price(session, item="cut", amount=0)


async def test_who_has_too_few_credits_is_told_what_is_missing_and_nothing_is_begun(paid: Studio) -> None:
    before = await _balance(paid)
    async with paid.database.write(org_id=paid.org_id) as session:
        await set_price(session, item="previs", amount=1000 * CREDIT)
    refused = await paid.http.post("/v1/takes", json=paid.body())
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_credits")
    told = refused.json()
    assert told["missing"] == pytest.approx(told["cost"] - told["available"])
    assert "An owner or admin adds credits" in told["detail"]
    estimate = (await paid.http.post("/v1/takes/estimate", json=paid.body())).json()
    assert (estimate["ok"], estimate["problems"][0]["field"]) == (False, "credits")
    wire = await paid.http.post("/v1/videos", json={"prompt": "She nods", "characters": [{"id": paid.character_id}]})
    assert (wire.status_code, wire.json()["error"]["code"]) == (402, "insufficient_credits")
    async with paid.database.write(org_id=paid.org_id) as session:
        await set_price(session, item="previs", amount=PRICE)
    assert await _balance(paid) == before


async def test_a_take_that_never_keeps_the_face_costs_nothing(paid: Studio) -> None:
    before = await _balance(paid)
    take = await paid.submit(identity={"min_score": 1.0, "max_attempts": 2})
    assert take["guarantee"] == {"min_score": 1.0, "max_attempts": 2}
    ended = await paid.until(take["id"])
    assert (ended["state"], ended["failure"]["code"]) == ("FAILED", "identity_below_minimum")
    assert (ended["attempt"], _free(ended)) == (2, True)
    assert ended["seed"] != take["seed"], "the second try is by another seed"
    assert await _balance(paid) == before


async def test_only_the_take_that_keeps_the_face_is_charged(paid: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    short = iter(["Eileen scored 0.20; 0.00 was agreed"])  # the first time; from then on it passes
    monkeypatch.setattr(attempt, "find_shortfall", lambda *_: next(short, None))
    written = await _written(paid)
    take = await paid.submit(identity={"min_score": 0.0})
    ended = await paid.until(take["id"])
    assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 2)
    assert ended["seed"] == ended["receipt"]["seed"] != take["seed"]
    kinds = await _kinds(paid, written)
    assert (kinds.count("HOLD"), kinds.count("CAPTURE")) == (1, 1)
    retried = [event for event in await paid.events(take["id"]) if event.type == "take.retrying"]
    assert [event.data["seed"] for event in retried] == [ended["seed"]]


@pytest.mark.parametrize(
    ("score", "expected", "verdict", "short"),
    [
        (0.7, "always", "pass", False),
        (0.5, "always", "pass", True),
        (0.7, "always", "fail", True),
        (None, "always", "unscored", True),
        (None, "partly", "unscored", False),
        (0.1, "none", "pass", False),
    ],
)
def test_what_falls_short(score: float | None, expected: Any, verdict: Any, short: bool) -> None:  # noqa: ANN401
    one = CharacterIdentity(
        character_id="chr_1", character_name="Eileen", score=score, worst_decile=None, presence=1.0, drift=None,
        yaw_range_deg=None, threshold=0.36, compared_with="same_photo", expected=expected, verdict=verdict, series=(),
    )  # fmt: skip
    agreed = IdentityGuarantee(min_score=0.6)
    assert (find_shortfall(agreed, [one]) is not None) == short
    assert find_shortfall(None, [one]) is None
