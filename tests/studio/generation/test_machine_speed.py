"""What a take costs on this machine is measured once, kept for this machine and version, and left to takes later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.catalogue import MODELS, PREVIS, PULLED
from inference.devices import DEVICES
from storage.objects import ObjectMissing
from storage.unit import Database
from studio.generation.estimates import MEASURED, estimate_take
from studio.generation.machine_speed import KEPT_IN, PHOTO_KEY, MachineSpeed, choose_device, name_machine
from studio.generation.offered_models import OfferedModels
from studio.generation.schemas import TakeCreate
from studio.organisations.creation import create_organisation
from tests.studio.generation.conftest import Studio, cast_character

FAST = {"seconds_fixed": 4.0, "seconds_per_megapixel_frame": 10.0}


async def test_the_first_start_measures_and_the_next_one_remembers(
    studio: Studio, database: Database, tmp_path: Path
) -> None:
    speed = MachineSpeed(tmp_path, "dramatis 1")
    assert speed.measured(MODELS) == MODELS
    await speed.measure_once(studio.render_engine, studio.objects, database)
    (kept,) = json.loads((tmp_path / KEPT_IN).read_text()).values()
    here = speed.measured(MODELS)["previs"]
    assert (here.measured, PREVIS.measured) == (True, False)
    assert kept["previs"] == {
        "seconds_fixed": here.seconds_fixed,
        "seconds_per_megapixel_frame": here.seconds_per_megapixel_frame,
    }
    assert MachineSpeed(tmp_path, "dramatis 1").measured(MODELS)["previs"] == here
    assert MachineSpeed(tmp_path, "dramatis 2").measured(MODELS) == MODELS, "another version measures anew"
    with pytest.raises(ObjectMissing):
        await studio.objects.get(PHOTO_KEY, most_bytes=1_000_000)


async def test_an_installation_that_has_rendered_learns_from_its_takes_instead(studio: Studio, tmp_path: Path) -> None:
    await studio.until((await studio.submit())["id"], "SUCCEEDED")
    await MachineSpeed(tmp_path, "dramatis 1").measure_once(studio.render_engine, studio.objects, studio.database)
    assert not (tmp_path / KEPT_IN).exists()


def test_what_is_counted_is_counted_for_the_accelerators_that_are_here(tmp_path: Path) -> None:
    here = MachineSpeed(tmp_path, "dramatis 1", choose_device("h20"), "2x4").measured(MODELS | PULLED)
    assert {(card.device.name, card.layout) for card in here.values() if card.shape} == {("NVIDIA H20", (2, 4))}
    assert here["previs"] == PREVIS
    assert choose_device(None) in DEVICES.values()


def test_what_is_kept_and_broken_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    for broken in ("not JSON at all", "[]", '{"dramatis 1 on elsewhere": {}}', "null"):
        (tmp_path / KEPT_IN).write_text(broken)
        assert MachineSpeed(tmp_path, "dramatis 1").measured(MODELS) == MODELS


async def test_an_estimate_before_the_first_take_is_of_this_machine(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / KEPT_IN).write_text(json.dumps({f"dramatis 1 on {name_machine()}": {"previs": FAST}}))
    models = MachineSpeed(tmp_path, "dramatis 1").measured(MODELS)
    async with studio.database.write() as session:
        organisation = await create_organisation(session, name="Fresh")
    character_id = await cast_character(studio.database, studio.objects, organisation.id)
    asked = TakeCreate.model_validate(studio.body() | {"characters": [{"character_id": character_id}]})
    async with studio.database.read(org_id=organisation.id) as session:
        told = (await estimate_take(session, OfferedModels(models), org_id=organisation.id, asked=asked)).view
    expected = 4.0 + 10.0 * 256 * 256 / 1e6 * 12
    assert told.seconds == pytest.approx(expected, abs=0.06)
    assert told.seconds_low == pytest.approx(MEASURED.low * expected, abs=0.06)
    assert told.seconds_high == pytest.approx(MEASURED.high * expected, abs=0.06)
