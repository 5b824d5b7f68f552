"""Contact sheets of the previs: eight photos of real people, each in twelve directions, to be looked at.

`scripts/contact-sheets` writes one PNG a photo into runs/contact-sheets: a row a direction, five frames of its clip,
from the first to the last; and `shapes.png`: one, two and three people in every framing and shape of frame. Only the
example character's may be shown (its photo is in the public domain): with --docs its sheet is also written to
docs/images/contact-sheet.webp, and its face with every feeling to docs/images/feelings.jpg.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw, ImageFont

from inference.motion.actor import prepare_actor
from inference.motion.direction.expression import PROTOTYPES
from inference.motion.direction.expression_words import STRONG
from inference.motion.parameters import NAMES
from inference.motion.shot_renderer import Stage
from inference.pipelines.contract import CancelToken, CastPhoto, Photo
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import (
    FRAMINGS,
    BackdropPlate,
    CharacterInput,
    Framing,
    Placement,
    Reference,
    RenderRequest,
    Source,
)
from inference.registry.packaged import default_cache_dir
from tests.bench.previs_expression import draw
from tests.bench.previs_scene import face_models, largest_face, scene_of
from tests.photos import astronaut, people, photo

Rgb = npt.NDArray[np.uint8]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "astronaut"
DIRECTIONS: tuple[tuple[str, Framing], ...] = (
    ("Smiles warmly, delighted.", "cu"),
    ("Serious, lips closed, no smile.", "cu"),
    ("Deeply sad, close to tears.", "cu"),
    ("Furious.", "cu"),
    ("Frightened, then relieved.", "cu"),
    ("Astonished.", "cu"),
    ("Doubts it, one brow up.", "cu"),
    ("Turns the head to the left, then to the right.", "ms"),
    ("Nods, then looks down.", "ms"),
    ("Glances off to the right, with the eyes only.", "cu"),
    ("Closes the eyes, tired.", "cu"),
    ("The camera slowly pushes in.", "ws"),
)
SHAPES = "shapes"
FRAMES_OF: dict[str, tuple[int, int]] = {
    "16:9": (384, 216), "4:3": (288, 216), "1:1": (216, 216), "2.39:1": (516, 216), "9:16": (162, 288)
}  # fmt: skip
CASTS: tuple[tuple[str, ...], ...] = (
    ("astronaut",), ("astronaut", "impostor_1"), ("person_b_1", "astronaut", "person_a_1")
)  # fmt: skip
SIZE = (384, 216)
FRAMES = 5
SECONDS = 3.0
CAPTION = 18  # px
FACE = (220, 248)
PLACES: dict[int, tuple[Placement, ...]] = {1: ("centre",), 2: ("left", "right"), 3: ("left", "centre", "right")}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/contact-sheets", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="SHEET", help=f"which of {', '.join(photos())}, {SHAPES}; all when none is named"
    )
    parser.add_argument("--docs", action="store_true", help="write the example character's sheet into docs/images, too")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "contact-sheets")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(2)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.docs:
        feelings_of(astronaut()).save(ROOT / "docs" / "images" / "feelings.jpg", quality=88)
    if not args.names or SHAPES in args.names:
        sheet_of_shapes().save(args.out / f"{SHAPES}.png")
        sys.stderr.write(f"{args.out / SHAPES}.png\n")
    previs = PrevisPipeline(default_cache_dir())
    for name, rgb in photos().items():
        if args.names and name not in args.names:
            continue
        sheet = sheet_of(previs, rgb)
        sheet.save(args.out / f"{name}.png")
        sys.stderr.write(f"{args.out / name}.png\n")
        if args.docs and name == EXAMPLE:
            sheet.save(ROOT / "docs" / "images" / "contact-sheet.webp", quality=80, method=6)


def photos() -> dict[str, Rgb]:
    """Eight photos of six people: of several skins, ages, with and without glasses, beards and long hair."""
    named = ("person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2")
    presidents = {name: rgb for shown in people().values() for name, rgb in shown if name == "biden"}
    return {EXAMPLE: astronaut()} | {name: photo(name) for name in named} | presidents


def sheet_of(previs: PrevisPipeline, rgb_HWC_uint8: Rgb) -> Image.Image:
    """A row a direction, with its words above."""
    width, height = SIZE
    sheet = Image.new("RGB", (FRAMES * width, len(DIRECTIONS) * (height + CAPTION)), "black")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for row, (words, framing) in enumerate(DIRECTIONS):
        top = row * (height + CAPTION)
        pen.text((6, top + 1), f"{words}  ({framing})", "white", font)
        frames = act(previs, rgb_HWC_uint8, words, framing, seed=row)
        for column, at in enumerate(np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)):
            sheet.paste(Image.fromarray(frames[at]), (column * width, top + CAPTION))
    return sheet


def sheet_of_shapes() -> Image.Image:
    """A row a shape of frame and cast, a column a framing: everybody at rest, before the living room."""
    actors = {
        name: prepare_actor(face_models(), photos()[name], largest_face(photos()[name]))
        for name in sorted({*sum(CASTS, ())})
    }
    rows = []
    for shape, (width, height) in FRAMES_OF.items():
        for cast in CASTS:
            places = PLACES[len(cast)]
            people = [(actors[name], place) for name, place in zip(cast, places, strict=True)]
            at_rest = np.zeros((len(cast), len(NAMES)), np.float32)
            drawn = [
                Stage(people, BackdropPlate(name="living-room"), framing, width, height).draw(at_rest)
                for framing in FRAMINGS
            ]
            rows.append((f"{shape}, {len(cast)}: {', '.join(FRAMINGS)}", np.hstack(drawn)))
    sheet = Image.new("RGB", (max(row.shape[1] for _, row in rows), sum(row.shape[0] + CAPTION for _, row in rows)))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    top = 0
    for words, row in rows:
        pen.text((6, top + 1), words, "white", font)
        sheet.paste(Image.fromarray(row), (0, top + CAPTION))
        top += row.shape[0] + CAPTION
    return sheet


def feelings_of(rgb_HWC_uint8: Rgb) -> Image.Image:
    """The photo, the face without its own expression, and twelve feelings at their strongest."""
    scene = scene_of(rgb_HWC_uint8, FACE)
    drawn = {"photo": scene.draw(np.zeros(len(NAMES), np.float32)), "serious": draw(scene, None, 0)}
    drawn |= {emotion: draw(scene, emotion, STRONG) for emotion in PROTOTYPES}
    width, height = FACE
    across = (len(drawn) + 1) // 2
    sheet = Image.new("RGB", (across * width, 2 * height))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for i, (words, rgb) in enumerate(drawn.items()):
        at = (i % across * width, i // across * height)
        sheet.paste(Image.fromarray(rgb), at)
        pen.text((at[0] + 6, at[1] + 3), words, "yellow", font, stroke_width=2, stroke_fill="black")
    return sheet


def act(previs: PrevisPipeline, rgb_HWC_uint8: Rgb, words: str, framing: Framing, seed: int) -> list[Rgb]:
    """The frames of one clip of the whole previs, before a backdrop."""
    shown = Photo(f"{seed:064x}", rgb_HWC_uint8, largest_face(rgb_HWC_uint8))
    source = Source(url="file:///photo.png", sha256=shown.sha256)
    one = CharacterInput(id="chr_1", name="Kim", references=(Reference(source=source),))
    request = RenderRequest(
        model="previs", prompt=words, characters=(one,), seconds=SECONDS, fps=24, width=SIZE[0], height=SIZE[1],
        seed=seed, steps=20, guidance_scale=2.5, tier="draft", framing=framing, plate=BackdropPlate(name="living-room"),
    )  # fmt: skip
    cancel = CancelToken()
    prepared = previs.prepare(request, (CastPhoto("chr_1", "Kim", "centre", (shown,)),), None, cancel)
    latents = previs.denoise(prepared, lambda *_: None, cancel)
    return list(previs.decode(prepared, latents, cancel))


if __name__ == "__main__":
    main()
