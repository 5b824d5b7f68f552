"""Subtitles: what players read, with nothing in a line that could be taken for anything else."""

from __future__ import annotations

from typing import Any

from storage.queries.takes import get_take
from storage.tables import Cut, Take
from storage.unit import Database
from studio.cut.subtitles import cues_of_cut
from studio.speech.subtitles import Cue, cues_of, write_subtitles
from tests.studio.conftest import Tenant, example_photo


def line(text: str, start_s: float, end_s: float, character_id: str | None = "a") -> dict[str, Any]:
    return {"text": text, "start_s": start_s, "end_s": end_s, "character_id": character_id}


def test_cues_are_named_where_more_than_one_speaks() -> None:
    names = {"a": "Ada", "b": "Grace"}
    alone = cues_of([line("Hello.", 0.4, 0.9)], names)
    assert alone == [Cue(0.4, 1.2000000000000002, "Hello.")]
    both = cues_of(
        [line("Hello.", 0.4, 1.9), line("Yes?", 2, 3, "b"), line("She waited.", 3, 5, None)], names, after_s=60
    )
    assert [cue.text for cue in both] == ["Ada: Hello.", "Grace: Yes?", "She waited."]
    assert (both[0].start_s, both[0].end_s) == (60.4, 61.9)


def test_both_formats_keep_times_and_take_no_text_for_a_sign_of_theirs() -> None:
    cues = [Cue(3661.5, 3662.25, "<b>1 --> 2</b> & so on, over more than one row of a screen that is read by somebody")]
    vtt, srt = write_subtitles(cues, "vtt"), write_subtitles(cues, "srt")
    assert vtt.startswith("WEBVTT\n\n1\n01:01:01.500 --> 01:01:02.250\n&lt;b&gt;1 → 2&lt;/b&gt; &amp; so on")
    assert srt.startswith("1\n01:01:01,500 --> 01:01:02,250\n<b>1 → 2</b> & so on")
    assert max(map(len, srt.splitlines())) <= 42
    assert write_subtitles([], "vtt") == "WEBVTT\n"
    assert (
        "\n"
        in write_subtitles([Cue(0, 1, "我等这一刻已经等了整整十年，你却从来没有问过我为什么。")], "srt")  # noqa: RUF001
        .split("\n", 2)[2]
        .strip()
    )


async def test_a_takes_subtitles_are_read_while_its_consent_holds(tenant: Tenant, database: Database) -> None:
    enrolled = (await tenant.enrol(await tenant.photo(example_photo()), name="Ada")).json()
    take_id = await tenant.queued_take(database, "take_subtitled", enrolled["id"])
    silent = await tenant.http.get(f"/v1/takes/{take_id}/subtitles")
    assert silent.status_code == 404
    async with database.write(org_id=tenant.org_id) as session:
        take = await get_take(session, org_id=tenant.org_id, take_id=take_id)
        assert take is not None
        take.request = {"characters": [{"id": enrolled["id"], "name": "Ada"}]}
        take.speech = [line("At last.", 0.42, 1.4, enrolled["id"])]
    vtt = await tenant.http.get(f"/v1/takes/{take_id}/subtitles")
    assert (vtt.status_code, vtt.headers["content-type"]) == (200, "text/vtt; charset=utf-8")
    assert "00:00:00.420 --> 00:00:01.400\nAt last." in vtt.text
    srt = await tenant.http.get(f"/v1/takes/{take_id}/subtitles", params={"format": "srt"})
    assert "00:00:00,420" in srt.text
    assert ".srt" in srt.headers["content-disposition"]
    await tenant.http.post(f"/v1/characters/{enrolled['id']}/consents/revoke")
    assert (await tenant.http.get(f"/v1/takes/{take_id}/subtitles")).status_code == 403


def test_a_films_lines_stand_where_the_cut_has_them_and_never_outlast_their_shot() -> None:
    cut = Cut(fps=24, title_frames=48, entries=[{"frames": 48}, {"frames": 24}, {"frames": 48}])
    said = Take(request={"characters": []}, speech=[line("One.", 0.5, 9.0)])
    silent = Take(request={"characters": []}, speech=None)
    cues = cues_of_cut(cut, [said, silent, said])
    assert [(cue.start_s, cue.end_s) for cue in cues] == [(2.5, 4.0), (5.5, 7.0)]
    assert cues_of_cut(cut, [None, silent, None]) == []
