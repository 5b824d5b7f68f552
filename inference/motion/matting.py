"""Alpha and the person's own colours from a picture and a trimap.

Closed-form matting (Levin, Lischinski, Weiss 2008): within every window of 3 × 3 pixels alpha is taken to be linear in
the colour, which gives one sparse system for all unknown pixels. They lie in a narrow band, so it is solved directly:
no iteration to tune, the same bytes every time. Colours by multi-level estimation (Germer, Uelwer, Conrad, Harmeling
2020). The `pymatting` package does both; it would bring numba and LLVM (see decision 65).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, identity
from scipy.sparse.linalg import splu

from inference.motion.models import Floats

Indices = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_WINDOW = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
_EPSILON = 1e-6  # variance of a colour (0..1) below which a window counts as flat
_GUESS = 1e-3  # weight of the guess beside a window's: enough for a pocket, too little for an ear
_GUIDED_PX, _GUIDED_EPSILON = 2, 1e-4
_BESIDE = [(0, 1), (0, -1), (1, 0), (-1, 0)]
_COARSE_PX, _ROUNDS_COARSE, _ROUNDS_FINE = 32, 20, 4
_FLOOR = 1e-5  # weight between neighbours of equal alpha


def solve_alpha(rgb_HW3: Floats, trimap_HW: Floats, guess_HW: Floats) -> Floats:
    """Alpha [H, W] of a picture (0..1) whose trimap is 1 on the person, 0 on the background, between them unknown.

    `guess_HW` decides where colours decide nothing: a pocket of background between cheek and collar that touches no
    known background.
    """
    unknown = (trimap_HW > 0) & (trimap_HW < 1)
    if not unknown.any():
        return trimap_HW.astype(np.float32)
    at_W9 = _windows_about(unknown)
    like_W99 = _unlikeness(rgb_HW3, at_W9)
    number = np.full(unknown.size, -1, np.intp)
    places = np.flatnonzero(unknown)
    number[places] = np.arange(len(places))
    row, column = np.broadcast_arrays(number[at_W9][:, :, None], number[at_W9][:, None, :])
    inside = (row >= 0) & (column >= 0)
    size = (len(places), len(places))
    system = coo_matrix((like_W99[inside], (row[inside], column[inside])), shape=size).tocsc()
    border = (row >= 0) & (column < 0)
    known = np.broadcast_to(trimap_HW.ravel()[at_W9][:, None, :], like_W99.shape)
    pull = -np.bincount(row[border], like_W99[border] * known[border], minlength=len(places))
    factors = splu(
        system + _GUESS * identity(len(places), format="csc"),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    alpha = trimap_HW.astype(np.float32).ravel()
    alpha[places] = np.clip(factors.solve(pull + _GUESS * guess_HW.ravel()[places]), 0, 1)
    return alpha.reshape(trimap_HW.shape)


def _windows_about(unknown: Mask) -> Indices:
    """Flat indices [W, 9] of the pixels of every window that holds an unknown one."""
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    near[[0, -1]] = False
    near[:, [0, -1]] = False
    y, x = np.nonzero(near)
    return np.stack([(y + dy) * unknown.shape[1] + x + dx for dy, dx in _WINDOW], axis=1)


def _unlikeness(rgb_HW3: Floats, at_W9: Indices) -> Floats:
    """Each window's share [W, 9, 9] of the matting Laplacian."""
    about_W93 = rgb_HW3.reshape(-1, 3)[at_W9].astype(np.float64)
    about_W93 -= about_W93.mean(axis=1, keepdims=True)
    turned_W39 = about_W93.transpose(0, 2, 1)
    inverse_W33 = np.linalg.inv(turned_W39 @ about_W93 / 9 + _EPSILON / 9 * np.eye(3))
    unlike: Floats = np.eye(9) - (1 + about_W93 @ inverse_W33 @ turned_W39) / 9
    return unlike


def enlarge_alpha(alpha_hw: Floats, small_hw3: Floats, rgb_HW3: Floats) -> Floats:
    """Alpha of the large picture: what is linear in the colours of the small one is so in those of the large one.

    A colour guided filter whose coefficients are enlarged (He, Sun 2015): single hairs keep the photo's own sharpness.
    """
    size = (2 * _GUIDED_PX + 1,) * 2

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.blur(x, size, borderType=cv2.BORDER_REFLECT), np.float32)

    mean_3, mean_a = mean(small_hw3), mean(alpha_hw)
    products = (small_hw3[..., :, None] * small_hw3[..., None, :]).reshape(*alpha_hw.shape, 9)
    spread_33 = mean(products).reshape(*alpha_hw.shape, 3, 3) - mean_3[..., :, None] * mean_3[..., None, :]
    with_alpha_3 = mean(small_hw3 * alpha_hw[..., None]) - mean_3 * mean_a[..., None]
    slope_3 = np.linalg.solve(spread_33 + _GUIDED_EPSILON * np.eye(3, dtype=np.float32), with_alpha_3[..., None])[
        ..., 0
    ]
    offset = mean_a - (slope_3 * mean_3).sum(axis=-1)
    shape = rgb_HW3.shape[1::-1]
    slope_3, offset = (cv2.resize(mean(x), shape, interpolation=cv2.INTER_LINEAR) for x in (slope_3, offset))
    enlarged: Floats = np.clip((slope_3 * rgb_HW3).sum(axis=-1) + offset, 0, 1).astype(np.float32)
    return enlarged


def own_colours(rgb_HW3: Floats, alpha_HW: Floats) -> tuple[Floats, Floats]:
    """The person's and the background's own colours [H, W, 3] such that alpha mixes them to the picture (0..1)."""
    height, width = alpha_HW.shape
    levels = int(np.ceil(np.log2(max(height, width))))
    weight = alpha_HW[..., None] + 1e-6
    person = (rgb_HW3 * weight).sum(axis=(0, 1)) / weight.sum()
    behind = (rgb_HW3 * (1 - alpha_HW[..., None] + 1e-6)).sum(axis=(0, 1)) / (1 - alpha_HW + 1e-6).sum()
    person, behind = (np.broadcast_to(colour, (1, 1, 3)).astype(np.float32) for colour in (person, behind))
    for level in range(levels + 1):
        size = (round(width ** (level / levels)), round(height ** (level / levels)))
        rgb = cv2.resize(rgb_HW3, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3)
        alpha = cv2.resize(alpha_HW, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0])
        person, behind = (
            cv2.resize(colour, size, interpolation=cv2.INTER_NEAREST).reshape(rgb.shape) for colour in (person, behind)
        )
        rounds = _ROUNDS_COARSE if max(size) <= _COARSE_PX else _ROUNDS_FINE
        person, behind = _smooth_colours(rgb, alpha, person, behind, rounds)
    return person, behind


def _smooth_colours(rgb: Floats, alpha: Floats, person: Floats, behind: Floats, rounds: int) -> tuple[Floats, Floats]:
    """Rounds of the local least-squares solution: mix to the picture, and be like the neighbours, most at edges."""
    weights = [(_FLOOR + np.abs(alpha - _beside(alpha, *step)))[..., None] for step in _BESIDE]
    total = sum(weights)
    a, b = alpha[..., None], 1 - alpha[..., None]
    own, other, shared = a * a + total, b * b + total, a * b
    scale = 1 / (own * other - shared * shared)
    for _ in range(rounds):
        towards_a, towards_b = a * rgb, b * rgb
        for weight, step in zip(weights, _BESIDE, strict=True):
            towards_a = towards_a + weight * _beside(person, *step)
            towards_b = towards_b + weight * _beside(behind, *step)
        person = np.clip((other * towards_a - shared * towards_b) * scale, 0, 1)
        behind = np.clip((own * towards_b - shared * towards_a) * scale, 0, 1)
    return person, behind


def _beside(values: Floats, down: int, right: int) -> Floats:
    """Every pixel's neighbour, at the border the pixel itself."""
    height, width = values.shape[:2]
    padded = cv2.copyMakeBorder(values, 1, 1, 1, 1, cv2.BORDER_REPLICATE).reshape(
        height + 2, width + 2, *values.shape[2:]
    )
    beside: Floats = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
    return beside
