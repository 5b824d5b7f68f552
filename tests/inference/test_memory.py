"""The count of memory lies above what diffusers' classes allocate at their true shapes, and not far above.

Nothing is computed: tensors have no content, and their storages are counted while they live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import pytest
import torch

from inference.cost import WAN_ANIMATE_14B, WAN_VACE_1_3B, WAN_VACE_14B, WanAnimateShape, WanShape
from inference.memory import ROW_TILE, Job, decode_bytes, encode_bytes, step_bytes, work_bytes
from inference.parallel.fixed_shapes import fixed_shapes
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.parallel.virtual import run_virtually
from inference.registry.tiny import TEXT_WIDTH, build_tiny_wan_vace
from inference.vendors import VENDORS
from tests.inference.peak_memory import fused_attention, peak_bytes

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer

META = torch.device("meta")
AT_720P, AT_480P = Job(1280, 720, 81), Job(832, 480, 81)


@pytest.fixture(autouse=True)
def without_computing() -> Iterator[None]:
    with fused_attention():
        yield


def in_bfloat16(build: Callable[[], Transformer]) -> Transformer:
    """On no device, in the precision of an accelerator; what diffusers keeps in float32 is kept so."""
    torch.set_default_dtype(torch.bfloat16)
    try:
        with META:
            model = build()
    finally:
        torch.set_default_dtype(torch.float32)
    kept = set(model._keep_in_fp32_modules or ())
    for name, tensor in chain(model.named_parameters(), model.named_buffers()):
        if kept & set(name.split(".")):
            tensor.data = tensor.data.float()
    return model.eval()


def build_vace(shape: WanShape) -> Transformer:
    from diffusers import WanVACETransformer3DModel

    every = shape.blocks // shape.vace_blocks
    return WanVACETransformer3DModel(
        num_attention_heads=shape.heads, attention_head_dim=shape.head_width, ffn_dim=shape.feed_forward,
        num_layers=shape.blocks, text_dim=4096, vace_layers=list(range(0, shape.blocks, every)), vace_in_channels=96,
        cross_attn_norm=True,
    )  # fmt: skip


def step_peak(
    transformer: Transformer, job: Job, mesh: Mesh | None = None, text_width: int = 4096, row_tile: int | None = None
) -> int:
    """Of one forward of Wan-VACE with one reference; of the exact tier where a `row_tile` is given."""
    shared = share_sequence(transformer, (mesh or Mesh()).sequence)
    weight = next(shared.patch_embedding.parameters())
    place = {"device": weight.device, "dtype": weight.dtype}
    grid = (2 + (job.frames - 1) // 4, job.height // 8, job.width // 8)
    told = {
        "hidden_states": torch.zeros(1, 16, *grid, **place),
        "timestep": torch.full((1,), 500, device=weight.device),
        "encoder_hidden_states": torch.zeros(1, 512, text_width, **place),
        "control_hidden_states": torch.zeros(1, 96, *grid, **place),
        "control_hidden_states_scale": torch.ones(len(shared.config.vace_layers), **place),
    }
    with fixed_shapes(shared, row_tile) if row_tile else nullcontext():
        return peak_bytes(lambda: shared(**told, return_dict=False))


@pytest.mark.parametrize(("shape", "job"), [(WAN_VACE_14B, AT_720P), (WAN_VACE_14B, AT_480P), (WAN_VACE_1_3B, AT_480P)])
def test_a_step_at_true_shapes_fills_what_is_counted(shape: WanShape, job: Job) -> None:
    peak = step_peak(in_bfloat16(lambda: build_vace(shape)), job)
    assert peak <= step_bytes(shape, job, 2) <= 1.05 * peak


def test_in_float32_too() -> None:
    with META:
        transformer = build_vace(WAN_VACE_1_3B)
    peak = step_peak(transformer, AT_480P)
    assert peak <= step_bytes(WAN_VACE_1_3B, AT_480P, 4) <= 1.1 * peak


@pytest.mark.parametrize("ranks", [2, 4, 8])
def test_ranks_hold_their_own_rows_and_at_the_end_everybodys(ranks: int) -> None:
    transformer = in_bfloat16(lambda: build_vace(WAN_VACE_14B))
    peaks = run_virtually(Layout(1, ranks), lambda mesh: step_peak(transformer, AT_720P, mesh))
    counted = step_bytes(WAN_VACE_14B, AT_720P, 2, ranks)
    assert max(peaks) <= counted <= 1.25 * max(peaks)
    assert counted < step_bytes(WAN_VACE_14B, AT_720P, 2) / (1.5 if ranks == 2 else 3)


@pytest.mark.parametrize("ranks", [1, 8])
def test_the_exact_tiers_tiles_are_counted(ranks: int) -> None:
    assert max(vendor.row_tile for vendor in VENDORS.values()) == ROW_TILE
    transformer = in_bfloat16(lambda: build_vace(replace(WAN_VACE_14B, blocks=4, vace_blocks=4)))
    peaks = run_virtually(Layout(1, ranks), lambda mesh: step_peak(transformer, AT_480P, mesh, row_tile=ROW_TILE))
    assert max(peaks) <= step_bytes(replace(WAN_VACE_14B, vace_blocks=4), AT_480P, 2, ranks) <= 1.25 * max(peaks)


def test_a_driving_video_and_its_faces_are_counted() -> None:
    from diffusers import WanAnimateTransformer3DModel

    job = Job(832, 480, 77)
    animate = in_bfloat16(lambda: WanAnimateTransformer3DModel(added_kv_proj_dim=5120, text_dim=4096, num_layers=10))
    shared, place = share_sequence(animate, Mesh().sequence), {"device": META, "dtype": torch.bfloat16}

    def forward() -> None:
        shared(
            hidden_states=torch.empty(1, 36, 21, 60, 104, **place),
            timestep=torch.ones(1, device=META),
            encoder_hidden_states=torch.empty(1, 512, 4096, **place),
            encoder_hidden_states_image=torch.empty(1, 257, 1280, **place),
            pose_hidden_states=torch.empty(1, 16, 20, 60, 104, **place),
            face_pixel_values=torch.empty(1, 3, 77, 512, 512, **place),
            return_dict=False,
        )

    peak = peak_bytes(forward)
    assert isinstance(WAN_ANIMATE_14B, WanAnimateShape)
    assert peak <= step_bytes(WAN_ANIMATE_14B, job, 2) <= 1.1 * peak


def test_the_vae_in_tiles_fills_what_is_counted() -> None:
    from diffusers import AutoencoderKLWan

    with META:
        vae = AutoencoderKLWan().eval()
        latents, pixels = torch.empty(1, 16, 5, 32, 56), torch.empty(1, 3, 17, 256, 448)
    vae.enable_tiling()
    job = Job(448, 256, 17)
    decoded = peak_bytes(lambda: decode_tiles(vae, latents, Mesh().world))
    assert decoded <= decode_bytes(WAN_VACE_14B, job) <= 1.15 * decoded
    encoded = peak_bytes(lambda: vae.encode(pixels))
    assert encoded <= encode_bytes(WAN_VACE_14B, job) <= 1.3 * encoded, "with the pixels, which were there before"


def test_a_tiny_class_with_content_stays_below_the_count() -> None:
    parts = build_tiny_wan_vace()
    shape = WanShape(96, 96, 3, text_width=TEXT_WIDTH, vace_blocks=2, head_width=12, vae_width=3)
    for job in (Job(64, 64, 9), Job(128, 64, 17)):
        assert step_peak(parts.transformer, job, text_width=TEXT_WIDTH) <= step_bytes(shape, job, 4)


def test_a_render_wants_its_step_and_the_decode_of_the_one_before_it() -> None:
    step, decode = step_bytes(WAN_VACE_14B, AT_720P, 2), decode_bytes(WAN_VACE_14B, AT_720P)
    assert work_bytes(WAN_VACE_14B, AT_720P, 2) == step + decode
    assert work_bytes(WAN_VACE_14B, AT_720P, 2, overlaps=False) == max(step, decode)
    more = AT_720P._replace(references=5)
    assert work_bytes(WAN_VACE_14B, more, 2) > 1.1 * work_bytes(WAN_VACE_14B, AT_720P, 2), "four more latent frames"
