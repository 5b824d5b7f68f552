"""Wan-Animate: one character's photo acts what a driving video shows; here the video is a previs.

The previs's pose pictures say where the body is, its face crops say what the face does.
"""

from __future__ import annotations

import torch
from PIL import Image

from inference.exact.fingerprint import hash_frames
from inference.pipelines.contract import BadReference, CancelToken, CastPhoto, DrivingVideo, Keyframe, Picture
from inference.pipelines.guide import Guided
from inference.pipelines.interruptible import interruptible
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_shot import SILENT, WanShot, adapters_of
from inference.protocol import RenderRequest, UsedControl


class WanAnimatePipeline(WanPipeline):
    """One character, one photo, one segment: the clip is as long as the model sees at once."""

    def encode(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        cancel: CancelToken,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> WanShot:
        """Encode the prompt, the first photo, and the previs. Latents have one frame for the photo in front."""
        if driving is None:
            raise BadReference(f"{self.card.name} needs a previs to drive it: ask for control previs")
        parts, photo = self.parts, cast[0].photos[0]
        text, away = self._encode_texts(request)
        cancel.check()
        picture = Image.fromarray(photo.rgb_HWC_uint8)
        seen = parts.encode_image(picture, self._device).to(self._dtype)
        face = self._video(driving.faces_FHWC, parts.transformer.config.motion_encoder_size).to(self._dtype)
        with interruptible(parts.vae.encoder, cancel):
            pixels = parts.vae_image_processor.preprocess(
                picture, height=request.height, width=request.width, resize_mode="fill"
            ).to(self._device, torch.float32)
            reference = parts.prepare_reference_image_latents(pixels, device=self._device)
            poses = self._video(driving.poses_FHWC, (request.height, request.width))
            pose = parts.prepare_pose_latents(poses, device=self._device).to(self._dtype)
            before = parts.prepare_prev_segment_cond_latents(
                segment_frame_length=request.frames, height=request.height, width=request.width, device=self._device
            )
        beside = torch.cat([reference, before], dim=2)
        blank = {} if away is None else {"encoder_hidden_states": away, "face_pixel_values": face * 0 - 1}
        return WanShot(
            request=request,
            guided=Guided({"encoder_hidden_states": text, "face_pixel_values": face}, blank, request.guidance_scale),
            fixed={"encoder_hidden_states_image": seen, "pose_hidden_states": pose},
            beside=beside,
            leading=1,
            shape=(1, parts.vae.config.z_dim, *beside.shape[2:]),
            notes=(SILENT,),
            adapters=adapters_of(cast),
            drawn={cast[0].character_id: (photo.sha256,)},
            control=UsedControl(
                form="pose_and_face",
                track_sha256=driving.track_sha256,
                frames_sha256=hash_frames(driving.poses_FHWC, driving.faces_FHWC),
            ),
        )

    def _video(self, frames_FHWC: Picture, size: int | tuple[int, int]) -> torch.Tensor:
        """Pictures as the model takes them: [1, 3, F, H, W] in -1..1."""
        height, width = (size, size) if isinstance(size, int) else size
        frames = [Image.fromarray(frame) for frame in frames_FHWC]
        video: torch.Tensor = self.parts.video_processor.preprocess_video(frames, height=height, width=width)
        return video.to(self._device, torch.float32)
