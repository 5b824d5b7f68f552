"""Memory preflight: what cannot fit is refused before it is tried, with the sizes that would.

The weights have their room already; what a step and a decode fill beside them is counted in `inference.memory`.
"""

from __future__ import annotations

import torch

from inference.catalogue import ModelCard, RequestRefused
from inference.memory import Job, work_bytes
from inference.parallel.mesh import Link
from inference.protocol import RenderRequest


def check_memory(
    card: ModelCard, request: RenderRequest, free: int, element_bytes: int, ranks: int, *, overlaps: bool = True
) -> None:
    """Raises RequestRefused naming the sizes, or the length, that would fit into `free` usable bytes."""
    if card.shape is None:
        return

    def need(size: tuple[int, int]) -> int:
        job = job_of(request)._replace(width=size[0], height=size[1])
        return needed_bytes(card, job, element_bytes, ranks, overlaps=overlaps)

    asked = need((request.width, request.height))
    if asked <= free:
        return
    fitting = [size for size in card.limits.sizes if need(size) <= free]
    words = (
        f"{card.name} needs about {asked / 1e9:.1f} GB for {request.width}x{request.height} and {request.frames} frames"
    )
    way = f"try {' or '.join(f'{w}x{h}' for w, h in fitting[:3])}" if fitting else "try a shorter clip"
    where = "this device" if ranks == 1 else "the fullest device"
    message = f"{words}, and {free / 1e9:.1f} GB are free on {where}: {way}, or more ranks"
    raise RequestRefused("size", message, tuple(f"{width}x{height}" for width, height in fitting[:3]))


def needed_bytes(card: ModelCard, job: Job, element_bytes: int, ranks: int, *, overlaps: bool) -> int:
    """Bytes that a render of this model fills beside the weights; 0 where its architecture is not known."""
    return 0 if card.shape is None else work_bytes(card.shape, job, element_bytes, ranks, overlaps=overlaps)


def job_of(request: RenderRequest) -> Job:
    """What of a request decides its memory."""
    references = sum(character.pictures for character in request.characters)
    return Job(request.width, request.height, request.frames, references)


def smallest_room(votes: Link, free: int) -> int:
    """Bytes that are free on the fullest rank's device: all ranks call this, and then refuse a render or none does."""
    return min(int(room) for room in votes.all_gather(torch.tensor([free])))
