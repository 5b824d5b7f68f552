"""Every table, so that importing this package fills the metadata."""

from storage.tables.accounts import ApiKey, Organisation
from storage.tables.assets import Asset
from storage.tables.characters import Character, CharacterReference, Consent, Deletion
from storage.tables.columns import Table, database_now
from storage.tables.events import Event
from storage.tables.idempotency import IdempotencyKey
from storage.tables.takes import Attempt, Take, TakeCharacter
from storage.tables.videos import Video

__all__ = [
    "ApiKey",
    "Asset",
    "Attempt",
    "Character",
    "CharacterReference",
    "Consent",
    "Deletion",
    "Event",
    "IdempotencyKey",
    "Organisation",
    "Table",
    "Take",
    "TakeCharacter",
    "Video",
    "database_now",
]
