"""One GPU, true shapes, random weights: what a forward costs, which kernels are fastest, and what exactness costs.

Made to end within ten minutes on one H200. On a machine without a GPU `DRAMATIS_BENCH_TINY=1` sends tiny shapes through
the same code, which proves the code and measures nothing; without either the bench refuses to run.
"""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image

from inference.cost import WAN_14B, count_tokens
from inference.exact.noise import draw_noise
from inference.media.encode import ClipEncoder
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.tiers import choose_kernels, tuned
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline

BACKENDS = ("native", "_native_cudnn", "_native_flash", "flash", "_flash_3")
EXACT_RANKS = (2, 4, 8)


@dataclass(frozen=True)
class Shapes:
    """What is run. heads × 128 is the transformer's width; sizes are (width, height, frames)."""

    device: str = "cuda"
    dtype: torch.dtype = torch.bfloat16
    heads: int = 40
    head_width: int = 128
    feed_forward: int = 13824
    layers: int = 40
    exact_layers: int = 4
    large: tuple[int, int, int] = (1280, 720, 81)
    small: tuple[int, int, int] = (832, 480, 81)
    job_steps: int = 4
    vae_base: int = 96
    repeats: int = 2


TINY = Shapes("cpu", torch.float32, 8, 12, 96, 2, 2, (64, 48, 9), (48, 32, 5), 2, 3, 1)


def run(report: Report) -> Outcome:
    """`scripts/bench gpu`."""
    tiny = os.environ.get("DRAMATIS_BENCH_TINY") == "1"
    if not tiny and not torch.accelerator.is_available():
        raise SystemExit("no GPU here. DRAMATIS_BENCH_TINY=1 proves the code on tiny shapes, and measures nothing")
    outcome = Outcome()
    bench = Bench(TINY if tiny else Shapes(), report, outcome)
    outcome.note("measured", "nothing: tiny shapes on a CPU" if tiny else name_accelerator())
    bench.forwards()
    bench.exactness()
    bench.offload()
    bench.job()
    if not tiny:
        outcome.check("forward_720p_cudnn_s", outcome.figures.get("forward_720p__native_cudnn_s"), "<=", 11.2)
        outcome.check("exact_over_fast", outcome.figures.get("exact_over_fast"), "<=", 1.10)
        outcome.check("job_stock_over_ours", outcome.figures.get("job_stock_over_ours"), ">=", 1.4)
        outcome.check("finishing_share", outcome.figures.get("encode_decode_mux_share_of_fifty_steps"), "<=", 0.03)
        if "forward_720p__flash_3_s" in outcome.figures:
            outcome.check("forward_720p_fa3_s", outcome.figures["forward_720p__flash_3_s"], "<=", 10.2)
    return outcome


def name_accelerator() -> str:
    """The device as its maker calls it."""
    module = getattr(torch, str(torch.accelerator.current_accelerator()))
    return str(module.get_device_name())


class Bench:
    """Holds the model between the parts."""

    def __init__(self, shapes: Shapes, report: Report, outcome: Outcome) -> None:
        self.shapes, self.report, self.outcome = shapes, report, outcome
        self.device = torch.device(shapes.device)
        self.transformer = self._build(shapes.layers)

    def forwards(self) -> None:
        """One forward at 720p and 480p, by attention backend; then compiled."""
        for name, size in (("720p", self.shapes.large), ("480p", self.shapes.small)):
            inputs = self._inputs(size)
            flop = replace(
                WAN_14B, width=self.shapes.heads * self.shapes.head_width, feed_forward=self.shapes.feed_forward,
                blocks=self.shapes.layers,
            ).forward_flop(count_tokens(*size), size[2])  # fmt: skip
            for backend in BACKENDS:
                seconds = self._attempt(backend, lambda inputs=inputs: self.transformer(**inputs))
                if seconds is not None:
                    self.outcome.note(f"forward_{name}_{backend}_s", round(seconds, 3))
                    self.outcome.note(f"forward_{name}_{backend}_tflop_per_s", round(flop / seconds / 1e12, 1))
            self.report(f"gpu: forwards at {name}")
        eager_s = self._time(lambda: self.transformer(**self._inputs(self.shapes.small)))
        shared = share_sequence(self.transformer, Mesh().sequence)
        with tuned(shared, choose_kernels("exact", self.device)):
            exact = self._forward(shared)
            exact_s = self._time(lambda: shared(**self._inputs(self.shapes.small)))
        with tuned(shared, choose_kernels("fast", self.device)):
            fast = self._forward(shared)  # compiles
            fast_s = self._time(lambda: shared(**self._inputs(self.shapes.small)))
        self.outcome.note("fast_forward_off_exact", float((fast - exact).norm() / exact.norm()))
        self.outcome.note("exact_480p_s", round(exact_s, 3))
        self.outcome.note("fast_480p_s", round(fast_s, 3))
        self.outcome.note("eager_480p_s", round(eager_s, 3))
        self.outcome.note("exact_over_fast", round(exact_s / fast_s, 3))
        self.report("gpu: tiers")

    @torch.inference_mode()
    def _forward(self, shared: torch.nn.Module) -> torch.Tensor:
        made: torch.Tensor = shared(**self._inputs(self.shapes.small))[0].float()
        return made

    def exactness(self) -> None:
        """The exact tier over virtual ranks, bit for bit against one rank, with a few layers at 480p."""
        small = self._build(self.shapes.exact_layers)
        inputs = self._inputs(self.shapes.small)
        with torch.inference_mode():
            alone = share_sequence(small, Mesh().sequence)(**inputs)[0]

        def forward(mesh: Mesh) -> torch.Tensor:
            with torch.inference_mode():
                return share_sequence(small, mesh.sequence)(**inputs)[0]

        equal = {
            ranks: all(torch.equal(alone, made) for made in run_virtually(Layout(1, ranks), forward))
            for ranks in EXACT_RANKS
        }
        self.outcome.note("virtual_ranks_equal_to_one", {str(ranks): same for ranks, same in equal.items()})
        self.report("gpu: virtual ranks")

    def offload(self) -> None:
        """Memory at the peak of a forward: everything on the device, then block by block."""
        inputs = self._inputs(self.shapes.small)
        if self.device.type == "cpu":
            return
        torch.accelerator.reset_peak_memory_stats()
        with torch.inference_mode():
            self.transformer(**inputs)
        self.outcome.note("peak_memory_resident_gb", round(torch.accelerator.max_memory_allocated() / 1e9, 1))
        self.outcome.note("peak_memory_offloaded_gb", round(self._peak_offloaded(inputs) / 1e9, 1))
        self.report("gpu: offload")

    def job(self) -> None:
        """A whole 480p job: photo and text encoded, steps with guidance, VAE decode, mux; and diffusers' own, eager.

        Ours in the fast tier; both with the same weights, noise and number of steps. The shares are of fifty steps.
        """
        del self.transformer
        gc.collect()
        torch.accelerator.empty_cache() if self.device.type != "cpu" else None
        parts, steps = self._build_parts(), self.shapes.job_steps
        width, height, frames = self.shapes.small
        cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
        asked = request_of(cast, width=width, height=height, seconds=frames / 16, steps=steps, tier="fast")
        noise = draw_noise((1, 16, 2 + (frames - 1) // 4, height // 8, width // 8), asked.seed)
        stock_s = self._time(lambda: self._render_stock(parts, asked, cast, noise), repeats=1)
        parts.vae.enable_tiling()
        ours = WanVacePipeline(CARD, parts, {})
        warm = (CastPhoto("chr_2", "Bo", "centre", (noise_photo(2),)),)
        self._render_ours(ours, asked.model_copy(update={"prompt": "another"}), warm)  # compiles
        prepared_s, denoised_s, finished_s = self._render_ours(ours, asked, cast)
        fifty_s = denoised_s * 50 / steps
        self.outcome.note("job_stock_s", round(stock_s, 2))
        self.outcome.note("job_ours_s", round(prepared_s + denoised_s + finished_s, 2))
        self.outcome.note("job_stock_over_ours", round(stock_s / (prepared_s + denoised_s + finished_s), 3))
        share = (prepared_s + finished_s) / (prepared_s + fifty_s + finished_s)
        self.outcome.note("encode_decode_mux_share_of_fifty_steps", round(share, 4))
        self.report("gpu: job")

    def _render_ours(
        self, ours: WanVacePipeline, asked: RenderRequest, cast: tuple[CastPhoto, ...]
    ) -> tuple[float, float, float]:
        """Seconds to prepare, to denoise, and to decode and mux."""
        cancel, marks = CancelToken(), [time.perf_counter()]

        def mark() -> None:
            self._wait()
            marks.append(time.perf_counter())

        shot = ours.prepare(asked, cast, None, cancel)
        mark()
        latents = ours.denoise(shot, lambda *_: None, cancel)
        mark()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            with ClipEncoder(path, asked.width, asked.height, asked.fps) as clip:
                for frame in ours.decode(shot, latents, cancel):
                    clip.add(frame)
        mark()
        prepared_s, denoised_s, finished_s = (after - before for before, after in itertools.pairwise(marks))
        return prepared_s, denoised_s, finished_s

    @staticmethod
    def _render_stock(
        parts: WanVACEPipeline, asked: RenderRequest, cast: tuple[CastPhoto, ...], noise: torch.Tensor
    ) -> None:
        parts.set_progress_bar_config(disable=True)
        parts(
            prompt=asked.prompt, negative_prompt=asked.negative_prompt,
            reference_images=[[Image.fromarray(photo.rgb_HWC_uint8) for one in cast for photo in one.photos]],
            height=asked.height, width=asked.width, num_frames=asked.frames, num_inference_steps=asked.steps,
            guidance_scale=asked.guidance_scale, latents=noise.to(parts.transformer.device), output_type="np",
        )  # fmt: skip

    def _build_parts(self) -> WanVACEPipeline:
        """Wan-VACE's own transformer and VAE in full; of the text encoder one layer, which a job hardly feels."""
        from diffusers import AutoencoderKLWan, WanVACEPipeline, WanVACETransformer3DModel
        from transformers import UMT5Config, UMT5EncoderModel

        tiny = build_tiny_wan_vace()
        every = max(1, self.shapes.layers // 8)
        transformer = self._made(
            lambda: WanVACETransformer3DModel(
                num_attention_heads=self.shapes.heads, attention_head_dim=self.shapes.head_width, in_channels=16,
                out_channels=16, text_dim=4096, freq_dim=256, ffn_dim=self.shapes.feed_forward,
                num_layers=self.shapes.layers, cross_attn_norm=True,
                vace_layers=list(range(0, self.shapes.layers, every)), vace_in_channels=96,
            )
        )  # fmt: skip
        text = self._made(
            lambda: UMT5EncoderModel(
                UMT5Config(vocab_size=384, d_model=4096, d_kv=64, d_ff=64, num_layers=1, num_heads=4, pad_token_id=0)
            )
        )
        vae = AutoencoderKLWan(base_dim=self.shapes.vae_base).to(self.device).eval()
        return WanVACEPipeline(
            transformer=transformer, text_encoder=text, vae=vae, tokenizer=tiny.tokenizer, scheduler=tiny.scheduler
        )

    def _peak_offloaded(self, inputs: dict[str, torch.Tensor]) -> int:
        """Bytes at the peak of a forward whose blocks wait in the host's memory."""
        self.transformer.enable_group_offload(
            onload_device=self.device, offload_device=torch.device("cpu"), offload_type="block_level",
            num_blocks_per_group=1, use_stream=True,
        )  # fmt: skip
        gc.collect()
        torch.accelerator.empty_cache()
        torch.accelerator.reset_peak_memory_stats()
        with torch.inference_mode():
            self.transformer(**inputs)
        return torch.accelerator.max_memory_allocated()

    def _build(self, layers: int) -> torch.nn.Module:
        from diffusers import WanTransformer3DModel

        return self._made(
            lambda: WanTransformer3DModel(
                num_attention_heads=self.shapes.heads, attention_head_dim=self.shapes.head_width, in_channels=16,
                out_channels=16, text_dim=4096, freq_dim=256, ffn_dim=self.shapes.feed_forward, num_layers=layers,
                cross_attn_norm=True,
            )
        )  # fmt: skip

    def _made(self, build: Callable[[], torch.nn.Module]) -> torch.nn.Module:
        """Random weights in the bench's precision, made on the device."""
        torch.manual_seed(0)
        before = torch.get_default_dtype()
        torch.set_default_dtype(self.shapes.dtype)
        try:
            with self.device:
                model = build()
        finally:
            torch.set_default_dtype(before)
        return model.to(self.shapes.dtype).eval()

    def _inputs(self, size: tuple[int, int, int]) -> dict[str, torch.Tensor]:
        width, height, frames = size
        generator = torch.Generator().manual_seed(1)
        latents = torch.randn(1, 16, 1 + (frames - 1) // 4, height // 8, width // 8, generator=generator)
        text = torch.randn(1, 512, 4096, generator=generator)
        return {
            "hidden_states": latents.to(self.device, self.shapes.dtype),
            "timestep": torch.tensor([500], device=self.device),
            "encoder_hidden_states": text.to(self.device, self.shapes.dtype),
            "return_dict": False,
        }

    def _attempt(self, backend: str, forward: Callable[[], object]) -> float | None:
        """Seconds with an attention backend; None where it is not installed or not for this device."""
        try:
            self.transformer.set_attention_backend(backend)
            return self._time(forward)
        except (ImportError, RuntimeError, ValueError) as error:
            self.report(f"gpu: {backend} cannot be used: {str(error).splitlines()[0]}")
            return None
        finally:
            self.transformer.reset_attention_backend()

    @torch.inference_mode()
    def _time(self, work: Callable[[], object], repeats: int | None = None) -> float:
        """Least seconds of a few runs, after one that warms up."""
        work()
        best = float("inf")
        for _ in range(repeats or self.shapes.repeats):
            self._wait()
            began = time.perf_counter()
            work()
            self._wait()
            best = min(best, time.perf_counter() - began)
        return best

    def _wait(self) -> None:
        if self.device.type != "cpu":
            torch.accelerator.synchronize()
