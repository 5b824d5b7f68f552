"""Score a clip: every frame's faces, followed over time, given to the characters, compared with their templates.

Frames are added one by one while they are rendered; `report` says how well each character kept the face.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.identity.cast import CastFace, cast_tracks
from inference.identity.detect import Face
from inference.identity.embed import aligned_crop
from inference.identity.figures import figures_of, verdict_of
from inference.identity.known_views import KnownViews
from inference.identity.pack import Faces
from inference.identity.tracks import Linker, Sighting, Track
from inference.identity.warp import RGB
from inference.protocol import CharacterIdentity

__all__ = ["CastFace", "ClipScorer"]

DETECTOR_LONG_SIDE_PX = 320
BYSTANDERS = 3  # faces a frame that are followed beside the cast, so that a crowd costs no more
MIN_FACE_PX = 24.0
MAX_YAW_DEG = 50.0  # beyond, a profile does not say who it is: such a face is turned away, not visible
MAX_PITCH_DEG = 45.0
_PATIENCE_S = 0.5


@dataclass(frozen=True)
class Seen:
    """What one frame shows: its faces, the largest first, each with its aligned crop; and how wide it is, px."""

    faces: tuple[tuple[Face, RGB], ...]
    width: int


class ClipScorer:
    """Frames in, identity reports out, for one clip. About 20 ms a frame and face on one thread, 10 ms where it keeps.

    `look` is half of that, and knows of no other frame: any thread may call it, in any order. What was seen is embedded
    and followed in the order of the frames, on one thread.
    """

    def __init__(self, faces: Faces, cast: list[CastFace], fps: float) -> None:
        self._faces = faces
        self._cast = cast
        self._fps = fps
        self._frames = 0
        self._width = 0
        self._known = KnownViews(faces)
        self._linker = Linker(patience=max(round(_PATIENCE_S * fps), 1))

    def add(self, rgb_HWC_uint8: RGB) -> None:
        """The next frame, [H, W, 3], all of one size. Every frame counts; none is skipped."""
        self.follow(self.look(rgb_HWC_uint8))

    def look(self, rgb_HWC_uint8: RGB) -> Seen:
        """The faces of one frame, [H, W, 3]."""
        found = self._faces.detect(rgb_HWC_uint8, DETECTOR_LONG_SIDE_PX, most=len(self._cast) + BYSTANDERS)
        cropped = tuple((face, aligned_crop(rgb_HWC_uint8, face, self._faces.crop_px)) for face in found)
        return Seen(cropped, rgb_HWC_uint8.shape[1])

    def follow(self, seen: Seen) -> None:
        """What the next frame shows."""
        embeddings = self._known.embed([crop for _, crop in seen.faces])
        self._linker.add([
            Sighting(self._frames, face, embedding)
            for (face, _), embedding in zip(seen.faces, embeddings, strict=True)
        ])  # fmt: skip
        self._frames += 1
        self._width = seen.width

    def report(self) -> tuple[CharacterIdentity, ...]:
        """One report a character, in the order of the cast."""
        owned = cast_tracks(self._cast, self._linker.tracks, self._frames, self._width)
        return tuple(self._report(character, tracks) for character, tracks in zip(self._cast, owned, strict=True))

    def _report(self, character: CastFace, tracks: list[Track]) -> CharacterIdentity:
        seen = [sighting for track in tracks for sighting in track.sightings if is_visible(sighting.face)]
        series: list[float | None] = [None] * self._frames
        for sighting in seen:
            series[sighting.frame] = float(sighting.embedding_unit @ character.template_unit)
        figures = figures_of(tuple(series), self._fps)
        yaws = [sighting.face.yaw_deg for sighting in seen]
        return CharacterIdentity(
            character_id=character.character_id,
            character_name=character.name,
            score=figures.score,
            worst_decile=figures.worst_decile,
            presence=figures.presence,
            drift=figures.drift,
            yaw_range_deg=(min(yaws), max(yaws)) if yaws else None,
            threshold=character.threshold,
            compared_with=character.compared_with,
            expected=character.expected,
            verdict=verdict_of(figures, character.expected, character.threshold),
            series=tuple(series),
        )


def is_visible(face: Face) -> bool:
    """Whether a detected face can say who it is: large enough and not a profile."""
    return face.size_px >= MIN_FACE_PX and abs(face.yaw_deg) <= MAX_YAW_DEG and abs(face.pitch_deg) <= MAX_PITCH_DEG
