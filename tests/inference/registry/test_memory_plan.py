"""What a large model will do with a machine's memory is said before anything is loaded, and is what then happens."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.catalogue import PULLED, RequestRefused, folder_of_model
from inference.memory import Job, usable_bytes, work_bytes
from inference.pipelines.weight_offload import WeightOffload
from inference.registry.doctor import check_accelerators
from inference.registry.lock import Lock, write_lock
from inference.registry.machine import describe_plans, find_machine, parse_cards
from inference.registry.memory_plan import Machine, MemoryPlan, choose_layout, plan_memory
from inference.registry.specs import SPECS

GB = 1_000_000_000
ONE_80 = parse_cards("1x80")


def plan(name: str, machine: Machine, **changes: int) -> MemoryPlan:
    return plan_memory(PULLED[name], SPECS[name], PULLED[name].default_job._replace(**changes), machine)


def test_wan_14b_at_720p_and_81_frames_fits_one_card_of_80_gb() -> None:
    made = plan("wan-vace-14b", ONE_80)
    assert made.waiting == ()
    assert not made.by_block
    assert made.words() == "46.5 GB resident, 68 GB at the peak of 80"
    assert made.peak_bytes <= 0.9 * 80 * GB


def test_of_two_experts_one_is_resident_at_a_time_where_both_would_not_fit() -> None:
    made = plan("wan2.2-vace", ONE_80)
    assert "transformer_2" in made.waiting
    assert made.words() == "46.5 GB resident, one of two experts at a time, 68 GB at the peak of 80"
    assert plan("wan2.2-vace", parse_cards("1x141")).waiting == ()


@pytest.mark.parametrize(
    ("name", "cards", "words"),
    [
        ("wan-vace-14b", "1x64", "35.2 GB resident, text encoder on the host, 57 GB at the peak of 64"),
        (
            "wan-vace-14b", "1x48",
            "14.0 GB resident, the transformer block by block from the host, 36 GB at the peak of 48",
        ),
        ("wan-vace-14b", "8x80", "46.5 GB resident, 56 GB at the peak of 80, on each of 8 cards (2x4)"),
        ("wan-vace-1.3b", "1x24", "4.8 GB resident, text encoder on the host, 12 GB at the peak of 24"),
        ("wan-animate-2", "1x80", "34.6 GB resident, text encoder on the host, 69 GB at the peak of 80"),
        ("wan-animate-2", "8x80", "45.9 GB resident, 58 GB at the peak of 80, on each of 8 cards (2x4)"),
        ("wan-animate", "1x80", "47.7 GB resident, 63 GB at the peak of 80"),
    ],
)  # fmt: skip
def test_what_stays_and_what_waits_is_said(name: str, cards: str, words: str) -> None:
    assert plan(name, parse_cards(cards)).words() == words


def test_what_cannot_fit_is_refused_with_the_nearest_that_can() -> None:
    machine = parse_cards("1x24")
    with pytest.raises(RequestRefused, match=r"needs 27 GB, and one card of 24 GB has 24 GB a card: try 832x480") as no:
        plan("wan-vace-14b", machine)
    assert no.value.field == "size"
    assert no.value.nearest == ("832x480", "480x832", "624x624")
    for size in no.value.nearest:
        width, height = map(int, size.split("x"))
        assert plan("wan-vace-14b", machine, width=width, height=height).by_block


def test_a_driving_video_whose_keys_and_values_fit_no_card_wants_more_of_them() -> None:
    with pytest.raises(RequestRefused, match=r"wan-animate-2 at 1280x720 and 81 frames needs 124 GB") as no:
        plan("wan-animate-2", ONE_80, width=1280, height=720)
    assert no.value.nearest[0] == "832x480"
    assert plan("wan-animate-2", parse_cards("8x80"), width=1280, height=720).waiting == ()


def test_where_no_size_fits_a_shorter_clip_is_named_and_where_none_does_a_larger_machine() -> None:
    narrow = parse_cards("1x15")
    with pytest.raises(RequestRefused) as no:
        plan("wan-vace-14b", narrow, width=832, height=480, references=10)
    (seconds,) = no.value.nearest
    assert no.value.field == "seconds"
    frames = round(float(seconds) * 16)
    assert plan("wan-vace-14b", narrow, width=832, height=480, frames=frames, references=10).by_block
    with pytest.raises(RequestRefused):
        plan("wan-vace-14b", narrow, width=832, height=480, frames=frames + 4, references=10)
    with pytest.raises(RequestRefused, match="no size and no length of it fits: take a larger machine"):
        plan("wan-vace-14b", parse_cards("1x10"))


def test_the_host_has_to_hold_the_weights_of_every_rank() -> None:
    host = Machine("a box", 8, 80 * GB, 200 * GB)
    with pytest.raises(RequestRefused, match=r"8 ranks fill 372 GB of the host's memory.*: let 3 cards render"):
        plan("wan-vace-14b", host)


def test_a_cpu_holds_weights_and_work_in_one_memory() -> None:
    made = plan("wan-vace-1.3b", Machine("a host", 0, 0, 128 * GB))
    assert made.words() == "31.8 GB resident, 41 GB at the peak of 128"
    with pytest.raises(RequestRefused, match=r"a laptop has 16\.0 GB free and no accelerator"):
        plan("wan-vace-1.3b", Machine("a laptop", 0, 0, 16 * GB))


@pytest.mark.parametrize(("heads", "cards", "guided", "layout"), [
    (40, 8, True, (2, 4)), (40, 8, False, (1, 8)), (12, 8, True, (2, 4)), (40, 3, True, (2, 1)), (12, 7, False, (1, 6)),
    (40, 1, True, (1, 1)),
])  # fmt: skip
def test_cards_are_grouped_for_guidance_first_and_then_by_heads(
    heads: int, cards: int, guided: bool, layout: tuple[int, int]
) -> None:
    assert choose_layout(heads, cards, guided=guided) == layout


def test_two_cards_share_the_tokens_of_a_model_that_is_not_guided() -> None:
    """A second text there is not; by twice the cards a step takes half as long, and fills half as much on each."""
    two, one = Machine("two", 2, 80 * GB, 1000 * GB), Machine("one", 1, 80 * GB, 1000 * GB)
    shared, alone = plan("wan-animate-2-distilled", two), plan("wan-animate-2-distilled", one)
    assert shared.layout == (1, 2)
    assert shared.peak_bytes < alone.peak_bytes
    assert plan("wan-animate-2", two).layout == (2, 1)


class Weighing(torch.nn.Module):
    """A part that weighs what a true one does, and moves nowhere."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(size_bytes, dtype=torch.uint8, device="meta"), requires_grad=False)

    def to(self, *_: object, **__: object) -> Weighing:
        return self


@pytest.mark.parametrize("cards", ["1x64", "1x80", "1x141"])
@pytest.mark.parametrize("name", ["wan-vace-14b", "wan2.2-vace", "wan-animate"])
def test_weights_come_and_go_as_planned(name: str, cards: str) -> None:
    """The plan against what moves the weights, with parts of the true size."""
    card, machine = PULLED[name], parse_cards(cards)
    made, job = plan(name, machine), card.default_job
    assert card.shape is not None
    work = work_bytes(card.shape, job, machine.element_bytes)
    offload = WeightOffload(torch.device("meta"), budget_bytes=usable_bytes(machine.card_bytes))
    parts = {part: Weighing(size) for part, size in SPECS[name].parts_bytes(machine.element_bytes).items()}
    experts = [part for part in parts if part.startswith("transformer")]
    for part in experts:
        offload.adopt(parts[part], work)
    offload.leave_room(work)
    most = 0
    for part in (*(part for part in ("text_encoder", "image_encoder", "vae") if part in parts), *experts):
        with offload.use(parts[part]):
            if part in experts:
                most = max(most, offload._filled())
    assert most == made.resident_bytes
    assert most + work <= usable_bytes(machine.card_bytes)


def test_this_machine_is_asked_without_torch_where_no_driver_is(tmp_path: Path) -> None:
    found = find_machine(tmp_path)
    assert (found.name, found.cards) == ("this machine", 0)
    assert found.host_bytes > 0
    eight = parse_cards("8xH20")
    assert (eight.name, eight.cards, eight.card_bytes) == ("8 NVIDIA H20", 8, 96 * GB)
    for words in ("80", "0x80", "2xabacus"):
        with pytest.raises(ValueError, match=r"COUNTxGB or COUNTxNAME \(8x80, 1xH20\) of NVIDIA A100 .*; not"):
            parse_cards(words)


def test_the_models_and_the_doctor_say_it_in_words(tmp_path: Path) -> None:
    folder = folder_of_model(tmp_path, "wan-vace-14b")
    folder.mkdir(parents=True)
    write_lock(folder, Lock("wan-vace-14b", "here", None, {}))
    laptop = Machine("this machine", 0, 0, 16 * GB)
    here, on_80 = describe_plans(laptop, tmp_path)["wan-vace-14b"]
    assert "wan-vace-14b at 1280x720 and 81 frames needs" in here
    assert on_80 == "one card of 80 GB, 1280x720, 81 frames: 46.5 GB resident, 68 GB at the peak of 80"
    accelerator, memory = check_accelerators(laptop, tmp_path)
    assert accelerator.ok
    assert (memory.ok, memory.name, memory.words) == (False, "memory: wan-vace-14b", here)
    assert memory.remedy
    accelerator, memory = check_accelerators(ONE_80, tmp_path)
    assert accelerator.words == "one card of 80 GB: 80 GB a card"
    assert (memory.ok, memory.words) == (True, on_80)


def test_a_job_is_what_people_ask_for_who_ask_for_nothing_in_particular() -> None:
    assert PULLED["wan-vace-14b"].default_job == Job(1280, 720, 81, 1)
    assert PULLED["wan-animate"].default_job.frames == 77
