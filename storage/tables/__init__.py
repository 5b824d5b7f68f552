"""Every table, so that importing this package fills the metadata."""

from storage.tables.accounts import ApiKey, Organisation
from storage.tables.assets import Asset
from storage.tables.characters import Character, CharacterReference, Consent, Deletion
from storage.tables.columns import Table, database_now
from storage.tables.events import Event
from storage.tables.idempotency import IdempotencyKey
from storage.tables.looks import Look
from storage.tables.storyboard import BoardEdit, Project, Scene, Shot, ShotTake, TakeNote
from storage.tables.takes import Attempt, Take, TakeCharacter
from storage.tables.videos import Video

__all__ = [
    "ApiKey",
    "Asset",
    "Attempt",
    "BoardEdit",
    "Character",
    "CharacterReference",
    "Consent",
    "Deletion",
    "Event",
    "IdempotencyKey",
    "Look",
    "Organisation",
    "Project",
    "Scene",
    "Shot",
    "ShotTake",
    "Table",
    "Take",
    "TakeCharacter",
    "TakeNote",
    "Video",
    "database_now",
]
