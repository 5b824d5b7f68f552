"""Characters, their references and consents as clients give and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from inference.protocol import Box, FaceQuality, PhotoRefusal
from storage.tables.characters import ConsentKind
from studio.http.examples import Example, with_examples
from studio.http.timestamps import Timestamp

MOST_REFERENCES = 10
AdviceCode = Literal[
    "add_front",
    "add_sharper",
    "add_better_lit",
    "add_uncovered",
    "add_closed_lips",
    "add_second_photo",
    "add_left_profile",
    "add_right_profile",
    "add_up",
    "add_down",
]

_CHARACTER_ID = "chr_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
_ASSET_ID = "ast_01J9ZK1M2N8M4N6P7R9S0V2W3X"
_CONSENT: dict[str, JsonValue] = {
    "id": "cns_01J9ZK3Q5T8M4N6P7R9S0V2W3Y",
    "kind": "own",
    "by": "Eileen Doe",
    "scope": "any film of this organisation",
    "evidence": None,
    "evidence_asset_id": None,
    "granted_at": "2026-11-23T08:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "active": True,
}


class Asked(BaseModel):
    """A request body: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class ConsentGiven(Asked):
    """Who allows which use of this likeness, until when, on what evidence.

    `own`: my own face. `permission`: somebody else's, with evidence. `guardian`: a child's, by the guardian.
    `invented`: nobody's. `licensed_example`: the shipped example alone.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "own", "by": "Eileen Doe"}]})

    kind: ConsentKind
    by: str = Field(default="the holder of the API key", min_length=1, max_length=200)
    scope: str = Field(default="any film of this organisation", min_length=1, max_length=200)
    evidence: str | None = Field(default=None, min_length=1, max_length=4000, description="Words, or a URL.")
    evidence_asset_id: str | None = Field(default=None, max_length=40, description="An upload of kind `evidence`.")
    expires_at: Timestamp | None = None


class ReferenceAsked(Asked):
    """A photo of the character; `face` chooses among several faces in it."""

    asset_id: str = Field(max_length=40)
    face: Box | None = None


def name_once(references: list[ReferenceAsked]) -> list[ReferenceAsked]:
    """The same references. Raises ValueError where a photo is named twice."""
    if len({reference.asset_id for reference in references}) < len(references):
        raise ValueError("name each photo once")
    return references


class PhotosAsked(Asked):
    """Photos to look at before they become references."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"asset_ids": [_ASSET_ID]}]})

    asset_ids: list[Annotated[str, Field(max_length=40)]] = Field(min_length=1, max_length=10)

    @field_validator("asset_ids")
    @classmethod
    def _each_once(cls, asset_ids: list[str]) -> list[str]:
        if len(set(asset_ids)) < len(asset_ids):
            raise ValueError("name each photo once")
        return asset_ids


class ReferencesAsked(Asked):
    """Further photos of a character."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"references": [{"asset_id": _ASSET_ID}]}]}
    )

    references: list[ReferenceAsked] = Field(min_length=1, max_length=MOST_REFERENCES)

    @field_validator("references")
    @classmethod
    def _each_once(cls, references: list[ReferenceAsked]) -> list[ReferenceAsked]:
        return name_once(references)


class PhotosCompared(ReferencesAsked):
    """Photos that are to show one person, and the consent that allows to compare them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"references": [{"asset_id": _ASSET_ID}], "consent": {"kind": "own", "by": "Eileen Doe"}}]
        },
    )

    consent: ConsentGiven | None = Field(default=None, description="Without it no faces are compared: 403.")


class CharacterRename(Asked):
    """Another name. Takes keep the name that they were made under."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Eileen"}]})

    name: str = Field(min_length=1, max_length=80)
    allow_duplicate_name: bool = Field(default=False, description="Though another character has this name.")


class CharacterCreate(Asked):
    """A character to keep over a film: its photos and the consent that allows it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Eileen",
                    "consent": {"kind": "own", "by": "Eileen Doe"},
                    "references": [{"asset_id": _ASSET_ID}],
                },
                {
                    "name": "Grace",
                    "consent": {
                        "kind": "permission",
                        "by": "Grace Roe",
                        "evidence": "https://example.com/signed-release.pdf",
                        "expires_at": "2027-11-23T00:00:00Z",
                    },
                    "references": [{"asset_id": _ASSET_ID, "face": {"x": 120, "y": 80, "width": 210, "height": 260}}],
                },
            ]
        },
    )

    name: str = Field(min_length=1, max_length=80)
    consent: ConsentGiven | None = Field(default=None, description="Without it nothing is enrolled: 403.")
    references: list[ReferenceAsked] = Field(min_length=1, max_length=MOST_REFERENCES)
    hidden: bool = Field(default=False, description="For one take only: not listed.")
    allow_duplicate_name: bool = Field(default=False, description="Though another character has this name.")

    @field_validator("references")
    @classmethod
    def _each_once(cls, references: list[ReferenceAsked]) -> list[ReferenceAsked]:
        return name_once(references)


LookWords = Annotated[str, Field(max_length=400)]


class LookCreate(Asked):
    """What a character wears and carries: words, a picture, or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Rain", "wardrobe": "a yellow raincoat", "hair": "wet, loose"}]},
    )

    name: str = Field(min_length=1, max_length=80)
    wardrobe: LookWords = ""
    hair: LookWords = ""
    props: LookWords = ""
    picture_asset_id: str | None = Field(default=None, max_length=40, description="An uploaded photo.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.wardrobe or self.hair or self.props or self.picture_asset_id):
            raise ValueError("say something of the wardrobe, the hair or the props, or name a picture")
        return self


class LookChange(Asked):
    """What is left out stays. A `picture_asset_id` of null takes the picture away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"props": "a black umbrella"}]})

    name: str = Field(default="", min_length=1, max_length=80)
    wardrobe: LookWords = ""
    hair: LookWords = ""
    props: LookWords = ""
    picture_asset_id: str | None = Field(default=None, max_length=40)


class LookView(BaseModel):
    """A look. Models that can dress (see `/v1/models`) draw it; others leave it aside and say so in a take's notes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "look_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
                    "character_id": _CHARACTER_ID,
                    "name": "Rain",
                    "wardrobe": "a yellow raincoat",
                    "hair": "wet, loose",
                    "props": "",
                    "picture_asset_id": None,
                    "picture_url": None,
                    "created_at": "2026-11-23T08:00:00Z",
                }
            ]
        }
    )

    id: str
    character_id: str
    name: str
    wardrobe: str
    hair: str
    props: str
    picture_asset_id: str | None
    picture_url: str | None = Field(description="A link that is valid for 15 minutes.")
    created_at: datetime


class LookList(BaseModel):
    """A character's looks, the oldest first."""

    data: list[LookView]


_INSPECTED: Example = {
    "photos": [
        {
            "asset_id": _ASSET_ID,
            "faces": [
                {
                    "box": {"x": 176, "y": 67, "width": 96, "height": 130},
                    "confidence": 0.97,
                    "size_px": 113.0,
                    "sharpness": 412.0,
                    "exposure": 0.52,
                    "yaw_deg": -4.1,
                    "pitch_deg": 2.0,
                    "roll_deg": 0.6,
                    "occlusion": 0.02,
                    "quality": 0.82,
                    "smile": 0.92,
                    "lips_apart": 0.061,
                }
            ],
            "chosen": 0,
            "refusal": None,
            "words": "a good photo",
        }
    ]
}


class PhotoView(BaseModel):
    """What one photo is good for; `refusal` and `words` say why not."""

    asset_id: str
    faces: list[FaceQuality]
    chosen: int | None = Field(description="Which of `faces` would be used.")
    refusal: PhotoRefusal | Literal["stranger"] | None
    words: str


class Inspection(BaseModel):
    """Faces and their quality: no face was recognised, none was kept."""

    model_config = with_examples(_INSPECTED)

    photos: list[PhotoView]


class ReferenceView(BaseModel):
    """A kept reference. `weight` is its share in the template; `duplicate_of` an almost equal photo."""

    asset_id: str
    sha256: str
    width: int | None
    height: int | None
    face: Box | None
    quality: float
    weight: float
    duplicate_of: str | None
    url: str = Field(description="A link that is valid for 15 minutes.")


class ConsentView(BaseModel):
    """A consent as it stands; `active` by the server's clock."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CONSENT]})

    id: str
    kind: str
    by: str
    scope: str
    evidence: str | None
    evidence_asset_id: str | None
    granted_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    active: bool


class Coverage(BaseModel):
    """How well the photos show the face from each side, 0..1. `left`: turned to the left edge of the picture."""

    front: float
    left: float
    right: float
    up: float
    down: float


class Turning(BaseModel):
    """How far the previs turns the head to the left and to the right edge of the picture, degrees from the camera."""

    left_deg: int
    right_deg: int


class Advice(BaseModel):
    """A photo that would help."""

    code: AdviceCode
    words: str


class VoiceView(BaseModel):
    """How a character speaks. `consent`: to recordings of their own voice."""

    voice: str | None
    own_recordings: bool
    consent: ConsentView | None


class CharacterView(BaseModel):
    """A character. `strength` (0..1) says how much its photos can be trusted; the template itself stays inside.

    `advice` says which further photos would help, the most helpful first; empty when nothing is missing.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _CHARACTER_ID,
                    "name": "Eileen",
                    "hidden": False,
                    "strength": 0.82,
                    "face_pack": "yunet-sface",
                    "references": [
                        {
                            "asset_id": _ASSET_ID,
                            "sha256": "9f2c…",
                            "width": 512,
                            "height": 512,
                            "face": {"x": 176, "y": 67, "width": 96, "height": 130},
                            "quality": 0.82,
                            "weight": 1.0,
                            "duplicate_of": None,
                            "url": "https://objects.example/…",
                        }
                    ],
                    "coverage": {"front": 1.0, "left": 0.0, "right": 0.1, "up": 0.0, "down": 0.0},
                    "turning": {"left_deg": 26, "right_deg": 26},
                    "advice": [
                        {
                            "code": "add_second_photo",
                            "words": "add a photo from another day",
                        }
                    ],
                    "consent": _CONSENT,
                    "voice": {"voice": "af_heart", "own_recordings": False, "consent": None},
                    "created_at": "2026-11-23T08:00:00Z",
                }
            ]
        }
    )

    id: str
    name: str
    hidden: bool
    strength: float
    face_pack: str
    references: list[ReferenceView]
    coverage: Coverage
    turning: Turning
    advice: list[Advice]
    consent: ConsentView | None
    voice: VoiceView
    created_at: datetime


class VoiceChosen(Asked):
    """How the character speaks: in a voice of `GET /v1/voices`, in recordings of their own alone, or in neither (each
    line is then said by the first voice of its language)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"voice": "af_heart"}]})

    voice: str | None = Field(default=None, min_length=1, max_length=100)
    own_recordings: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.voice is not None and self.own_recordings:
            raise ValueError("a voice, or own recordings alone: not both")
        return self


class ConsentRevoked(BaseModel):
    """The consent, now revoked, and the takes that were stopped by it."""

    model_config = with_examples(
        {"consent": _CONSENT | {"revoked_at": "2026-11-23T09:00:00Z", "active": False}, "blocked_takes": []}
    )

    consent: ConsentView
    blocked_takes: list[str]


class Erased(BaseModel):
    """What went. `photos` are SHA-256 of the pictures as they were kept."""

    rows: dict[str, int]
    template: bool
    photos: list[str]
    blocked_takes: list[str]


class DeletionCertificate(BaseModel):
    """Says that a character was erased, and what of it. `sha256` is of `erased` as canonical JSON."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "del_01J9ZK9Q5T8M4N6P7R9S0V2W3X",
                    "character_id": _CHARACTER_ID,
                    "deleted_at": "2026-11-23T09:00:00Z",
                    "erased": {
                        "rows": {"characters": 1, "character_references": 1, "consents": 1},
                        "template": True,
                        "photos": ["9f2c…"],
                        "blocked_takes": [],
                    },
                    "sha256": "17ab…",
                }
            ]
        }
    )

    id: str
    character_id: str
    deleted_at: datetime
    erased: Erased
    sha256: str
