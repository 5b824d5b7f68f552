"""What became of a render: how well each face was kept, and what was really used."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from inference.protocol.dialogue import UsedVoice
from inference.protocol.direction import UsedDirection
from inference.protocol.messages import PROTOCOL_VERSION, Message, Sha256
from inference.protocol.render_request import Expectation, Tier

Verdict = Literal["pass", "fail", "unscored"]
ComparedWith = Literal["same_photo", "other_photos"]
Promise = Literal["exact", "same_mathematics"]


class CharacterIdentity(Message):
    """How well one character kept the face. `series` is cosine per frame, None where the face is not visible."""

    character_id: str
    character_name: str
    score: float | None
    worst_decile: float | None
    presence: float = Field(ge=0, le=1)
    drift: float | None
    yaw_range_deg: tuple[float, float] | None
    threshold: float
    compared_with: ComparedWith
    expected: Expectation
    verdict: Verdict
    series: tuple[float | None, ...]


class UsedReference(Message):
    """A reference and what it was used for: drawn in the picture, compared with, or both."""

    character_id: str
    sha256: Sha256
    used_for: tuple[Literal["picture", "identity"], ...]


class UsedLook(Message):
    """The look that a character was asked to wear, and what of it went into the render: nothing, where it is empty.

    words: as they were added to the prompt.
    """

    character_id: str
    look_id: str
    name: str
    words: str
    picture_sha256: Sha256 | None
    used_for: tuple[Literal["prompt", "picture"], ...]


class UsedAdapter(Message):
    """A character's LoRA that acted in the render."""

    character_id: str
    sha256: Sha256
    scale: float


class UsedControl(Message):
    """What drove a render. `form`: what the model was shown of the previs; `track_sha256` is of its motion.

    frames_sha256: of every picture that the model was shown, in order, as it went in.
    """

    form: Literal["gray", "pose_and_face", "frames"]
    track_sha256: Sha256
    frames_sha256: Sha256


class UsedKeyframe(Message):
    """A picture that the clip was to show, at a frame counted from 0. sha256: of the picture as it was sent."""

    frame: int = Field(ge=0)
    sha256: Sha256


class UsedDevice(Message):
    """On what the latents were computed; several unequal devices of one render stand beside each other.

    driver: its version; of a CPU the library of matrix products. capability: its instructions, as its maker names them.
    library: of convolutions (cuDNN, CANN, oneDNN). kernels: attention, rounding and shapes of products, compiler. kind:
    as torch names it, `cpu` for one; earlier receipts have none.
    """

    name: str
    driver: str
    capability: str
    library: str
    kernels: tuple[str, ...] = ()
    kind: str = ""


class Receipt(Message):
    """What was really used. `media_sha256` is of the unsigned MP4: byte-identical for one seed on one machine.

    promise: exact, the same bits on any number of ranks, proven for this kind of device; same_mathematics, perhaps in
    another rounding; None where nothing is promised, and in earlier receipts.
    `device` is the name in `computed_on`, which receipts of earlier versions and of other servers' models have not.
    shift, scheduler: of the noise schedule, None where the model has one of its own. published: the names of the
    settings that are those of the model's authors. direction: of a model that is directed. dialogue: who said which
    line; a silent clip's receipt has none.
    """

    model: str
    model_sha256: Sha256
    weights: dict[str, Sha256]
    revision: str | None = None
    tier: Tier
    promise: Promise | None = None
    switched_on: tuple[str, ...] = ()
    seed: int
    steps: int
    guidance_scale: float
    shift: float | None = None
    scheduler: str | None = None
    published: tuple[str, ...] = ()
    prompt_sha256: Sha256
    width: int
    height: int
    fps: int
    frames: int
    device: str
    computed_on: UsedDevice | None = None
    threads: int
    versions: dict[str, str]
    references: tuple[UsedReference, ...]
    control: UsedControl | None = None
    keyframes: tuple[UsedKeyframe, ...] = ()
    adapters: tuple[UsedAdapter, ...] = ()
    looks: tuple[UsedLook, ...] = ()
    direction: UsedDirection | None = Field(default=None, exclude_if=lambda direction: direction is None)
    dialogue: tuple[UsedVoice, ...] = Field(default=(), exclude_if=lambda lines: not lines)
    notes: tuple[str, ...]
    latents_sha256: Sha256
    media_sha256: Sha256
    protocol: int = PROTOCOL_VERSION
