"""Lines of takes: who says them and how, what is refused before anything renders, and how long a clip must be."""

from __future__ import annotations

from typing import Any

import pytest

from inference.catalogue import VOICES
from inference.timeline import needed_seconds
from storage.queries.assets import insert_ready_asset
from storage.queries.line_lengths import keep_line_lengths
from storage.queries.takes import get_take
from storage.unit import Database
from studio.generation.dialogue import length_digest, plan_dialogue
from studio.generation.line_choice import LineChoice
from studio.http.ids import new_id
from tests.studio.conftest import Tenant, example_photo

RUSSIAN = "\u041f\u0440\u0438\u0432\u0435\u0442"


@pytest.fixture
async def ada(tenant: Tenant) -> str:
    """A character with a face and no voice yet."""
    reply = await tenant.enrol(await tenant.photo(example_photo()), name="Ada")
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def recorded(database: Database, tenant: Tenant, seconds: float = 1.5) -> str:
    """A recording as the engine leaves it."""
    async with database.write(org_id=tenant.org_id) as session:
        asset = await insert_ready_asset(
            session,
            org_id=tenant.org_id,
            asset_id=new_id("ast"),
            kind="recording",
            content_type="audio/wav",
            size_bytes=9,
            object_key=new_id("key"),
            sha256="ab" * 32,
        )
        asset.length_ms = round(seconds * 1000)
    return asset.id


async def shoot(tenant: Tenant, character_id: str, *lines: dict[str, Any], **more: Any) -> Any:  # noqa: ANN401 (a reply)
    asked = {"prompt": "Ada talks", "characters": [{"character_id": character_id}], "dialogue": list(lines)}
    return await tenant.http.post("/v1/takes", json=asked | more)


async def test_a_line_is_said_in_the_characters_voice_or_the_first_of_its_language(tenant: Tenant, ada: str) -> None:
    lines = [
        {"character_id": ada, "text": "Hello."},
        {"character_id": ada, "text": "你好。"},
        {"text": "She waited.", "off_screen": True, "voice": "bm_george"},
    ]
    before = (await shoot(tenant, ada, *lines)).json()
    first = {
        language: next(name for name in VOICES if VOICES[name].language == language) for language in ("en-US", "zh")
    }
    assert [line["voice"] for line in before["dialogue"]] == [first["en-US"], first["zh"], "bm_george"]
    assert [line["character_id"] for line in before["dialogue"]] == [ada, ada, None]
    chosen = await tenant.http.put(f"/v1/characters/{ada}/voice", json={"voice": "am_puck"})
    assert chosen.json()["voice"] == {"voice": "am_puck", "own_recordings": False, "consent": None}
    after = (await shoot(tenant, ada, lines[0])).json()
    assert after["dialogue"][0]["voice"] == "am_puck"
    assert after["speech"] is None
    unknown = await tenant.http.put(f"/v1/characters/{ada}/voice", json={"voice": "nobody"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "voice")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"text": "x" * 5000}, "this line has 5,000 characters and may have 1,000: split it into several lines"),
        ({"text": ""}, "this line is empty"),
        ({"text": "🙂"}, "there is no word in this line"),
        ({"text": "<speak>Hi <break time='1s'/></speak>"}, "markup such as SSML"),
        ({"text": RUSSIAN}, "or record the line"),
        ({"text": "你好", "voice": "af_heart"}, "choose a Mandarin voice"),
        ({"text": "Hello", "voice": "zf_xiaoni"}, "choose an English voice"),
        ({"text": "Hello", "voice": "nobody"}, "there is no voice 'nobody'"),
        ({"text": "Hello", "recording": "ast_none"}, "there is no recording ast_none"),
    ],
)  # fmt: skip
async def test_what_no_voice_can_say_is_refused_in_words(
    tenant: Tenant, ada: str, line: dict[str, str], words: str
) -> None:
    refused = await shoot(tenant, ada, {"character_id": ada, **line})
    assert refused.status_code in (404, 422), refused.text
    assert words in refused.json()["detail"]
    assert refused.json()["field"] == "dialogue"


async def test_a_recorded_voice_needs_its_own_consent_and_ends_with_it(
    tenant: Tenant, ada: str, database: Database
) -> None:
    line = {"character_id": ada, "text": "Hello.", "recording": await recorded(database, tenant)}
    refused = await shoot(tenant, ada, line)
    assert (refused.status_code, refused.json()["likeness"]) == (403, "voice")
    vague = await tenant.http.post(f"/v1/characters/{ada}/voice/consents", json={"kind": "permission", "by": "Ada"})
    assert vague.json()["code"] == "consent_insufficient"
    given = {"kind": "permission", "by": "Ada", "evidence": "a letter", "expires_at": "2099-01-01T00:00:00Z"}
    granted = await tenant.http.post(f"/v1/characters/{ada}/voice/consents", json=given)
    assert granted.status_code == 201
    heard, unheard = await shoot(tenant, ada, line), await shoot(tenant, ada)
    off = await shoot(tenant, ada, line | {"off_screen": True})
    assert [one.status_code for one in (heard, unheard, off)] == [201, 201, 201]
    character = (await tenant.http.get(f"/v1/characters/{ada}")).json()
    assert (character["consent"]["by"], character["voice"]["consent"]["evidence"]) == ("Eileen", "a letter")
    revoked = (await tenant.http.post(f"/v1/characters/{ada}/voice/consents/revoke")).json()
    assert sorted(revoked["blocked_takes"]) == sorted([heard.json()["id"], off.json()["id"]])
    async with database.read(org_id=tenant.org_id) as session:
        other = await get_take(session, org_id=tenant.org_id, take_id=unheard.json()["id"])
    assert other is not None
    assert other.state == "QUEUED"
    assert (await tenant.http.get(f"/v1/characters/{ada}")).json()["consent"]["active"]


async def test_who_speaks_in_own_recordings_alone_is_given_no_other_voice(
    tenant: Tenant, ada: str, database: Database
) -> None:
    both = await tenant.http.put(f"/v1/characters/{ada}/voice", json={"voice": "af_heart", "own_recordings": True})
    assert both.status_code == 422
    await tenant.http.put(f"/v1/characters/{ada}/voice", json={"own_recordings": True})
    refused = await shoot(tenant, ada, {"character_id": ada, "text": "Hello."})
    assert "Ada speaks in own recordings alone: record this line" in refused.json()["detail"]
    nobodys = await shoot(tenant, ada, {"text": "Hello.", "recording": await recorded(database, tenant)})
    assert "say which character says it" in nobodys.json()["detail"]


async def test_a_clip_without_a_length_is_as_long_as_its_lines(tenant: Tenant, ada: str, database: Database) -> None:
    line = {"character_id": ada, "text": "I have waited ten years for this moment."}
    guessed = (await shoot(tenant, ada, line)).json()
    async with database.write(org_id=tenant.org_id) as session:
        (planned,) = (await plan(session, tenant, ada, line)).lines
        await keep_line_lengths(session, org_id=tenant.org_id, lengths_s={length_digest(planned): 2.5})
    measured = (await shoot(tenant, ada, line)).json()
    needed = needed_seconds([planned], [2.5])
    assert needed <= measured["seconds"] < needed + 1 / 24 + 1e-6
    assert measured["seconds"] < guessed["seconds"]
    short = await shoot(tenant, ada, line, seconds=2)
    assert (short.status_code, short.json()["field"]) == (422, "seconds")
    assert float(short.json()["nearest"][0]) == pytest.approx(measured["seconds"], abs=1e-4)
    longer = (await shoot(tenant, ada, line, seconds=6)).json()
    assert longer["seconds"] == 6
    silent = (await shoot(tenant, ada)).json()
    assert (silent["seconds"], silent["dialogue"]) == (5, [])
    endless = await shoot(tenant, ada, *[line] * 12)
    assert "renders at most 10 s" in endless.json()["detail"]


async def test_a_films_words_are_pronounced_its_own_way_and_only_where_they_stand(
    tenant: Tenant, ada: str, database: Database
) -> None:
    async with database.read(org_id=tenant.org_id) as session:
        said = {"Siobhan": "Shivawn", "Ada": "Ayda"}
        planned = await plan_dialogue(
            session,
            org_id=tenant.org_id,
            dialogue=[LineChoice(text="Where is siobhan?"), LineChoice(text="Here.")],
            cast_ids=(),
            pronunciations=said,
        )
    assert [line.pronunciations for line in planned.lines] == [{"Siobhan": "Shivawn"}, {}]


async def plan(session: Any, tenant: Tenant, character_id: str, line: dict[str, str]) -> Any:  # noqa: ANN401
    choice = LineChoice.model_validate(line)
    return await plan_dialogue(
        session, org_id=tenant.org_id, dialogue=[choice], cast_ids={character_id}, pronunciations={}
    )


async def test_another_tenants_recording_and_character_are_not_there(
    tenant: Tenant, other_tenant: Tenant, ada: str, database: Database
) -> None:
    theirs = await recorded(database, other_tenant)
    stolen = await shoot(tenant, ada, {"character_id": ada, "text": "Hi.", "recording": theirs})
    assert stolen.status_code == 404
    strange = await shoot(tenant, ada, {"character_id": "chr_none", "text": "Hi."})
    assert (strange.status_code, strange.json()["field"]) == (404, "dialogue")


async def test_who_is_erased_leaves_no_recording(tenant: Tenant, ada: str, database: Database) -> None:
    await tenant.http.post(f"/v1/characters/{ada}/voice/consents", json={"kind": "own", "by": "Ada"})
    recording = await recorded(database, tenant)
    line = {"character_id": ada, "text": "Hello.", "recording": recording}
    assert (await shoot(tenant, ada, line)).status_code == 201
    assert (await tenant.http.get(f"/v1/assets/{recording}")).status_code == 200
    certificate = (await tenant.http.delete(f"/v1/characters/{ada}")).json()
    assert len(certificate["erased"]["blocked_takes"]) == 1
    assert (await tenant.http.get(f"/v1/assets/{recording}")).status_code == 404
