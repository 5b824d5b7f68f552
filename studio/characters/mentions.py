"""Characters named in prose: `@Ada_Lovelace`, in any case and with underscores for spaces, or `@chr_…`."""

from __future__ import annotations

import re

MENTION = re.compile(r"(?<!\w)@([\w-]+)")


def mention_in_prompt(name: str) -> str:
    """The character's name as a prompt should have it: a mention, or the bare name where it cannot be one."""
    mention = "@" + name.replace(" ", "_")
    return mention if MENTION.fullmatch(mention) else name
