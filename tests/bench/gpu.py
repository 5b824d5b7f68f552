"""One GPU, true shapes, random weights: what a forward costs, which kernels are fastest, and what exactness costs.

Made to end within ten minutes on one H200: each figure is told as it comes, a part that breaks takes no other with it,
and one for which no time is left is not begun. On a machine without a GPU `DRAMATIS_BENCH_TINY=1` sends tiny shapes
through the same code, which proves the code and measures nothing; without either the bench refuses to run.
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
from diffusers import ModelMixin
from PIL import Image

from inference.cost import WAN_14B, count_tokens
from inference.exact.noise import draw_noise
from inference.exact.product_flags import product_flags
from inference.media.encode import ClipEncoder
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.tiers import choose_kernels, tuned
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.bench.outcome import Figure, Outcome, Report
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline

BACKENDS = ("native", "_native_cudnn", "_native_flash", "flash", "_flash_3")
EXACT_RANKS = (2, 4, 8)
AT_MOST_S = 540.0  # of a call of ten minutes; the rest is for what is imported before


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
    text_width: int = 4096
    repeats: int = 2


TINY = Shapes("cpu", torch.float32, 8, 12, 96, 2, 2, (64, 48, 9), (48, 32, 5), 2, 3, 32, 1)


def run(report: Report) -> Outcome:
    """`scripts/bench gpu`."""
    tiny = os.environ.get("DRAMATIS_BENCH_TINY") == "1"
    if not tiny and not torch.accelerator.is_available():
        raise SystemExit("no GPU here. DRAMATIS_BENCH_TINY=1 proves the code on tiny shapes, and measures nothing")
    outcome = Outcome()
    bench = Bench(TINY if tiny else Shapes(), report, outcome)
    outcome.note("measured", "nothing: tiny shapes on a CPU" if tiny else name_accelerator())
    # each with the seconds that it takes on an H200, at most
    for part, need_s in (
        (bench.exactness, 30),
        (bench.forwards, 180),
        (bench.tiers, 150),
        (bench.job, 240),
        (bench.offload, 60),
    ):
        bench.attempt(part, need_s)
    if not tiny:
        hold_against_targets(outcome)
    return outcome


def hold_against_targets(outcome: Outcome) -> None:
    """Of an H200. A forward counts as the faster of eager and compiled: neither loses anything."""
    figures = outcome.figures
    compiled_with = "_flash_3" if "forward_720p__flash_3_s" in figures else "_native_cudnn"

    def forward_s(backend: str) -> Figure:
        names = [f"forward_720p_{backend}_s", *(["fast_720p_s"] if backend == compiled_with else [])]
        return min((seconds for name in names if isinstance(seconds := figures.get(name), float)), default=None)

    outcome.check("forward_720p_cudnn_s", forward_s("_native_cudnn"), "<=", 11.2)
    if compiled_with == "_flash_3":
        outcome.check("forward_720p_fa3_s", forward_s("_flash_3"), "<=", 10.2)
    outcome.check("exact_over_fast", figures.get("exact_over_fast"), "<=", 1.10)
    outcome.check("job_stock_over_ours", figures.get("job_stock_over_ours"), ">=", 1.4)
    outcome.check("finishing_share", figures.get("encode_decode_mux_share_of_fifty_steps"), "<=", 0.03)


def name_accelerator() -> str:
    """The device as its maker calls it."""
    module = getattr(torch, str(torch.accelerator.current_accelerator()))
    return str(module.get_device_name())


class Bench:
    """The parts, one after another on one device; what one of them built is gone when the next begins."""

    def __init__(self, shapes: Shapes, report: Report, outcome: Outcome) -> None:
        self.shapes, self.report, self.outcome = shapes, report, outcome
        self.device = torch.device(shapes.device)
        self._began = time.perf_counter()

    def attempt(self, part: Callable[[], None], need_s: float) -> None:
        """Run a part if there is time for it; whatever breaks there is a failure of the bench, and of no other part."""
        name = part.__name__
        left_s = AT_MOST_S - (time.perf_counter() - self._began)
        if left_s < need_s:
            self.outcome.failures.append(f"{name} was not begun: it wants {need_s:.0f} s and {left_s:.0f} s were left")
            return
        self.report(f"gpu: {name}, {left_s:.0f} s left")
        try:
            part()
        except Exception as error:
            self.outcome.failures.append(f"{name} broke off: {type(error).__name__}: {error}")
            self.report(f"gpu: {self.outcome.failures[-1]}")
        gc.collect()
        if self.device.type != "cpu":
            torch.accelerator.empty_cache()

    def forwards(self) -> None:
        """One eager forward at 720p and 480p, by attention backend."""
        transformer = self._build(self.shapes.layers)
        for name, size in self._sizes():
            inputs = self._inputs(size)
            for backend in BACKENDS:
                seconds = self._attempt_backend(transformer, backend, inputs, 1 if name == "720p" else None)
                if seconds is not None:
                    self._note_forward(f"forward_{name}_{backend}", seconds, size)

    def tiers(self) -> None:
        """Exact against fast at 480p, as they are rendered in; and fast, which is compiled, at 720p."""
        shared = share_sequence(self._build(self.shapes.layers), Mesh().sequence)
        small, large = self._inputs(self.shapes.small), self._inputs(self.shapes.large)
        with tuned(shared, choose_kernels("exact", self.device)), product_flags(tf32=False):
            exact = self._forward(shared, small)
            exact_s = self._time(lambda: shared(**small))
        self._note_forward("exact_480p", exact_s, self.shapes.small)
        fast_kernels = choose_kernels("fast", self.device)
        with tuned(shared, fast_kernels), product_flags(tf32=fast_kernels.tf32):
            fast = self._forward(shared, small)  # compiles
            fast_s = self._time(lambda: shared(**small))
            self._note_forward("fast_480p", fast_s, self.shapes.small)
            self._note("exact_over_fast", round(exact_s / fast_s, 3))
            self._note("fast_forward_off_exact", float((fast - exact).norm() / exact.norm()))
            self._note_forward("fast_720p", self._time(lambda: shared(**large), repeats=1), self.shapes.large)

    def exactness(self) -> None:
        """The exact tier over virtual ranks, bit for bit against one rank, with a few layers at 480p."""
        small = self._build(self.shapes.exact_layers)
        inputs = self._inputs(self.shapes.small)
        alone = self._forward(share_sequence(small, Mesh().sequence), inputs)

        def forward(mesh: Mesh) -> torch.Tensor:
            return self._forward(share_sequence(small, mesh.sequence), inputs)

        unequal = [
            ranks
            for ranks in EXACT_RANKS
            if not all(torch.equal(alone, made) for made in run_virtually(Layout(1, ranks), forward))
        ]
        self.outcome.check("virtual_ranks_unequal_to_one", unequal, "==", [])
        self.report(f"gpu: of {EXACT_RANKS} virtual ranks these differ from one: {unequal}")

    def offload(self) -> None:
        """Memory at the peak of a forward: everything on the device, then block by block as the engine does it."""
        transformer, inputs = self._build(self.shapes.layers), self._inputs(self.shapes.small)
        resident = self._note_peak("peak_memory_resident_gb", transformer, inputs)
        WeightOffload(self.device, "blocks").adopt(transformer)
        offloaded = self._note_peak("peak_memory_offloaded_gb", transformer, inputs)
        self.outcome.check("offload_changes_a_bit", not torch.equal(resident, offloaded), "==", False)

    def _note_peak(self, name: str, transformer: torch.nn.Module, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        """What a forward made; its peak of memory is a figure where the device counts it."""
        on_device = self.device.type != "cpu"
        gc.collect()
        if on_device:
            torch.accelerator.empty_cache()
            torch.accelerator.reset_peak_memory_stats()
        made = self._forward(transformer, inputs)
        if on_device:
            self._note(name, round(torch.accelerator.max_memory_allocated() / 1e9, 1))
        return made

    def job(self) -> None:
        """A whole 480p job: photo and text encoded, steps with guidance, VAE decode, mux; and diffusers' own, eager.

        Ours in the fast tier; both with the same weights, noise and number of steps. The shares are of fifty steps.
        """
        parts, steps = self._build_parts(), self.shapes.job_steps
        width, height, frames = self.shapes.small
        cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
        asked = request_of(cast, width=width, height=height, seconds=frames / 16, steps=steps, tier="fast")
        noise = draw_noise((1, 16, 2 + (frames - 1) // 4, height // 8, width // 8), asked.seed)
        warming = asked.model_copy(update={"prompt": "another", "steps": 2})
        self._render_stock(parts, warming, cast, noise)
        stock_s = self._time(lambda: self._render_stock(parts, asked, cast, noise), repeats=1, warm=False)
        self._note("job_stock_s", round(stock_s, 2))
        parts.vae.enable_tiling()
        ours = WanVacePipeline(CARD, parts, {}, weight_offload=WeightOffload(self.device, "none"))
        self._render_ours(ours, warming, (CastPhoto("chr_2", "Bo", "centre", (noise_photo(2),)),))  # compiles
        prepared_s, denoised_s, finished_s = self._render_ours(ours, asked, cast)
        ours_s = prepared_s + denoised_s + finished_s
        self._note("job_ours_s", round(ours_s, 2))
        self._note("job_ours_prepared_denoised_finished_s", [round(s, 2) for s in (prepared_s, denoised_s, finished_s)])
        self._note("job_stock_over_ours", round(stock_s / ours_s, 3))
        fifty_s = denoised_s * 50 / steps
        share = (prepared_s + finished_s) / (prepared_s + fifty_s + finished_s)
        self._note("encode_decode_mux_share_of_fifty_steps", round(share, 4))

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
                out_channels=16, text_dim=self.shapes.text_width, freq_dim=256, ffn_dim=self.shapes.feed_forward,
                num_layers=self.shapes.layers, cross_attn_norm=True,
                vace_layers=list(range(0, self.shapes.layers, every)), vace_in_channels=96,
            )
        )  # fmt: skip
        text = self._made(
            lambda: UMT5EncoderModel(
                UMT5Config(
                    vocab_size=384, d_model=self.shapes.text_width, d_kv=64, d_ff=64, num_layers=1, num_heads=4,
                    pad_token_id=0,
                )
            )
        )  # fmt: skip
        vae = AutoencoderKLWan(base_dim=self.shapes.vae_base).to(self.device).eval()
        return WanVACEPipeline(
            transformer=transformer, text_encoder=text, vae=vae, tokenizer=tiny.tokenizer, scheduler=tiny.scheduler
        )

    def _build(self, layers: int) -> torch.nn.Module:
        from diffusers import WanTransformer3DModel

        return self._made(
            lambda: WanTransformer3DModel(
                num_attention_heads=self.shapes.heads, attention_head_dim=self.shapes.head_width, in_channels=16,
                out_channels=16, text_dim=self.shapes.text_width, freq_dim=256, ffn_dim=self.shapes.feed_forward,
                num_layers=layers, cross_attn_norm=True,
            )
        )  # fmt: skip

    def _made(self, build: Callable[[], torch.nn.Module]) -> torch.nn.Module:
        """Random weights in the bench's precision, made on the device; what diffusers keeps in float32 is kept so."""
        torch.manual_seed(0)
        before = torch.get_default_dtype()
        torch.set_default_dtype(self.shapes.dtype)
        try:
            with self.device:
                model = build()
        finally:
            torch.set_default_dtype(before)
        kept = getattr(model, "_keep_in_fp32_modules", None) or () if isinstance(model, ModelMixin) else ()
        for name, tensor in itertools.chain(model.named_parameters(), model.named_buffers()):
            if not set(kept).isdisjoint(name.split(".")):
                tensor.data = tensor.data.float()
        return model.eval()

    def _inputs(self, size: tuple[int, int, int]) -> dict[str, torch.Tensor]:
        width, height, frames = size
        generator = torch.Generator().manual_seed(1)
        latents = torch.randn(1, 16, 1 + (frames - 1) // 4, height // 8, width // 8, generator=generator)
        text = torch.randn(1, 512, self.shapes.text_width, generator=generator)
        return {
            "hidden_states": latents.to(self.device, self.shapes.dtype),
            "timestep": torch.tensor([500], device=self.device),
            "encoder_hidden_states": text.to(self.device, self.shapes.dtype),
            "return_dict": False,
        }

    def _attempt_backend(
        self, transformer: torch.nn.Module, backend: str, inputs: dict[str, torch.Tensor], repeats: int | None
    ) -> float | None:
        """Seconds with an attention backend; None where it is not installed or not for this device."""
        try:
            transformer.set_attention_backend(backend)
            return self._time(lambda: transformer(**inputs), repeats)
        except (ImportError, RuntimeError, ValueError) as error:
            self.report(f"gpu: {backend} cannot be used: {str(error).splitlines()[0]}")
            return None
        finally:
            transformer.set_attention_backend("native")  # diffusers keeps the last one for every model of the process
            transformer.reset_attention_backend()

    @torch.inference_mode()
    def _forward(self, transformer: torch.nn.Module, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        made: torch.Tensor = transformer(**inputs)[0].float()
        return made

    @torch.inference_mode()
    def _time(self, work: Callable[[], object], repeats: int | None = None, warm: bool = True) -> float:
        """Least seconds of a few runs, after one that warms up."""
        if warm:
            work()
        best = float("inf")
        for _ in range(repeats or self.shapes.repeats):
            self._wait()
            began = time.perf_counter()
            work()
            self._wait()
            best = min(best, time.perf_counter() - began)
        return best

    def _sizes(self) -> tuple[tuple[str, tuple[int, int, int]], ...]:
        return ("720p", self.shapes.large), ("480p", self.shapes.small)

    def _note_forward(self, name: str, seconds: float, size: tuple[int, int, int]) -> None:
        shape = replace(
            WAN_14B, width=self.shapes.heads * self.shapes.head_width, feed_forward=self.shapes.feed_forward,
            blocks=self.shapes.layers, text_width=self.shapes.text_width,
        )  # fmt: skip
        flop = shape.forward_flop(count_tokens(*size), size[2])
        self._note(f"{name}_s", round(seconds, 3))
        self._note(f"{name}_tflop_per_s", round(flop / seconds / 1e12, 1))

    def _note(self, name: str, value: Figure) -> None:
        """Kept, and told at once: a call that is cut off has said what it knew."""
        self.outcome.note(name, value)
        self.report(f"gpu: {name} = {value}")

    def _wait(self) -> None:
        if self.device.type != "cpu":
            torch.accelerator.synchronize()
