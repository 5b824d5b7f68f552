"""Every table, so that importing this package fills the metadata."""

from storage.tables.accounts import ApiKey, Organisation
from storage.tables.assets import Asset
from storage.tables.audit import AuditEntry
from storage.tables.billing import CreditHold, CreditLot, LedgerEntry, Price, SpendCap
from storage.tables.characters import Character, CharacterReference, Consent, Deletion
from storage.tables.checkpoints import Checkpoint
from storage.tables.columns import Table, database_now
from storage.tables.cuts import Cut
from storage.tables.events import Event
from storage.tables.idempotency import IdempotencyKey
from storage.tables.line_lengths import LineLength
from storage.tables.looks import Look
from storage.tables.mails import MailRow, PasswordReset
from storage.tables.nodes import Node
from storage.tables.operators import OperatorAct
from storage.tables.organisation_deletions import OrganisationDeletion
from storage.tables.payments import PaymentAccount, PaymentOrder, PaymentRefund
from storage.tables.people import Invitation, Membership, Person
from storage.tables.pools import Pool, PoolAccount
from storage.tables.prompt_readings import PromptReading
from storage.tables.request_buckets import RequestBucket
from storage.tables.request_log import LoggedRequest
from storage.tables.sessions import OidcFlow, Session, SignInLink, SignInTries
from storage.tables.storyboard import BoardEdit, Project, Scene, Shot, ShotTake, TakeNote
from storage.tables.takes import Attempt, Take, TakeCharacter
from storage.tables.videos import DeletedVideo, Video
from storage.tables.webhooks import WebhookAttempt, WebhookCursor, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiKey",
    "Asset",
    "Attempt",
    "AuditEntry",
    "BoardEdit",
    "Character",
    "CharacterReference",
    "Checkpoint",
    "Consent",
    "CreditHold",
    "CreditLot",
    "Cut",
    "DeletedVideo",
    "Deletion",
    "Event",
    "IdempotencyKey",
    "Invitation",
    "LedgerEntry",
    "LineLength",
    "LoggedRequest",
    "Look",
    "MailRow",
    "Membership",
    "Node",
    "OidcFlow",
    "OperatorAct",
    "Organisation",
    "OrganisationDeletion",
    "PasswordReset",
    "PaymentAccount",
    "PaymentOrder",
    "PaymentRefund",
    "Person",
    "Pool",
    "PoolAccount",
    "Price",
    "Project",
    "PromptReading",
    "RequestBucket",
    "Scene",
    "Session",
    "Shot",
    "ShotTake",
    "SignInLink",
    "SignInTries",
    "SpendCap",
    "Table",
    "Take",
    "TakeCharacter",
    "TakeNote",
    "Video",
    "WebhookAttempt",
    "WebhookCursor",
    "WebhookDelivery",
    "WebhookEndpoint",
    "database_now",
]
