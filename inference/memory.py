"""What a render fills of a device's memory beside its weights, counted from a model's architecture. Torch-free.

Counted from above, as torch allocates it in diffusers' classes; tests hold the count against those classes at their
true shapes on tensors without memory. What a kernel takes for itself is not seen there: see `WORKSPACE`.

For rows of width d in elements of e bytes, with a feed-forward of width f, a block holds at once, in bytes a row:
4de + 16d at its norms and gates, which are computed in float32 (10de where e is 4), or 5.5de + 2fe in its
feed-forward; and beside it one hint a side block (de each), or Wan-Animate's photo (de). Wan-Animate-2 turns queries
and keys in float64, and lays them beside the driving video's: 12.1de + 3.4d; and it keeps 2de for each of the driving
video's rows and each block, from the pass over a segment until the segment is denoised.
"""

from __future__ import annotations

from typing import NamedTuple

from inference.cost import TEXT_TOKENS, WanAnimate2Shape, WanAnimateShape, WanShape, count_tokens

ROW_TILE = 2048  # rows: shards are whole tiles, of the exact tier on an accelerator the largest (vendors.py)
SPARE = 0.9  # of what is free: the allocator cuts its blocks, and the system wants some
WORKSPACE = 1_000_000_000  # bytes that the libraries of an accelerator take for themselves: a stated guess
BLOCKS_ALIVE = 3  # of a transformer that goes block by block: one computes, one comes, one leaves
_ALLOWANCE = 1.02  # rotary positions, the time's and the text's projections
_TILE, _STRIDE = 256, 192  # pixels of a VAE tile, as diffusers cuts them
_DECODE_TILE, _ENCODE_TILE = 1_360_000_000, 1_000_000_000  # bytes: a tile in the VAE of base width 96, float32
_FLOAT32 = 4


def usable_bytes(device_bytes: int) -> int:
    """Of an accelerator's memory, for weights and work."""
    return max(0, int(SPARE * device_bytes) - WORKSPACE)


class Job(NamedTuple):
    """What decides a render's memory. references: pictures of characters that become latent frames."""

    width: int
    height: int
    frames: int
    references: int = 1


def work_bytes(shape: WanShape, job: Job, element_bytes: int, ranks: int = 1, *, overlaps: bool = True) -> int:
    """Bytes alive at once beside the weights on the fullest of `ranks` that share the sequence.

    overlaps: while a render is denoised, the one before it may be decoded.
    """
    job = job._replace(frames=shape.frames_at_once(job.frames))
    step, decode = step_bytes(shape, job, element_bytes, ranks), decode_bytes(shape, job)
    return max(step + decode if overlaps else max(step, decode), encode_bytes(shape, job))


def step_bytes(shape: WanShape, job: Job, element_bytes: int, ranks: int = 1) -> int:
    """Bytes of one forward of a transformer. With several ranks all tokens meet again at its end."""
    d, e = shape.width, element_bytes
    job = job._replace(frames=shape.frames_at_once(job.frames))
    tokens = count_tokens(job.width, job.height, job.frames, job.references)
    rows = ROW_TILE * -(-tokens // (ROW_TILE * ranks))
    widest = _widest_row(shape, e)
    exchanged = 1.2 * d * e if ranks > 1 else 0
    beside = d * e * (shape.vace_blocks or isinstance(shape, WanAnimateShape))
    block = rows * (widest + exchanged + beside) + 6 * TEXT_TOKENS * d * e
    gathered = rows * d * (ranks * (2 * e + 5) + 4 * e) if ranks > 1 else 0
    return int(_ALLOWANCE * max(block, gathered)) + _kept_bytes(shape, job, e, ranks)


def decode_bytes(shape: WanShape, job: Job) -> int:
    """Bytes of a tiled VAE decode in float32: all tiles, and one at work or the clip that they are laid into."""
    plane = 3 * job.frames * _FLOAT32
    at_work = max(_tile_bytes(_DECODE_TILE, shape, job), 3 * plane * job.width * job.height)
    return int(plane * _tiled_area(job) + at_work)


def encode_bytes(shape: WanShape, job: Job) -> int:
    """Bytes of encoding a control: the clip, its mask and its two halves as pixels in float32, and a tile at work."""
    plane = 3 * job.frames * _FLOAT32
    return int(4 * plane * job.width * job.height + _tile_bytes(_ENCODE_TILE, shape, job))


def _tile_bytes(bytes_at_96: int, shape: WanShape, job: Job) -> float:
    area = min(_TILE, job.width) * min(_TILE, job.height) / _TILE**2
    return bytes_at_96 * area * shape.vae_width / 96


def _tiled_area(job: Job) -> int:
    """Pixels of all tiles of a frame, which overlap."""
    across, down = (
        sum(min(_TILE, side - start) for start in range(0, side, _STRIDE)) for side in (job.width, job.height)
    )
    return across * down


def _widest_row(shape: WanShape, element_bytes: int) -> float:
    d, e = shape.width, element_bytes
    if isinstance(shape, WanAnimate2Shape):
        return d * (12.1 * e + 3.4)
    return max(d * max(4 * e + 16, 10 * e), 5.5 * d * e + 2 * shape.feed_forward * e)


def _kept_bytes(shape: WanShape, job: Job, element_bytes: int, ranks: int) -> int:
    """What lies on the device through all steps: driving faces, or a driving video's keys and values in every block."""
    if isinstance(shape, WanAnimateShape):
        return job.frames * 3 * shape.faces.side**2 * element_bytes
    if isinstance(shape, WanAnimate2Shape):
        driving = count_tokens(job.width, job.height, job.frames)
        return 2 * shape.blocks * driving * shape.width * element_bytes // ranks
    return 0
