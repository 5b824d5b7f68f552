"""What a take is made of, read and checked before anything is prepared: pictures, adapters, motion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from inference.catalogue import ModelCard
from inference.engine.failures import RenderFailed
from inference.engine.identity_scoring import IdentityScoring, Meeting
from inference.engine.looks import Dressed, dress
from inference.engine.sources import MAX_ADAPTER_BYTES, SourceReader, decode_picture
from inference.keyframes import frame_of
from inference.media.tracks import Tracks, read_tracks
from inference.pipelines.contract import BadReference, CancelToken, CastPhoto, DrivingVideo, Keyframe, Photo, Picture
from inference.pipelines.control_frames import fit_keyframe
from inference.pipelines.driving_video import TrackDoesNotFit, drive
from inference.pipelines.lora import Adapter
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import AdapterInput, ImagePlate, RenderRequest, Source
from inference.speech.clip import ClipLine


@dataclass(frozen=True)
class TakeInputs:
    """Reads what one request names. `folder` is its take's own. All of it raises RenderCancelled and RenderFailed."""

    request: RenderRequest
    reader: SourceReader
    cancel: CancelToken
    folder: Path

    def meet_cast(self, likeness: IdentityScoring) -> tuple[Meeting, Picture | None]:
        """Every reference read, checked and decoded, with the face that is meant in each; and the plate's picture."""
        cast = []
        for character in self.request.characters:
            photos = []
            for reference in character.references:
                data = self.reader.read(reference.source, self.cancel.check)
                photos.append(Photo(reference.source.sha256, decode_picture(data), reference.face))
                self.cancel.check()
            adapter = self._read_adapter(character.adapter)
            cast.append(CastPhoto(character.id, character.name, character.placement, tuple(photos), adapter))
        plate_rgb = None
        if isinstance(self.request.plate, ImagePlate):
            plate_rgb = decode_picture(self.reader.read(self.request.plate.source, self.cancel.check))
        return likeness.meet(tuple(cast)), plate_rgb

    def drive(
        self,
        previs: PrevisPipeline | None,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        lines: tuple[ClipLine, ...] = (),
    ) -> DrivingVideo | None:
        """The previs that the request wants to be driven by, saying the clip's lines."""
        control = self.request.control
        if control is None:
            return None
        if previs is None:
            raise RenderFailed("model_unavailable", "this engine has not loaded the previs, so it cannot be driven")
        tracks = None if control.track is None else self._read_tracks(control.track)
        try:
            return drive(previs, self.request, cast, plate_rgb, tracks, self.cancel, lines)
        except BadReference as error:
            raise RenderFailed("bad_reference", str(error)) from error
        except TrackDoesNotFit as error:
            raise RenderFailed("bad_request", str(error)) from error

    def dress(self, card: ModelCard, cast: tuple[CastPhoto, ...]) -> Dressed:
        """The request and the cast in their looks, for a model that can draw them; as they are for another."""
        if not card.dresses:
            return Dressed(self.request, cast)
        pictures = {}
        for character in self.request.characters:
            if character.look is not None and character.look.picture is not None:
                source = character.look.picture
                pixels = decode_picture(self.reader.read(source, self.cancel.check))
                pictures[character.id] = Photo(source.sha256, pixels)
        return dress(self.request, cast, pictures)

    def read_keyframes(self) -> tuple[Keyframe, ...]:
        """The pictures that the clip is to show at given frames, at the clip's size."""
        request, keyframes = self.request, []
        for asked in request.keyframes:
            picture = decode_picture(self.reader.read(asked.source, self.cancel.check))
            height, width = picture.shape[:2]
            if (width, height) != (asked.width, asked.height):
                raise RenderFailed("bad_source", f"a keyframe is {width}x{height} px, not {asked.width}x{asked.height}")
            keyframes.append(
                Keyframe(frame_of(asked.at, request), fit_keyframe(picture, request.width, request.height))
            )
            self.cancel.check()
        return tuple(keyframes)

    def _read_adapter(self, adapter: AdapterInput | None) -> Adapter | None:
        if adapter is None:
            return None
        data = self.reader.read(adapter.source, self.cancel.check, MAX_ADAPTER_BYTES)
        return Adapter(adapter.source.sha256, data, adapter.scale)

    def _read_tracks(self, source: Source) -> Tracks:
        path = self.folder / "control.safetensors"
        path.write_bytes(self.reader.read(source, self.cancel.check))
        try:
            return read_tracks(path)[0]
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise RenderFailed("bad_source", "the control's track is not the motion of a take") from error
