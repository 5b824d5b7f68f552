"""What several routes of this dialect share: their prefix, and what enrolling needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

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


async def _stores(
    database: DatabaseOf, objects: ObjectsOf, engine: IdentityEngineOf, policy: PicturePolicyOf
) -> Stores:
    return Stores(database, objects, engine, policy)


StoresOf = Annotated[Stores, Depends(_stores)]
