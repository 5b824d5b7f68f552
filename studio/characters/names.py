"""Names are unique in an organisation unless a request asks otherwise, so that `@name` and a script mean one person.

Two names are the same when they are mentioned alike: in any case, with blanks for underscores. One-off characters have
names that nobody mentions, and those of erased ones are free again.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.characters import find_characters_mentioned, get_character, rename_character
from storage.tables.characters import mention_of
from studio.characters.schemas import CharacterRename
from studio.http.errors import NotFound, StudioError


class NameTaken(StudioError):
    """Another character has this name."""

    status = 409
    code = "name_taken"


async def require_free_name(session: AsyncSession, *, org_id: str, name: str, but: str = "") -> None:
    """Raises NameTaken, naming the character that has it; `but` is one that may.

    A write unit holds its organisation's lock: what was free in it stays free until it ends.
    """
    mention = mention_of(name)
    found = await find_characters_mentioned(session, org_id=org_id, mentions=[mention])
    others = [character_id for character_id in found.get(mention, []) if character_id != but]
    if others:
        raise NameTaken(
            f"{others[0]} is called {name!r}: cast that one, choose another name, or send `allow_duplicate_name`",
            field="name",
            character_id=others[0],
        )


async def rename(session: AsyncSession, *, org_id: str, character_id: str, asked: CharacterRename) -> None:
    """Raises NotFound, NameTaken."""
    character = await get_character(session, org_id=org_id, character_id=character_id)
    if character is None:
        raise NotFound(f"there is no character {character_id}")
    if not (character.hidden or asked.allow_duplicate_name):
        await require_free_name(session, org_id=org_id, name=asked.name, but=character_id)
    await rename_character(session, org_id=org_id, character_id=character_id, name=asked.name)
