"""The first tables: accounts, assets, characters, takes, events, idempotency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("last_event", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_event >= 0", name=op.f("ck_organisations_last_event_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("shown_prefix", sa.String(length=40), nullable=False),
        sa.Column("key_sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name=op.f("fk_api_keys_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_keys_key_sha256")),
    )
    op.create_index(op.f("ix_api_keys_org_id_id"), "api_keys", ["org_id", "id"], unique=False)

    op.create_table(
        "assets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("content_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("declared_sha256", sa.String(length=64), nullable=True),
        sa.Column("upload_key", sa.String(length=400), nullable=True),
        sa.Column("object_key", sa.String(length=400), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('photo', 'plate', 'evidence', 'clip', 'thumbnail', 'sprite', 'motion')",
            name=op.f("ck_assets_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'ready' OR (object_key IS NOT NULL AND sha256 IS NOT NULL AND size_bytes > 0)",
            name=op.f("ck_assets_ready_has_object"),
        ),
        sa.CheckConstraint("state IN ('pending', 'ready', 'deleted')", name=op.f("ck_assets_state")),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name=op.f("fk_assets_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("object_key", name=op.f("uq_assets_object_key")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_assets_org_id_id")),
    )
    op.create_index(op.f("ix_assets_state_expires_at"), "assets", ["state", "expires_at"], unique=False)

    op.create_table(
        "characters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("template_pack", sa.String(length=200), nullable=False),
        sa.Column("template_strength", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_characters_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_characters")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_characters_org_id_id")),
    )
    op.create_table(
        "deletions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("character_id", sa.String(length=40), nullable=False),
        sa.Column("erased", JSON, nullable=False),
        sa.Column("erased_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name=op.f("fk_deletions_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
    )
    op.create_index(op.f("ix_deletions_org_id_character_id"), "deletions", ["org_id", "character_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("take_id", sa.String(length=40), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_events_sequence_from_one")),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name=op.f("fk_events_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "sequence", name=op.f("pk_events")),
    )
    op.create_index(
        op.f("ix_events_org_id_take_id_sequence"), "events", ["org_id", "take_id", "sequence"], unique=False
    )

    op.create_table(
        "idempotency_keys",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", JSON, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_idempotency_keys_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "character_references",
        sa.Column("character_id", sa.String(length=40), nullable=False),
        sa.Column("asset_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("face", JSON, nullable=True),
        sa.Column("quality", JSON, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "asset_id"], ["assets.org_id", "assets.id"], name=op.f("fk_character_references_org_id_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "character_id"],
            ["characters.org_id", "characters.id"],
            name=op.f("fk_character_references_org_id_character_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("character_id", "asset_id", name=op.f("pk_character_references")),
        sa.UniqueConstraint("character_id", "ordinal", name=op.f("uq_character_references_character_id_ordinal")),
    )
    op.create_index(
        op.f("ix_character_references_org_id_asset_id"), "character_references", ["org_id", "asset_id"], unique=False
    )

    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("character_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("granted_by", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("evidence_text", sa.String(), nullable=True),
        sa.Column("evidence_url", sa.String(), nullable=True),
        sa.Column("evidence_asset_id", sa.String(length=40), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind <> 'permission' OR evidence_text IS NOT NULL OR evidence_url IS NOT NULL "
            "OR evidence_asset_id IS NOT NULL",
            name=op.f("ck_consents_permission_has_evidence"),
        ),
        sa.CheckConstraint(
            "kind IN ('own', 'permission', 'guardian', 'invented', 'licensed_example')", name=op.f("ck_consents_kind")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "character_id"],
            ["characters.org_id", "characters.id"],
            name=op.f("fk_consents_org_id_character_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "evidence_asset_id"],
            ["assets.org_id", "assets.id"],
            name=op.f("fk_consents_org_id_evidence_asset_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_org_id_character_id"), "consents", ["org_id", "character_id"], unique=False)
    op.create_index(
        "uq_consents_unrevoked",
        "consents",
        ["character_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )

    op.create_table(
        "takes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("shot_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("request", JSON, nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failure_code", sa.String(length=40), nullable=True),
        sa.Column("failure_message", sa.String(), nullable=True),
        sa.Column("identity", JSON, nullable=True),
        sa.Column("receipt", JSON, nullable=True),
        sa.Column("receipt_sha256", sa.String(length=64), nullable=True),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("clip_asset_id", sa.String(length=40), nullable=True),
        sa.Column("thumbnail_asset_id", sa.String(length=40), nullable=True),
        sa.Column("sprite_asset_id", sa.String(length=40), nullable=True),
        sa.Column("motion_asset_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("render_ms", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state <> 'SUCCEEDED' OR (clip_asset_id IS NOT NULL AND receipt_sha256 IS NOT NULL)",
            name=op.f("ck_takes_succeeded_has_clip"),
        ),
        sa.CheckConstraint(
            "state IN ('QUEUED', 'RENDERING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'CONSENT_BLOCKED', 'QUARANTINED')",
            name=op.f("ck_takes_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('FAILED', 'QUARANTINED') OR failure_code IS NOT NULL", name=op.f("ck_takes_failed_has_code")
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_takes_progress_range")),
        sa.ForeignKeyConstraint(
            ["org_id", "clip_asset_id"], ["assets.org_id", "assets.id"], name=op.f("fk_takes_org_id_clip_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "motion_asset_id"], ["assets.org_id", "assets.id"], name=op.f("fk_takes_org_id_motion_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "sprite_asset_id"], ["assets.org_id", "assets.id"], name=op.f("fk_takes_org_id_sprite_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "thumbnail_asset_id"],
            ["assets.org_id", "assets.id"],
            name=op.f("fk_takes_org_id_thumbnail_asset_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name=op.f("fk_takes_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takes")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_takes_org_id_id")),
    )
    op.create_index(op.f("ix_takes_state_created_at"), "takes", ["state", "created_at"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("take_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("key_prefix", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("failure_code", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('RENDERING', 'SUCCEEDED', 'FAILED', 'ABANDONED')", name=op.f("ck_attempts_state")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_attempts_number_from_one")),
        sa.ForeignKeyConstraint(
            ["org_id", "take_id"],
            ["takes.org_id", "takes.id"],
            name=op.f("fk_attempts_org_id_take_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("take_id", "number", name=op.f("pk_attempts")),
        sa.UniqueConstraint("key_prefix", name=op.f("uq_attempts_key_prefix")),
    )
    op.create_table(
        "take_characters",
        sa.Column("take_id", sa.String(length=40), nullable=False),
        sa.Column("character_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "take_id"],
            ["takes.org_id", "takes.id"],
            name=op.f("fk_take_characters_org_id_take_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("take_id", "character_id", name=op.f("pk_take_characters")),
    )
    op.create_index(
        op.f("ix_take_characters_org_id_character_id"), "take_characters", ["org_id", "character_id"], unique=False
    )
