"""Weights come to the device when their turn comes, the least used leaves, and no bit knows of it."""

from __future__ import annotations

import threading

import pytest
import torch

from inference.memory import BLOCKS_ALIVE
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import Offload
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload, _size_bytes
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CPU = torch.device("cpu")
SIZE = 400  # bytes of a part


class Part(torch.nn.Linear):
    """A hundred numbers, counting how often they are moved."""

    def __init__(self) -> None:
        super().__init__(10, 10, bias=False)
        self.moves = 0

    def to(self, *_: object, **__: object) -> Part:
        self.moves += 1
        return self


def test_what_was_used_last_stays_and_the_least_used_leaves() -> None:
    one, two, three = Part(), Part(), Part()
    weight_offload = WeightOffload(CPU, budget_bytes=2 * SIZE)
    for part in (one, two, one, three, one):
        with weight_offload.use(part):
            pass
    assert (one.moves, two.moves, three.moves) == (1, 2, 1), "two came and went; nobody else moved twice"


def test_who_is_on_the_device_is_told_at_any_time() -> None:
    one, two = Part(), Part()
    weight_offload = WeightOffload(CPU, budget_bytes=SIZE)
    assert not weight_offload.holds(one)
    with weight_offload.use(one):
        assert (weight_offload.holds(one), weight_offload.holds(two)) == (True, False)
    assert weight_offload.holds(one), "what was used last stays"
    with weight_offload.use(two):
        assert (weight_offload.holds(one), weight_offload.holds(two)) == (False, True)
    assert WeightOffload(CPU).holds(one), "a CPU computes where weights lie"


def test_copies_that_share_weights_come_and_go_together() -> None:
    one, copy, other = Part(), Part(), Part()
    copy.weight = one.weight
    weight_offload = WeightOffload(CPU, budget_bytes=SIZE)
    for part in (one, copy, other):
        with weight_offload.use(part):
            pass
    assert (one.moves, copy.moves) == (2, 2)


def test_whether_a_decoder_always_finds_room_is_known_before_any_waits() -> None:
    roomy, narrow = WeightOffload(CPU, budget_bytes=2 * SIZE), WeightOffload(CPU, budget_bytes=2 * SIZE - 1)
    transformer = build_tiny_wan_vace().transformer
    three_blocks = BLOCKS_ALIVE * max(map(_size_bytes, (*transformer.blocks, *transformer.vace_blocks)))
    by_block = WeightOffload(CPU, "blocks", budget_bytes=three_blocks + SIZE)
    for weight_offload in (roomy, narrow, by_block):
        weight_offload.adopt(transformer if weight_offload is by_block else Part())
    assert [one.always_beside(Part()) for one in (roomy, narrow, by_block)] == [True, False, True]


def test_who_finds_no_room_waits_for_it() -> None:
    one, two = Part(), Part()
    weight_offload, came = WeightOffload(CPU, budget_bytes=SIZE), threading.Event()

    def come() -> None:
        with weight_offload.use(two):
            came.set()

    with weight_offload.use(one):
        waiting = threading.Thread(target=come)
        waiting.start()
        assert not came.wait(0.1)
    waiting.join(5)
    assert came.is_set()


def test_parts_leave_at_once_where_that_is_asked_for() -> None:
    one, weight_offload = Part(), WeightOffload(CPU, "parts", budget_bytes=9 * SIZE)
    for _ in range(2):
        with weight_offload.use(one):
            pass
    assert one.moves == 4


def test_room_for_a_render_is_made_before_it_begins_and_given_back_to_weights_after_it() -> None:
    one, two, three = Part(), Part(), Part()
    weight_offload = WeightOffload(CPU, budget_bytes=3 * SIZE)
    for part in (one, two, three):
        with weight_offload.use(part):
            pass
    weight_offload.leave_room(SIZE)
    assert (one.moves, two.moves, three.moves) == (2, 1, 1), "the least used one has left"
    with weight_offload.use(three):
        weight_offload.leave_room(3 * SIZE)
    assert (two.moves, three.moves) == (2, 1), "what is at work stays, whatever is wanted"
    weight_offload.leave_room(0)
    for part in (one, two):
        with weight_offload.use(part):
            pass
    assert (one.moves, two.moves, three.moves) == (3, 3, 1)


def test_what_was_promised_to_fit_together_does_whatever_a_render_wants() -> None:
    transformer, vae = Part(), Part()
    weight_offload = WeightOffload(CPU, budget_bytes=3 * SIZE)
    weight_offload.adopt(transformer, work_bytes=SIZE)
    assert weight_offload.always_beside(vae)
    weight_offload.leave_room(3 * SIZE)
    with weight_offload.use(vae), weight_offload.use(transformer):
        assert (vae.moves, transformer.moves) == (1, 1)


def test_a_transformer_beside_which_its_usual_renders_find_no_room_goes_block_by_block() -> None:
    transformer = build_tiny_wan_vace().transformer
    size = _size_bytes(transformer)
    for work, words in ((100, "parts offloaded where room is needed"), (101, "transformer offloaded block by block")):
        weight_offload = WeightOffload(CPU, budget_bytes=size + 100)
        weight_offload.adopt(transformer, work_bytes=work)
        assert weight_offload.words() == (words,)


@pytest.mark.parametrize("offload", ["auto", "parts", "blocks"])
def test_a_render_is_the_same_wherever_its_weights_wait(offload: Offload) -> None:
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request, cancel = request_of(cast, steps=1), CancelToken()
    made = []
    for weight_offload in (None, WeightOffload(CPU, offload, budget_bytes=1)):  # one byte: nothing fits beside anything
        vace = WanVacePipeline(CARD, build_tiny_wan_vace(), {}, weight_offload=weight_offload)
        made.append(vace.denoise(vace.prepare(request, cast, None, cancel), lambda *_: None, cancel))
    assert torch.equal(*made)
