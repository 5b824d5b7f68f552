"""Uploads and assets as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from inference.catalogue import MOST_RECORDING_BYTES
from studio.assets.intake import MOST_BYTES

UploadKind = Literal["photo", "plate", "evidence", "recording"]
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "application/octet-stream")
EVIDENCE_TYPES = ("application/pdf", "image/jpeg", "image/png")
RECORDING_TYPES = (
    "audio/wav", "audio/x-wav", "audio/wave", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac", "audio/ogg",
    "audio/webm", "audio/flac", "application/octet-stream",
)  # fmt: skip
_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
_ASSET: dict[str, JsonValue] = {
    "id": "ast_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "kind": "photo",
    "content_type": "image/png",
    "size_bytes": 458858,
    "sha256": _SHA256,
    "width": 512,
    "height": 512,
    "seconds": None,
    "notes": [],
    "unsafe_score": 0.01,
    "created_at": "2026-11-23T08:00:00Z",
    "url": "https://objects.example/…",
}


class UploadCreate(BaseModel):
    """A file to upload: what it is for, and exactly what will come."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "photo", "content_type": "image/png", "size_bytes": 791555, "sha256": _SHA256}]
        },
    )

    kind: UploadKind = Field(
        description="`photo` of a character, `plate` behind it, `evidence` of a consent, `recording` of a line."
    )
    content_type: str = Field(max_length=40)
    size_bytes: int = Field(gt=0, le=2**53, description="At most 25 MiB; of a recording, 64 MiB.")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="Checked when given.")

    @field_validator("content_type")
    @classmethod
    def _known_type(cls, content_type: str, so_far: ValidationInfo) -> str:
        kind = so_far.data.get("kind")
        known = {"evidence": EVIDENCE_TYPES, "recording": RECORDING_TYPES}.get(str(kind), PICTURE_TYPES)
        if content_type not in known:
            raise ValueError(f"a {kind} is one of {', '.join(known)}")
        return content_type

    @field_validator("size_bytes")
    @classmethod
    def _small_enough(cls, size_bytes: int, so_far: ValidationInfo) -> int:
        kind = so_far.data.get("kind")
        most = MOST_RECORDING_BYTES if kind == "recording" else MOST_BYTES
        if size_bytes > most:
            way_out = ": cut it to the line, or save it as MP3" if kind == "recording" else ""
            raise ValueError(f"a {kind} may have at most {most // 2**20} MiB{way_out}")
        return size_bytes


class UploadView(BaseModel):
    """Where to upload: POST `fields`, then the file as `file`, to `url` as multipart/form-data; then complete."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "ast_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
                    "url": "https://objects.example/dramatis",
                    "fields": {"key": "…", "Content-Type": "image/png", "policy": "…", "x-amz-signature": "…"},
                    "expires_at": "2026-11-23T09:00:00Z",
                }
            ]
        }
    )

    id: str = Field(description="The asset's id, once the upload is complete.")
    url: str
    fields: dict[str, str]
    expires_at: datetime


class AssetView(BaseModel):
    """A kept object. Pictures are kept normalised: upright, sRGB, without metadata, at most 2048 pixels long;
    recordings trimmed and levelled, as WAV at 48 kHz."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASSET]})

    id: str
    kind: str
    content_type: str
    size_bytes: int
    sha256: str = Field(description="Of the object as it is kept.")
    width: int | None
    height: int | None
    seconds: float | None = Field(description="Of a recording, trimmed to what is said in it.")
    notes: list[str] = Field(
        description="Of a recording, told once when it is taken in: `clipped`, a little distorted."
    )
    unsafe_score: float | None = Field(
        description="Of a photo or plate: below 0.2 safe to show, above 0.8 not. Null where nobody has looked."
    )
    created_at: datetime
    url: str = Field(description="A link that is valid for 15 minutes.")
