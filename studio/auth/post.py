"""What is to be mailed, and where routes put it: it is written in their own transaction, and sent later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

MailKind = Literal[
    "invitation",
    "password_reset",
    "endpoint_disabled",
    "budget_threshold",
    "order_paid",
    "order_refunded",
    "renewal_failed",
    "top_up_failed",
]
Language = Literal["en", "zh", "both"]


@dataclass(frozen=True)
class Mail:
    """One message. values: what its words speak of; forgotten once it is sent, for a link may be among them."""

    kind: MailKind
    to: str
    language: Language
    values: dict[str, str] = field(default_factory=dict)


Post = Callable[[AsyncSession, Mail], Awaitable[None]]


async def find_post(request: Request) -> Post | None:
    """None where the studio sends no mail."""
    post: Post | None = request.app.state.post
    return post


PostOf = Annotated[Post | None, Depends(find_post)]
