"""What the suite proves of each large model, and by which test; what no test names is not proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from inference.catalogue import ModelCard

VACE, EXPERTS, ANIMATE, ANIMATE_2 = "vace", "vace of two experts", "animate", "animate 2"

_INFERENCE = "tests/inference"
_TWIN = f"{_INFERENCE}/second_device/test_on_twin.py"
_RANKS = f"{_INFERENCE}/parallel/test_exactness.py::test_virtual_ranks_make_what_one_rank_makes"
_SHAPES = f"{_INFERENCE}/parallel/test_fixed_shapes.py::test_a_device_that_rounds_by_shape_makes_one_ranks_latents"
_VACE = f"{_INFERENCE}/pipelines/test_wan_vace.py"
_ANIMATE_2 = f"{_INFERENCE}/pipelines/test_wan_animate_2.py"
_KEYFRAMES = f"{_INFERENCE}/pipelines/test_keyframes.py"
_OWN_CALL = "test_latents_and_frames_are_those_of_diffusers_own_call_to_the_bit"


class Proof(NamedTuple):
    """by: the test for each kind of model that has one, as `path::name`. of: whether a model claims it at all."""

    claim: str
    by: dict[str, str]
    of: Callable[[ModelCard], bool] = lambda _: True


PROOFS = (
    Proof(
        "latents and frames are those of diffusers' own call, bit for bit",
        {
            VACE: f"{_VACE}::{_OWN_CALL}",
            EXPERTS: f"{_VACE}::test_of_two_experts_each_takes_its_steps_and_diffusers_own_call_says_the_same",
            ANIMATE: f"{_INFERENCE}/pipelines/test_wan_animate.py::{_OWN_CALL}",
            ANIMATE_2: f"{_ANIMATE_2}::test_latents_and_frames_are_those_of_diffusers_own_blocks_to_the_bit",
        },
    ),
    Proof(
        "several ranks make one rank's bits on a CPU",
        {
            VACE: _RANKS,
            EXPERTS: f"{_TWIN}::test_two_ranks_there_make_one_ranks_clip",
            ANIMATE: _RANKS,
            ANIMATE_2: f"{_ANIMATE_2}::test_any_number_of_ranks_has_the_bits_of_one",
        },
    ),
    Proof(
        "they do on a device that rounds by shape",
        {VACE: _SHAPES, ANIMATE: _SHAPES},
        lambda card: "exact" in card.tiers,
    ),
    Proof(
        "rendered whole on a second device, with the CPU's bits",
        dict.fromkeys(
            (VACE, EXPERTS, ANIMATE), f"{_TWIN}::test_every_pipeline_renders_there_what_it_renders_on_the_cpu"
        ),
    ),
    Proof(
        "gone on with where it broke off, to the same bits",
        {
            **dict.fromkeys((VACE, EXPERTS, ANIMATE), f"{_TWIN}::test_a_render_that_broke_off_there_is_gone_on_with"),
            ANIMATE_2: f"{_ANIMATE_2}::test_it_goes_on_from_the_last_step_of_whichever_segment",
        },
    ),
    Proof(
        "keyframes go in as the authors' own video and mask",
        {
            VACE: f"{_KEYFRAMES}"
            "::test_latents_and_frames_are_those_of_diffusers_own_call_with_the_authors_video_and_mask",
            EXPERTS: f"{_KEYFRAMES}::test_both_experts_are_shown_them",
        },
        lambda card: card.keyframes,
    ),
    Proof(
        "a character's LoRA acts, on the second device as on the CPU",
        dict.fromkeys((VACE, ANIMATE), f"{_TWIN}::test_adapters_act_there"),
        lambda card: card.adapters,
    ),
    Proof(
        "pulled, and rendered by the worker",
        {
            VACE: f"{_INFERENCE}/worker/test_pulled_model.py"
            "::test_offload_and_ranks_change_no_exact_bit_and_receipts_name_what_was_on"
        },
    ),
    Proof(
        "memory of a step is what diffusers' class allocates at its true shape",
        {
            VACE: f"{_INFERENCE}/test_memory.py::test_a_step_at_true_shapes_fills_what_is_counted",
            EXPERTS: f"{_INFERENCE}/test_memory.py::test_a_step_at_true_shapes_fills_what_is_counted",
            ANIMATE: f"{_INFERENCE}/test_memory.py::test_a_driving_video_and_its_faces_are_counted",
            ANIMATE_2: f"{_INFERENCE}/test_driven_costs.py::test_a_step_at_true_shapes_fills_what_is_counted",
        },
    ),
    Proof("any picture of its true weights: that they load, the likeness, the motion", {}),
    Proof("anything on a card: bits, speed, memory", {}),
)
