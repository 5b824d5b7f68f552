"""Stages for the benches: a real photo's actor, drawn from hand-set or modelled motion."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inference.catalogue import PREVIS
from inference.motion.actor import Actor, prepare_actor
from inference.motion.direction.expression import express
from inference.motion.direction.expression_words import Expression
from inference.motion.models import FaceModels, load_face_models
from inference.motion.parameters import FPS, HIGH_P, NAMES, Track
from inference.motion.shot_renderer import Stage
from inference.pipelines.contract import CastPhoto, Photo
from inference.protocol import Box, CharacterInput, Framing, Reference, RenderRequest, Source
from inference.registry.packaged import FACES, default_cache_dir, require
from tests.photos import astronaut, photo

Rgb = npt.NDArray[np.uint8]

WHO = "chr_1"


@dataclass(frozen=True)
class Scene:
    """One actor alone on a stage."""

    actor: Actor
    stage: Stage

    def draw(self, params_P: Track) -> Rgb:
        return self.stage.draw(params_P[None])

    @functools.cached_property
    def rest_P(self) -> Track:
        """The face that nothing is asked of: half the photo's own grin is taken out."""
        rest_FP = np.zeros((1, len(NAMES)), np.float32)
        express(rest_FP, Expression(), self.actor.rig.own, np.random.default_rng(0))
        return rest_FP[0]

    def draw_from_rest(self, params_P: Track) -> Rgb:
        """As `draw`, of channels that are told against the face at rest."""
        return self.draw(np.minimum(params_P + self.rest_P, HIGH_P))


def photo_of(rgb_HWC_uint8: Rgb, name: str = "0") -> Photo:
    """A photo as a pipeline is given it; `name`: one hexadecimal digit that tells it from others."""
    return Photo(name * 64, rgb_HWC_uint8, largest_face(rgb_HWC_uint8))


def request_of(photo: Photo, **asked: Any) -> tuple[RenderRequest, tuple[CastPhoto, ...]]:  # noqa: ANN401 - its fields
    """A previs of the photo's person alone, with the catalogue's steps and guidance, and its cast."""
    reference = Reference(source=Source(url="file:///photo.png", sha256=photo.sha256))
    request = RenderRequest(
        model=PREVIS.name, characters=(CharacterInput(id=WHO, name="Kim", references=(reference,)),), fps=FPS,
        steps=PREVIS.default_steps, guidance_scale=PREVIS.default_guidance_scale, tier="draft", **asked,
    )  # fmt: skip
    return request, (CastPhoto(WHO, "Kim", "centre", (photo,)),)


@functools.cache
def face_models() -> FaceModels:
    return load_face_models(default_cache_dir())


def photos() -> dict[str, Rgb]:
    """People to act: the shipped example and one photo of each person that the test photos show twice."""
    return {"astronaut": astronaut(), "person_b": photo("person_b_1"), "person_a": photo("person_a_1")}


def scene_of(rgb_HWC_uint8: Rgb, size: tuple[int, int], plate: Rgb | None = None, framing: Framing = "cu") -> Scene:
    """The photo's person alone; `plate` None keeps the photo's own background."""
    actor = prepare_actor(face_models(), rgb_HWC_uint8, largest_face(rgb_HWC_uint8))
    return Scene(actor, Stage([(actor, "centre")], plate, framing, *size))


def largest_face(rgb_HWC_uint8: Rgb) -> Box:
    """The box of the largest face, found in a copy of at most 640 px. Raises ValueError when there is none."""
    height, width = rgb_HWC_uint8.shape[:2]
    shrink = min(1.0, 640 / max(height, width))
    small = cv2.resize(rgb_HWC_uint8, (round(width * shrink), round(height * shrink)), interpolation=cv2.INTER_AREA)
    model = require(FACES, default_cache_dir()) / "yunet.onnx"
    net = cv2.FaceDetectorYN.create(str(model), "", (small.shape[1], small.shape[0]), 0.5)
    _, faces = net.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    if faces is None:
        raise ValueError("no face in the photo")
    x, y, w, h = (float(v) / shrink for v in max(faces, key=lambda face: float(face[2] * face[3]))[:4])
    return Box(x=x, y=y, width=w, height=h)
