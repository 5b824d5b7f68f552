"""Tiled VAE decoding with whole tiles dealt out to ranks: a tile's bits do not know who decoded it.

The tiles, their overlap and the way they are blended are those of diffusers' AutoencoderKLWan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from inference.parallel.mesh import Link

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan


def decode_tiles(
    vae: AutoencoderKLWan, latents: torch.Tensor, link: Link, check: Callable[[], None] = lambda: None
) -> torch.Tensor:
    """Video [1, 3, F, H, W] in -1..1 on every rank, from latents [1, C, T, h, w]; equal to `vae.tiled_decode`.

    `check` is called before each tile and may raise.
    """
    assert vae.config.patch_size is None, "a VAE that cuts pixels into patches is decoded in another way"
    ratio = vae.spatial_compression_ratio
    size = vae.tile_sample_min_height // ratio, vae.tile_sample_min_width // ratio
    stride = vae.tile_sample_stride_height // ratio, vae.tile_sample_stride_width // ratio
    height, width = latents.shape[-2:]
    places = [(i, j) for i in range(0, height, stride[0]) for j in range(0, width, stride[1])]
    mine = {}
    for number in range(link.rank, len(places), link.size):
        check()
        i, j = places[number]
        mine[number] = _decode_tile(vae, latents[..., i : i + size[0], j : j + size[1]])
    frames = 1 + (latents.shape[2] - 1) * 2 ** sum(vae.temperal_downsample)
    largest = latents.new_zeros(1, vae.config.out_channels, frames, size[0] * ratio, size[1] * ratio)
    tiles = _exchange(mine, [_shape(latents, place, size, ratio) for place in places], largest, link)
    columns = -(-width // stride[1])
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    return _blend(vae, rows)[..., : height * ratio, : width * ratio].clamp(-1.0, 1.0)


def _decode_tile(vae: AutoencoderKLWan, tile: torch.Tensor) -> torch.Tensor:
    """One tile through time: the decoder keeps features of earlier frames in the VAE's cache."""
    vae.clear_cache()
    frames = []
    for k in range(tile.shape[2]):
        vae._conv_idx = [0]
        quantised = vae.post_quant_conv(tile[:, :, k : k + 1])
        frames.append(vae.decoder(quantised, feat_cache=vae._feat_map, feat_idx=vae._conv_idx, first_chunk=k == 0))
    vae.clear_cache()
    return torch.cat(frames, dim=2)


def _shape(latents: torch.Tensor, place: tuple[int, int], size: tuple[int, int], ratio: int) -> tuple[int, int]:
    """Height and width in pixels of the tile at `place`."""
    height, width = (min(size[axis], latents.shape[-2 + axis] - place[axis]) * ratio for axis in (0, 1))
    return height, width


def _exchange(
    mine: dict[int, torch.Tensor], shapes: list[tuple[int, int]], blank: torch.Tensor, link: Link
) -> list[torch.Tensor]:
    """All tiles in order. Each round sends one a rank, on a `blank` of the largest size: a gather wants one shape."""
    if link.size == 1:
        return [mine[number] for number in range(len(shapes))]
    tiles: list[torch.Tensor] = []
    for first in range(0, len(shapes), link.size):
        sent = blank.clone()
        if first + link.rank in mine:
            tile = mine[first + link.rank]
            sent[..., : tile.shape[-2], : tile.shape[-1]] = tile
        for rank, got in enumerate(link.all_gather(sent)):
            if first + rank < len(shapes):
                height, width = shapes[first + rank]
                tiles.append(got[..., :height, :width].contiguous())
    return tiles


def _blend(vae: AutoencoderKLWan, rows: list[list[torch.Tensor]]) -> torch.Tensor:
    """Lay the tiles side by side, each fading into the one above and the one to its left."""
    down = vae.tile_sample_min_height - vae.tile_sample_stride_height
    across = vae.tile_sample_min_width - vae.tile_sample_stride_width
    finished = []
    for i, row in enumerate(rows):
        laid = []
        for j, tile in enumerate(row):  # blending changes the tile in place, and the next ones fade into what it became
            if i > 0:
                vae.blend_v(rows[i - 1][j], tile, down)
            if j > 0:
                vae.blend_h(row[j - 1], tile, across)
            laid.append(tile[..., : vae.tile_sample_stride_height, : vae.tile_sample_stride_width])
        finished.append(torch.cat(laid, dim=-1))
    return torch.cat(finished, dim=-2)
