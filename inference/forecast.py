"""How long a denoise loop takes on a device that was not measured: what is counted over what its maker promises.

Torch-free. Each forward takes the longest of computing, reading the weights from the card's memory, and (where a
transformer goes block by block) bringing them from the host; exchanging rows between ranks is added to it.
"""

from __future__ import annotations

from inference.cost import WanShape, count_tokens
from inference.devices import DeviceCost
from inference.memory import Job, usable_bytes, work_bytes
from inference.step_plan import count_forwards

_ELEMENT = 2  # bytes: bfloat16
_EXCHANGES = 4  # around each self-attention: queries, keys, values, and the way back


def forecast_loop_s(
    shape: WanShape,
    job: Job,
    steps: int,
    guidance_scale: float,
    device: DeviceCost,
    layout: tuple[int, int] = (1, 1),
    *,
    skips: bool = False,
) -> float:
    """Seconds of all steps. layout: ranks for the two texts of guidance, times ranks for the tokens.

    skips: whether steps are left out, as a draft does.
    """
    forwards = count_forwards(steps, guidance_scale, layout[0], skips=skips)
    tokens = count_tokens(job.width, job.height, job.frames, job.references)
    preparing_s = shape.preparing_flop(tokens, job.frames) / layout[1] / device.achieved_flop_per_s
    return forwards * forward_s(shape, job, device, layout[1]) + preparing_s


def forward_s(shape: WanShape, job: Job, device: DeviceCost, ranks: int = 1) -> float:
    """Seconds of one forward that `ranks` share."""
    tokens = count_tokens(job.width, job.height, job.frames, job.references)
    computing_s = shape.forward_flop(tokens, job.frames) / ranks / device.achieved_flop_per_s
    weights = shape.parameters * _ELEMENT
    passed = shape.passes(job.frames) * weights
    reading_s = passed / device.memory_bytes_per_s
    by_block = weights > usable_bytes(device.memory_bytes) - work_bytes(shape, job, _ELEMENT, ranks)
    bringing_s = passed / device.host_bytes_per_s if by_block else 0.0
    return max(computing_s, reading_s, bringing_s) + _exchange_s(shape, tokens, device, ranks)


def _exchange_s(shape: WanShape, tokens: int, device: DeviceCost, ranks: int) -> float:
    """Each rank sends all of its rows but those of its own heads."""
    sent = tokens / ranks * shape.width * _ELEMENT * (ranks - 1) / ranks
    return _EXCHANGES * (shape.blocks + shape.vace_blocks) * sent / device.link_bytes_per_s
