"""One GPU, true shapes, random weights: what a forward costs, which kernels are fastest, and what exactness costs.

Made to end within ten minutes on one H200. On a machine without a GPU `DRAMATIS_BENCH_TINY=1` sends tiny shapes through
the same code, which proves the code and measures nothing; without either the bench refuses to run.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from inference.cost import WAN_14B, count_tokens
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.parallel.virtual import run_virtually
from inference.pipelines.tiers import tuned
from tests.bench.outcome import Outcome, Report

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
    if not tiny and not torch.cuda.is_available():
        raise SystemExit("no GPU here. DRAMATIS_BENCH_TINY=1 proves the code on tiny shapes, and measures nothing")
    outcome = Outcome()
    bench = Bench(TINY if tiny else Shapes(), report, outcome)
    outcome.note("measured", "nothing: tiny shapes on a CPU" if tiny else torch.cuda.get_device_name())
    bench.forwards()
    bench.exactness()
    bench.job()
    if not tiny:
        outcome.check("forward_720p_cudnn_s", outcome.figures.get("forward_720p__native_cudnn_s"), "<=", 11.2)
        outcome.check("exact_over_fast", outcome.figures.get("exact_over_fast"), "<=", 1.10)
        outcome.check("job_stock_over_ours", outcome.figures.get("job_stock_over_ours"), ">=", 1.4)
        outcome.check("decode_share_of_job", outcome.figures.get("decode_share_of_fifty_steps"), "<=", 0.03)
        if "forward_720p__flash_3_s" in outcome.figures:
            outcome.check("forward_720p_fa3_s", outcome.figures["forward_720p__flash_3_s"], "<=", 10.2)
    return outcome


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
            ).forward_flop(count_tokens(*size))  # fmt: skip
            for backend in BACKENDS:
                seconds = self._attempt(backend, lambda inputs=inputs: self.transformer(**inputs))
                if seconds is not None:
                    self.outcome.note(f"forward_{name}_{backend}_s", round(seconds, 3))
                    self.outcome.note(f"forward_{name}_{backend}_tflop_per_s", round(flop / seconds / 1e12, 1))
            self.report(f"gpu: forwards at {name}")
        eager_s = self._time(lambda: self.transformer(**self._inputs(self.shapes.small)))
        shared = share_sequence(self.transformer, Mesh().sequence)
        with tuned(shared, "exact", self.device):
            exact_s = self._time(lambda: shared(**self._inputs(self.shapes.small)))
        with tuned(shared, "fast", self.device):
            shared(**self._inputs(self.shapes.small))  # compiles
            fast_s = self._time(lambda: shared(**self._inputs(self.shapes.small)))
        self.outcome.note("exact_480p_s", round(exact_s, 3))
        self.outcome.note("fast_480p_s", round(fast_s, 3))
        self.outcome.note("eager_480p_s", round(eager_s, 3))
        self.outcome.note("exact_over_fast", round(exact_s / fast_s, 3))
        self.report("gpu: tiers")

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

    def job(self) -> None:
        """A short 480p denoise and a whole VAE decode: ours (fast tier, tiles) against diffusers' own, eager."""
        from diffusers import AutoencoderKLWan

        vae = AutoencoderKLWan(base_dim=self.shapes.vae_base).to(self.device, torch.float32).eval()
        inputs, steps = self._inputs(self.shapes.small), self.shapes.job_steps
        latents = inputs["hidden_states"].float()
        shared = share_sequence(self.transformer, Mesh().sequence)
        with torch.inference_mode():
            with tuned(shared, "fast", self.device):
                shared(**inputs)
                ours_s = self._time(lambda: [shared(**inputs) for _ in range(2 * steps)], repeats=1)
            vae.enable_tiling()
            decode_s = self._time(lambda: decode_tiles(vae, latents, Mesh().world), repeats=1)
            stock_s = self._time(lambda: [self.transformer(**inputs) for _ in range(2 * steps)], repeats=1)
            vae.disable_tiling()
            stock_decode_s = self._time(lambda: vae.decode(latents), repeats=1)
        self.outcome.note("decode_tiled_s", round(decode_s, 2))
        self.outcome.note("decode_stock_s", round(stock_decode_s, 2))
        self.outcome.note("decode_share_of_fifty_steps", round(decode_s / (decode_s + ours_s * 50 / steps), 4))
        self.outcome.note("job_stock_over_ours", round((stock_s + stock_decode_s) / (ours_s + decode_s), 3))
        if self.device.type == "cuda":
            self.outcome.note("peak_memory_resident_gb", round(torch.cuda.max_memory_allocated() / 1e9, 1))
            self.outcome.note("peak_memory_offloaded_gb", round(self._peak_offloaded(inputs) / 1e9, 1))
        self.report("gpu: job")

    def _peak_offloaded(self, inputs: dict[str, torch.Tensor]) -> int:
        """Bytes at the peak of a forward whose blocks wait in the host's memory."""
        self.transformer.enable_group_offload(
            onload_device=self.device, offload_device=torch.device("cpu"), offload_type="block_level",
            num_blocks_per_group=1, use_stream=True,
        )  # fmt: skip
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        with torch.inference_mode():
            self.transformer(**inputs)
        return torch.cuda.max_memory_allocated()

    def _build(self, layers: int) -> torch.nn.Module:
        from diffusers import WanTransformer3DModel

        torch.manual_seed(0)
        before = torch.get_default_dtype()
        torch.set_default_dtype(self.shapes.dtype)
        try:
            with self.device:
                model = WanTransformer3DModel(
                    num_attention_heads=self.shapes.heads, attention_head_dim=self.shapes.head_width, in_channels=16,
                    out_channels=16, text_dim=4096, freq_dim=256, ffn_dim=self.shapes.feed_forward, num_layers=layers,
                    cross_attn_norm=True,
                )  # fmt: skip
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
