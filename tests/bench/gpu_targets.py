"""What the figures of `scripts/bench gpu` are held against."""

from __future__ import annotations

from tests.bench.outcome import Figure, Outcome

OVER_PLAN = 1.1  # of a peak: what kernels take for themselves is not in the count


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
    for work in ("step_720p", "step_480p", "decode_720p", "decode_480p"):
        outcome.check(f"{work}_peak_over_plan", figures.get(f"{work}_peak_over_plan"), "<=", OVER_PLAN)
    outcome.check("exact_over_fast", figures.get("exact_over_fast"), "<=", 1.10)
    outcome.check("job_stock_over_ours", figures.get("job_stock_over_ours"), ">=", 1.4)
    outcome.check("finishing_share", figures.get("encode_decode_mux_share_of_fifty_steps"), "<=", 0.03)
