"""A second device: everything is rendered whole on one, where a kernel that is given tensors of two devices raises.

What only ever ran on the CPU never noticed where its tensors are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.pipelines.device_placement import Offload
from inference.protocol import Finished
from tests import photos
from tests.inference.second_device import renders
from tests.inference.second_device.renders import FAMILIES, Made, render
from tests.inference.second_device.twin import COMPILER, TWIN, build, start_on_twin
from tests.inference.second_device.worker import LIBRARY
from tests.inference.worker import test_pulled_model
from tests.inference.worker_client import save_photo, start_worker

MIXED = r"on the same device|and of the host together"


@pytest.fixture(scope="module")
def library(pytestconfig: pytest.Config) -> Path:
    if shutil.which(COMPILER) is None:
        pytest.skip(f"there is no {COMPILER} to build the second device with")
    assert pytestconfig.cache is not None, "a plugin that pytest always has"
    return build(pytestconfig.cache.mkdir("second_device"))


@pytest.fixture(scope="module")
def elsewhere(library: Path) -> Iterator[Executor]:
    """A process that has the device."""
    with ProcessPoolExecutor(1, get_context("spawn"), start_on_twin, (library,)) as process:
        yield process


@pytest.fixture(scope="module")
def on_cpu(elsewhere: Executor) -> dict[str, Made]:
    """Each family's shot."""
    return {family: elsewhere.submit(render, family, "cpu").result() for family in FAMILIES}


@pytest.mark.parametrize(
    ("family", "offload"),
    [*((family, "auto") for family in FAMILIES), ("vace of two experts", "parts"), ("animate", "blocks")],
)
def test_every_pipeline_renders_there_what_it_renders_on_the_cpu(
    elsewhere: Executor, on_cpu: dict[str, Made], family: str, offload: Offload
) -> None:
    assert _same(elsewhere.submit(render, family, TWIN, offload=offload).result(), on_cpu[family])


@pytest.mark.parametrize("family", FAMILIES)
def test_two_ranks_there_make_one_ranks_clip(elsewhere: Executor, on_cpu: dict[str, Made], family: str) -> None:
    made = elsewhere.submit(renders.render_on_ranks, family, 2).result()
    assert [_same(one, on_cpu[family]) for one in made] == [True, True]


@pytest.mark.parametrize("family", ["vace", "animate"])
def test_adapters_act_there(elsewhere: Executor, on_cpu: dict[str, Made], family: str) -> None:
    here, there = (elsewhere.submit(render, family, device, adapted=True).result() for device in ("cpu", TWIN))
    assert _same(here, there)
    assert not _same(here, on_cpu[family]), "an adapter that is not felt would prove nothing"


def test_a_draft_spares_guidance_and_a_step_there(elsewhere: Executor) -> None:
    here, there = (elsewhere.submit(renders.render_draft, device).result() for device in ("cpu", TWIN))
    assert _same(here, there)
    exact = elsewhere.submit(render, "vace", "cpu", steps=renders.DRAFT_STEPS).result()
    assert not _same(here, exact), "a draft that spares nothing would prove nothing"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_render_that_broke_off_there_is_gone_on_with(
    elsewhere: Executor, on_cpu: dict[str, Made], tmp_path: Path, family: str
) -> None:
    resumed, done = elsewhere.submit(renders.denoise_in_two_attempts, family, tmp_path).result()
    assert done == [3]
    assert torch.equal(resumed, on_cpu[family][0])


def test_two_devices_in_one_kernel_raise(elsewhere: Executor) -> None:
    for mix in (renders.add, renders.project, renders.join):
        with pytest.raises(RuntimeError, match=MIXED):
            elsewhere.submit(mix).result()
    with pytest.raises(TypeError, match="can't convert twin:0 device type tensor to numpy"):
        elsewhere.submit(renders.look_at).result()


@pytest.mark.parametrize("family", ["vace", "animate"])
def test_an_encoder_whose_inputs_stay_behind_is_noticed(elsewhere: Executor, family: str) -> None:
    """As it was before the residence wrapped all of an encoding."""
    with pytest.raises(RuntimeError, match=MIXED):
        elsewhere.submit(renders.render_where_inputs_stay_behind, family).result()


def test_it_is_what_the_memory_plan_sees(elsewhere: Executor, tmp_path: Path) -> None:
    (tmp_path / "accel").mkdir()
    (tmp_path / "accel/accel0").touch()
    machine = elsewhere.submit(renders.find_machine, tmp_path).result()
    assert (machine.name, machine.cards, machine.card_bytes) == (TWIN, 1, 8 << 30)


def test_a_worker_renders_on_the_accelerator_that_it_finds(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In bfloat16, with blocks that come and go; the receipt names the device and does not say that it is exact."""
    monkeypatch.setenv(LIBRARY, str(library))
    cache = test_pulled_model.pull_tiny(tmp_path_factory)
    with start_worker(
        tmp_path, "tests.inference.second_device.worker", cache=cache, words=("--offload", "blocks")
    ) as worker:
        worker.greet()
        reference = save_photo(tmp_path, photos.photo("person_b_1"), "photo")
        last = worker.render("one", test_pulled_model.request(reference, "exact"))[-1]
        assert isinstance(last, Finished), worker.log
    receipt = last.receipt
    assert (receipt.device, receipt.computed_on.kind, receipt.promise) == (TWIN, TWIN, "same_mathematics")
    assert {"transformer offloaded block by block", "products of 2048 rows, attention by single heads"} <= set(
        receipt.switched_on
    )


def _same(one: Made, other: Made) -> bool:
    return torch.equal(one[0], other[0]) and np.array_equal(one[1], other[1])
