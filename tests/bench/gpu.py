"""One GPU, true shapes, random weights: what a forward costs, which kernels are fastest, and what exactness costs.

Made to end within seven minutes on one H200: each figure is told as it comes, a part that breaks takes no other with
it, and one for which no time is left is not begun. On a machine without a GPU `--tiny` sends tiny shapes through the
same code, which proves the code and measures nothing; without either the bench refuses to run.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from inference.cost import WAN_14B, WAN_VACE_14B, WanShape, count_tokens
from inference.exact.noise import draw_noise
from inference.exact.used_device import describe_used_device
from inference.memory import Job, decode_bytes, step_bytes
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CastPhoto
from inference.pipelines.policies.one_shape import OneShape
from inference.pipelines.tiers import choose_policies
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from tests.bench.gpu_driven import driven_part
from tests.bench.gpu_job import render_ours, render_stock
from tests.bench.gpu_models import TINY, RandomModels, Shapes, Size
from tests.bench.gpu_policies import applied, price_policies
from tests.bench.gpu_targets import hold_against_targets
from tests.bench.outcome import Figure, Outcome, Report
from tests.inference.peak_memory import peak_bytes
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

BACKENDS = ("native", "_native_cudnn", "_native_flash", "flash", "_flash_3")
EXACT_RANKS = (2, 4, 8)
AT_MOST_S = 390.0  # of seven minutes; the rest is for what is imported before


def run(report: Report, *, tiny: bool = False) -> Outcome:
    """`scripts/bench gpu [--tiny]`."""
    accelerator = torch.device("cpu") if tiny else torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        raise SystemExit("no GPU here. --tiny proves the code on tiny shapes, and measures nothing")
    outcome = Outcome()
    bench = Bench(TINY if tiny else Shapes(), accelerator, report, outcome)
    outcome.note("measured", "nothing: tiny shapes on a CPU" if tiny else "true shapes, random weights")
    outcome.note("computed_on", describe_used_device(accelerator).model_dump(mode="json"))
    # each with the seconds that it takes on an H200, at most
    for part, need_s in (
        (bench.exactness, 30),
        (bench.row_tiles, 20),
        (bench.memory, 40),
        (bench.forwards, 100),
        (bench.tiers, 100),
        (bench.job, 150),
        (bench.offload, 30),
        (bench.policies, 60),
        (driven_part(bench), 60),
    ):
        bench.attempt(part, need_s)
    if not tiny:
        hold_against_targets(outcome)
    return outcome


class Bench:
    """The parts, one after another on one device; what one of them built is gone when the next begins."""

    def __init__(self, shapes: Shapes, device: torch.device, report: Report, outcome: Outcome) -> None:
        self.shapes, self.device, self.report, self.outcome = shapes, device, report, outcome
        self.models = RandomModels(shapes, device)
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
        transformer = self.models.build(self.shapes.layers)
        for name, size in self._sizes():
            inputs = self.models.inputs(size)
            for backend in BACKENDS:
                seconds = self._attempt_backend(transformer, backend, inputs, 1 if name == "720p" else None)
                if seconds is not None:
                    self._note_forward(f"forward_{name}_{backend}", seconds, size)

    def tiers(self) -> None:
        """Exact, fast, and neither (plain) at 480p; and fast, which is compiled, at 720p."""
        shared = share_sequence(self.models.build(self.shapes.layers), Mesh().sequence)
        small, large = self.models.inputs(self.shapes.small), self.models.inputs(self.shapes.large)
        with applied(choose_policies("exact", self.device), shared):
            exact = self._forward(shared, small)
            exact_s = self.time(lambda: shared(**small))
        self._note_forward("exact_480p", exact_s, self.shapes.small)
        with applied((), shared):
            plain_s = self.time(lambda: shared(**small))
        self._note_forward("plain_480p", plain_s, self.shapes.small)
        self.note("exact_over_plain", round(exact_s / plain_s, 3))
        with applied(choose_policies("fast", self.device), shared):
            fast = self._forward(shared, small)  # compiles
            fast_s = self.time(lambda: shared(**small))
            self._note_forward("fast_480p", fast_s, self.shapes.small)
            self.note("exact_over_fast", round(exact_s / fast_s, 3))
            self.note("fast_forward_off_exact", float((fast - exact).norm() / exact.norm()))
            self._note_forward("fast_720p", self.time(lambda: shared(**large), repeats=1), self.shapes.large)

    def policies(self) -> None:
        """A step of both texts at 480p by each policy of the fast tier alone, of the exact tier's seconds."""
        shared = share_sequence(self.models.build(self.shapes.layers), Mesh().sequence)
        told = self.models.inputs(self.shapes.small)
        for name, share in price_policies(shared, told, self.device, partial(self.time, repeats=1)):
            self.note(f"step_480p_{name}_over_exact", share)

    def exactness(self) -> None:
        """The exact tier over virtual ranks, bit for bit against one rank, with a few layers at 480p."""
        small = self.models.build(self.shapes.exact_layers)
        inputs = self.models.inputs(self.shapes.small)

        def forward(mesh: Mesh) -> torch.Tensor:
            shared = share_sequence(small, mesh.sequence)
            with applied(choose_policies("exact", self.device), shared):
                return self._forward(shared, inputs)

        alone = forward(Mesh())
        unequal = [
            ranks
            for ranks in EXACT_RANKS
            if not all(torch.equal(alone, made) for made in run_virtually(Layout(1, ranks), forward))
        ]
        self.outcome.check("virtual_ranks_unequal_to_one", unequal, "==", [])
        self.report(f"gpu: of {EXACT_RANKS} virtual ranks these differ from one: {unequal}")

    def row_tiles(self) -> None:
        """What tiles of several sizes cost over products of all rows at once, with a few layers at 480p."""
        shared = share_sequence(self.models.build(self.shapes.exact_layers), Mesh().sequence)
        inputs = self.models.inputs(self.shapes.small)
        with applied((), shared):
            plain_s = self.time(lambda: shared(**inputs))
        for tile in self.shapes.row_tiles:
            with applied((OneShape(tile),), shared):
                tiled_s = self.time(lambda: shared(**inputs))
            self.note(f"tiles_of_{tile}_over_plain", round(tiled_s / plain_s, 3))

    def memory(self) -> None:
        """What a step and a decode fill beside the weights, and what the planner says that they would."""
        parts = self.models.build_parts()
        transformer = share_sequence(parts.transformer, Mesh().sequence)
        for name, size in self._sizes():
            told, job = self.models.inputs(size), Job(*size, references=0)
            hidden = told["hidden_states"]
            told["control_hidden_states"] = hidden.new_zeros(1, 96, *hidden.shape[2:])
            told["control_hidden_states_scale"] = hidden.new_ones(len(parts.transformer.config.vace_layers))
            shape = self._shape(vace_blocks=len(parts.transformer.config.vace_layers))
            planned = step_bytes(shape, job, hidden.itemsize)
            self.hold_to_plan(f"step_{name}", partial(self._forward, transformer, told), planned)
            latents = hidden.float()
            decode = torch.inference_mode()(partial(decode_tiles, parts.vae, latents, Mesh().world))
            self.hold_to_plan(f"decode_{name}", decode, decode_bytes(self._shape(), job))
            self.note(f"decode_{name}_s", round(self.time(decode, repeats=1, warm=False), 3))

    def hold_to_plan(self, name: str, work: Callable[[], object], planned: int) -> None:
        peak = self._peak(work)
        self.note(f"{name}_peak_gb", round(peak / 1e9, 3))
        self.note(f"{name}_planned_gb", round(planned / 1e9, 3))
        self.note(f"{name}_peak_over_plan", round(peak / planned, 3))

    def _peak(self, work: Callable[[], object]) -> int:
        """Bytes that `work` fills beside what is there already; on a CPU, storages are counted instead."""
        if self.device.type == "cpu":
            return peak_bytes(work)
        gc.collect()
        torch.accelerator.empty_cache()
        torch.accelerator.reset_peak_memory_stats()
        before = torch.accelerator.memory_allocated()
        work()
        return torch.accelerator.max_memory_allocated() - before

    def offload(self) -> None:
        """Memory at the peak of a forward: everything on the device, then block by block as the engine does it."""
        transformer, inputs = self.models.build(self.shapes.layers), self.models.inputs(self.shapes.small)
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
            self.note(name, round(torch.accelerator.max_memory_allocated() / 1e9, 1))
        return made

    def job(self) -> None:
        """A whole 480p job: photo and text encoded, steps with guidance, VAE decode, mux; and diffusers' own, eager.

        Ours in the fast tier; both with the same weights, noise and number of steps. The shares are of fifty steps.
        """
        parts, steps = self.models.build_parts(), self.shapes.job_steps
        width, height, frames = self.shapes.small
        cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
        asked = request_of(cast, width=width, height=height, seconds=frames / 16, steps=steps, tier="fast")
        noise = draw_noise((1, 16, 2 + (frames - 1) // 4, height // 8, width // 8), asked.seed)
        warming = asked.model_copy(update={"prompt": "another", "steps": 2})
        render_stock(parts, warming, cast, noise)
        stock_s = self.time(lambda: render_stock(parts, asked, cast, noise), repeats=1, warm=False)
        self.note("job_stock_s", round(stock_s, 2))
        parts.vae.enable_tiling()
        ours = WanVacePipeline(CARD, parts, {}, weight_offload=WeightOffload(self.device, "none"))
        render_ours(self._wait, ours, warming, (CastPhoto("chr_2", "Bo", "centre", (noise_photo(2),)),))  # compiles
        prepared_s, denoised_s, finished_s = render_ours(self._wait, ours, asked, cast)
        ours_s = prepared_s + denoised_s + finished_s
        self.note("job_ours_s", round(ours_s, 2))
        self.note("job_ours_prepared_denoised_finished_s", [round(s, 2) for s in (prepared_s, denoised_s, finished_s)])
        self.note("job_stock_over_ours", round(stock_s / ours_s, 3))
        fifty_s = denoised_s * 50 / steps
        share = (prepared_s + finished_s) / (prepared_s + fifty_s + finished_s)
        self.note("encode_decode_mux_share_of_fifty_steps", round(share, 4))

    def _attempt_backend(
        self, transformer: torch.nn.Module, backend: str, inputs: dict[str, torch.Tensor], repeats: int | None
    ) -> float | None:
        """Seconds with an attention backend; None where it is not installed or not for this device."""
        try:
            transformer.set_attention_backend(backend)
            return self.time(lambda: transformer(**inputs), repeats)
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
    def time(self, work: Callable[[], object], repeats: int | None = None, warm: bool = True) -> float:
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

    def _sizes(self) -> tuple[tuple[str, Size], ...]:
        return ("720p", self.shapes.large), ("480p", self.shapes.small)

    def _note_forward(self, name: str, seconds: float, size: Size) -> None:
        flop = self._shape().forward_flop(count_tokens(*size), size[2])
        self.note(f"{name}_s", round(seconds, 3))
        self.note(f"{name}_tflop_per_s", round(flop / seconds / 1e12, 1))

    def _shape(self, vace_blocks: int = 0) -> WanShape:
        shapes = self.shapes
        return replace(
            WAN_VACE_14B if vace_blocks else WAN_14B, width=shapes.heads * shapes.head_width, blocks=shapes.layers,
            feed_forward=shapes.feed_forward, text_width=shapes.text_width, vace_blocks=vace_blocks,
            head_width=shapes.head_width, vae_width=shapes.vae_base,
        )  # fmt: skip

    def note(self, name: str, value: Figure) -> None:
        """Kept, and told at once: a call that is cut off has said what it knew."""
        self.outcome.note(name, value)
        self.report(f"gpu: {name} = {value}")

    def _wait(self) -> None:
        if self.device.type != "cpu":
            torch.accelerator.synchronize()
