"""What several routes of this dialect share: their prefix, their bodies' description, and what enrolling needs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from studio.assets.content_policy import PicturePolicyOf, UnsafeImage
from studio.assets.uploads import PhotoTooLarge, PhotoUndecodable
from studio.characters.consent import ConsentInsufficient
from studio.characters.enrolment import PhotosRefused
from studio.characters.routes import IdentityEngineOf
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import EngineUnavailable
from studio.videos.casting import Stores
from studio.videos.errors import ReferenceRequired

VideoId = Annotated[str, Path(max_length=40, examples=["video_01J9ZK7M2A8M4N6P7R9S0V2W3X"])]
ENROLLING = (
    ReferenceRequired,
    ConsentInsufficient,
    PhotosRefused,
    PhotoUndecodable,
    PhotoTooLarge,
    UnsafeImage,
    EngineUnavailable,
)


def make_router() -> APIRouter:
    """Routes under `/v1` whose errors have OpenAI's shape."""
    return APIRouter(prefix="/v1", tags=["openai-videos"])


def document_body(shape: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI words for a body that may come in three encodings."""
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)  # the document holds them: the takes API names the same ones
    example = {"prompt": "She smiles, then slowly turns to the left", "seconds": "4", "size": "768x432"}
    kinds = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")
    content = {kind: {"schema": schema, "example": example} for kind in kinds}
    return {"requestBody": {"required": True, "content": content}}


def _stores(database: DatabaseOf, objects: ObjectsOf, engine: IdentityEngineOf, policy: PicturePolicyOf) -> Stores:
    return Stores(database, objects, engine, policy)


StoresOf = Annotated[Stores, Depends(_stores)]
