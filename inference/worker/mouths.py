"""What photos show of mouths, for the role that judges photos: by the mesh that the previs is acted with."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path

from inference.identity.quality import ShownMouth
from inference.identity.warp import RGB
from inference.motion.mesh import NoFaceInPhoto, fit_mesh
from inference.motion.models import FaceModels, load_face_models
from inference.motion.neutral import measure_own
from inference.protocol import Box
from inference.registry.packaged import PackagedModelUnavailable

log = logging.getLogger(__name__)


class MouthReader:
    """Loads the mesh with the first photo; where only an API replica is installed there is none: nothing is read."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir

    def read(self, rgb_HWC_uint8: RGB, face: Box) -> ShownMouth | None:
        """The mouth of the face in this box."""
        if self._models is None:
            return None
        try:
            own = measure_own(fit_mesh(self._models, rgb_HWC_uint8, face))
        except NoFaceInPhoto:
            return None
        return ShownMouth(own.smile, own.lips_apart)

    @cached_property
    def _models(self) -> FaceModels | None:
        try:
            return load_face_models(self._cache_dir)
        except PackagedModelUnavailable as error:
            log.info("mouths are not measured", extra={"why": str(error)})
            return None
