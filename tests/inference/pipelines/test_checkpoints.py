"""A render that breaks off goes on from its last step: the same bits, at the same or another number of ranks."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.exact.used_device import describe_used_device, list_computing_facts
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines.checkpoints import (
    Checkpoint,
    CheckpointRefused,
    Checkpoints,
    Origin,
    read_checkpoint,
    write_checkpoint,
)
from inference.pipelines.contract import CancelToken, CastPhoto, RenderCancelled
from inference.pipelines.scheduler_stepper import Place
from inference.pipelines.tiers import list_kernels
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from inference.vendors import describe_device
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of


class Killed(Exception):
    """Stands for whatever ends a process between two steps."""


CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 5
WEIGHTS = {"transformer": "1" * 64}


@pytest.fixture(scope="module")
def parts() -> object:
    return build_tiny_wan_vace()


@pytest.fixture(scope="module")
def whole(parts: object) -> torch.Tensor:
    """The latents of a render that nothing broke off."""
    latents, _ = denoise(parts, None, request_of(CAST, steps=STEPS))
    assert latents is not None
    return latents


def denoise(
    parts: object, folder: Path | None, request: RenderRequest, mesh: Mesh | None = None, stop_after: int | None = None
) -> tuple[torch.Tensor | None, list[int]]:
    """The latents (None when it was stopped) and the steps that were done."""
    checkpoints = None if folder is None else Checkpoints(folder)
    vace = WanVacePipeline(CARD, parts, WEIGHTS, mesh, checkpoints)
    done: list[int] = []

    def on_step(step: int, total: int) -> None:
        assert total == request.steps
        done.append(step)
        if step == stop_after:
            raise Killed

    shot = vace.prepare(request, CAST, None, CancelToken())
    try:
        latents = vace.denoise(shot, on_step, CancelToken())
    except Killed:
        return None, done
    assert len(list(vace.decode(shot, latents, CancelToken()))) == request.frames
    return latents, done


@pytest.mark.parametrize("stop_after", range(1, STEPS))
def test_it_goes_on_from_the_last_step_to_the_same_latents(
    parts: object, whole: torch.Tensor, tmp_path: Path, stop_after: int
) -> None:
    request = request_of(CAST, steps=STEPS)
    stopped, done = denoise(parts, tmp_path, request, stop_after=stop_after)
    assert stopped is None
    assert done == list(range(1, stop_after + 1))
    resumed, done = denoise(parts, tmp_path, request)
    assert done == list(range(stop_after + 1, STEPS + 1)), "no step is done twice"
    assert torch.equal(resumed, whole)
    assert list(tmp_path.iterdir()) == [], "a finished render leaves nothing"


def test_one_that_breaks_off_while_decoding_denoises_no_step_again(parts: object, tmp_path: Path) -> None:
    request = request_of(CAST, steps=STEPS)
    vace = WanVacePipeline(CARD, parts, WEIGHTS, None, Checkpoints(tmp_path))
    first = vace.denoise(vace.prepare(request, CAST, None, CancelToken()), lambda *_: None, CancelToken())
    again, done = denoise(parts, tmp_path, request)
    assert done == []
    assert torch.equal(first, again)


def test_a_cancelled_render_and_an_old_one_leave_nothing(parts: object, tmp_path: Path) -> None:
    request, cancel = request_of(CAST, steps=STEPS), CancelToken()
    vace = WanVacePipeline(CARD, parts, WEIGHTS, None, Checkpoints(tmp_path))
    with pytest.raises(RenderCancelled):
        vace.denoise(vace.prepare(request, CAST, None, CancelToken()), lambda *_: cancel.cancel(), cancel)
    assert list(tmp_path.iterdir()) == []
    denoise(parts, tmp_path, request, stop_after=2)
    (path,) = tmp_path.iterdir()
    os.utime(path, (0, 0))
    assert denoise(parts, tmp_path, request)[1][0] == 1


@pytest.mark.parametrize(("before", "after"), [((1, 1), (2, 2)), ((2, 1), (1, 1)), ((1, 2), (2, 1))])
def test_another_number_of_ranks_goes_on(
    parts: object, whole: torch.Tensor, tmp_path: Path, before: tuple[int, int], after: tuple[int, int]
) -> None:
    request = request_of(CAST, steps=STEPS)
    run_virtually(Layout(*before), lambda mesh: denoise(parts, tmp_path, request, mesh, stop_after=2))
    for resumed, done in run_virtually(Layout(*after), lambda mesh: denoise(parts, tmp_path, request, mesh)):
        assert done == [3, 4, 5]
        assert torch.equal(resumed, whole)


@pytest.mark.parametrize("change", [{"seed": 4}, {"prompt": "another"}, {"steps": 4}, {"guidance_scale": 2.0}], ids=str)
def test_another_render_never_goes_on_from_it(parts: object, tmp_path: Path, change: dict[str, object]) -> None:
    denoise(parts, tmp_path, request_of(CAST, steps=STEPS), stop_after=3)
    other = request_of(CAST, **({"steps": STEPS} | change))
    made, done = denoise(parts, tmp_path, other)
    assert done[0] == 1
    assert torch.equal(made, denoise(parts, None, other)[0])
    assert len(list(tmp_path.iterdir())) == 1, "the first one's is still there"


ORIGIN = Origin("a" * 64, {"device": "a card", "driver": "1.0", "torch": "2.13.0"})


def a_checkpoint() -> Checkpoint:
    tensors = {"model_outputs.0": torch.randn(1, 2, 3), "last_sample": torch.randn(4)}
    return Checkpoint(ORIGIN, Place(8, 3, {"lower_order_nums": 2, "this_order": 2}, tensors), torch.randn(1, 2, 3))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path, kept = tmp_path / "one", a_checkpoint()
    write_checkpoint(path, kept)
    read = read_checkpoint(path, ORIGIN)
    assert torch.equal(read.latents, kept.latents)
    assert (read.place.steps, read.place.done, read.place.numbers) == (8, 3, kept.place.numbers)
    assert all(torch.equal(read.place.tensors[name], tensor) for name, tensor in kept.place.tensors.items())


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "one"
    write_checkpoint(path, a_checkpoint())
    whole = path.read_bytes()
    rng = random.Random(1)  # noqa: S311 (a test's dice)
    for _ in range(60):
        at = rng.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << rng.randrange(8))]) + whole[at + 1 :])
        try:
            read_checkpoint(path, ORIGIN)
        except CheckpointRefused:
            continue
        pytest.fail(f"byte {at} of {len(whole)} was changed and nobody noticed")
    for length in (0, 7, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointRefused, match="cannot be read"):
            read_checkpoint(path, ORIGIN)


def test_a_checkpoint_of_another_render_or_version_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one"
    write_checkpoint(path, a_checkpoint())
    with pytest.raises(CheckpointRefused, match=r"another render \(aaaaaaaaaaaa…\)"):
        read_checkpoint(path, replace(ORIGIN, conditions="b" * 64))
    monkeypatch.setattr("inference.pipelines.checkpoints.VERSION", 3)
    with pytest.raises(CheckpointRefused, match="version 2, not 3"):
        read_checkpoint(path, ORIGIN)


def test_each_fact_of_the_device_changes_the_digest_and_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "one"
    made = list_computing_facts(describe_used_device(torch.device("cpu"), list_kernels(())))
    assert {"device", "driver", "capability", "library", "kernels", "torch", "diffusers"} <= made.keys()
    write_checkpoint(path, replace(a_checkpoint(), origin=Origin("a" * 64, made)))
    digests = {Origin("a" * 64, made).digest}
    for name in made:
        here = Origin("a" * 64, {**made, name: "of another make"})
        digests.add(here.digest)
        with pytest.raises(CheckpointRefused) as refused:
            read_checkpoint(path, here)
        assert f"elsewhere, and would not go on to the same bits: {name} was {made[name]}, is of" in str(refused.value)
    assert len(digests) == len(made) + 1
    with pytest.raises(CheckpointRefused, match=r"cudnn was absent, is 9"):
        read_checkpoint(path, Origin("a" * 64, {**made, "cudnn": "9"}))


def test_a_take_begins_afresh_on_another_device_and_says_why(
    parts: object,
    whole: torch.Tensor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = request_of(CAST, steps=STEPS)
    here = describe_device(torch.device("cpu"))
    with monkeypatch.context() as elsewhere:
        other = here._replace(driver="another library of products")
        elsewhere.setattr("inference.exact.used_device.describe_device", lambda _: other)
        denoise(parts, tmp_path, request, stop_after=3)
    made, done = denoise(parts, tmp_path, request)
    assert done == list(range(1, STEPS + 1))
    (told,) = (record.why for record in caplog.records if record.message == "checkpoint refused")  # type: ignore[attr-defined]
    assert f"driver was another library of products, is {here.driver}" in told
    assert torch.equal(made, whole)


def test_a_refused_one_is_begun_anew(parts: object, whole: torch.Tensor, tmp_path: Path) -> None:
    request = request_of(CAST, steps=STEPS)
    denoise(parts, tmp_path, request, stop_after=3)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    made, done = denoise(parts, tmp_path, request)
    assert done[0] == 1
    assert torch.equal(made, whole)
