"""What every table shares: metadata, names of constraints, column types that mean the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, LargeBinary, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """Parent of every mapped table."""

    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: always aware and in UTC in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant needs a time zone"  # noqa: S101 (a programmer's error)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class database_now(FunctionElement[datetime]):
    """The database's own clock: the only one that decides what came first and what has expired."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_now)
def _now(element: database_now, compiler: SQLCompiler, **_: object) -> str:
    return "clock_timestamp()"


@compiles(database_now, "sqlite")
def _now_sqlite(element: database_now, compiler: SQLCompiler, **_: object) -> str:
    # Six digits, as SQLAlchemy writes datetimes, so that instants compare as text.
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


Json = JSON().with_variant(JSONB(), "postgresql")
JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

Id = Annotated[str, mapped_column(String(40))]
Sha256Hex = Annotated[str, mapped_column(String(64))]
Word = Annotated[str, mapped_column(String(40))]
Name = Annotated[str, mapped_column(String(200))]
Link = Annotated[str, mapped_column(String(4000))]
ObjectKey = Annotated[str, mapped_column(String(400))]
Document = Annotated[dict[str, Any], mapped_column(Json)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
Count = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(UtcDateTime())]
Created = Annotated[datetime, mapped_column(UtcDateTime(), default=database_now())]


def one_of(column: str, words: tuple[str, ...]) -> str:
    """The text of a CHECK that keeps `column` within `words`."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
