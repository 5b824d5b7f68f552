"""Memory preflight: what cannot fit is refused before it is tried, with the sizes that would.

An estimate from above, of a denoising step and of the decode; the weights have their room already.
"""

from __future__ import annotations

import torch

from inference.catalogue import ModelCard, RequestRefused
from inference.cost import WanShape, count_tokens
from inference.parallel.mesh import Link
from inference.protocol import RenderRequest

_COPIES = 6  # of the hidden states alive in a block: input, normed, q, k, v, attended
_SPARE = 0.9  # of what is free: the allocator cuts its blocks, and the system wants some


def check_memory(card: ModelCard, request: RenderRequest, free: int, element_bytes: int, ranks: int) -> None:
    """Raises RequestRefused naming the sizes, or the length, that would fit into `free` bytes."""
    if card.shape is None:
        return
    need = step_bytes(card.shape, request, element_bytes, ranks)
    if need <= _SPARE * free:
        return
    fitting = [
        size
        for size in card.limits.sizes
        if step_bytes(card.shape, resized(request, size), element_bytes, ranks) <= _SPARE * free
    ]
    words = (
        f"{card.name} needs about {need / 1e9:.1f} GB for {request.width}x{request.height} and {request.frames} frames"
    )
    way = f"try {' or '.join(f'{w}x{h}' for w, h in fitting[:3])}" if fitting else "try a shorter clip"
    where = "this device" if ranks == 1 else "the fullest device"
    message = f"{words}, and {free / 1e9:.1f} GB are free on {where}: {way}, or more ranks"
    raise RequestRefused("size", message, tuple(f"{width}x{height}" for width, height in fitting[:3]))


def smallest_room(votes: Link, free: int) -> int:
    """Bytes that are free on the fullest rank's device: all ranks call this, and then refuse a render or none does."""
    return min(int(room) for room in votes.all_gather(torch.tensor([free])))


def step_bytes(shape: WanShape, request: RenderRequest, element_bytes: int, ranks: int) -> int:
    """Bytes alive at once beside the weights, at most: a block's activations of a rank's rows, or the decoded clip."""
    references = sum(character.pictures for character in request.characters)
    tokens = -(-count_tokens(request.width, request.height, request.frames, references) // ranks)
    block = tokens * (_COPIES * shape.width + shape.feed_forward) * element_bytes
    hints = tokens * shape.width * element_bytes * shape.vace_blocks
    decoded = 3 * request.frames * request.width * request.height * 4 * 2  # the tiles and what they are blended into
    return max(block + hints, decoded)


def resized(request: RenderRequest, size: tuple[int, int]) -> RenderRequest:
    """The same request at another size."""
    return request.model_copy(update={"width": size[0], "height": size[1]})
