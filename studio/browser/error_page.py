"""The page of error codes, made from the classes that raise them: it is always that of this very studio."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from itertools import groupby

from studio.http.errors import StudioError

_INTRODUCTION = """# Error codes

Every error has a `code`, which never changes: act on it, not on the words. The native API tells errors as
`application/problem+json`, `/v1/videos` in OpenAI's shape, where what is 422 here is mostly 400. Both carry
`request_id`, under which the request is in [the log](request-log.md), and `docs_url`, which leads here.

Statuses with several meanings are told apart by their code, and `x-should-retry` says whether waiting helps:

- **409**: the first of two equal requests is still at work (`idempotency_in_progress`: wait `Retry-After`), or what is
  there now does not allow it (all others: look again before you ask again).
- **429**: too many requests or tries just now, or too many takes waiting (wait `Retry-After`), or a plan that is full
  (`storage_limit_reached`: waiting frees nothing).
- **503**: something is away or overloaded: wait `Retry-After`.
- **504** is no answer of the studio's: a proxy before it gave up waiting, and the work may be done all the same. Send
  the request again with the same `Idempotency-Key`.
"""


def write_error_page() -> str:
    """In Markdown; a heading for each code."""
    errors = sorted(_errors(), key=lambda error: (error.status, error.code))
    sections = [_INTRODUCTION]
    for status, named in groupby(errors, key=lambda error: error.status):
        sections.append(f"## {status} {HTTPStatus(status).phrase}\n")
        sections += [_describe(error) for error in named]
    return "\n".join(sections)


def _errors() -> list[type[StudioError]]:
    """One class for each code."""
    every: list[type[StudioError]] = [StudioError, *_below(StudioError)]
    return list({error.code: error for error in every}.values())


def _below(error: type[StudioError]) -> Iterator[type[StudioError]]:
    for each in error.__subclasses__():
        if each.__module__.startswith("studio."):
            yield each
            yield from _below(each)


def _describe(error: type[StudioError]) -> str:
    words = " ".join((error.__doc__ or "").split())
    if error.status == 500:
        words += " Tell the operator the `request_id`."
    elif error.waiting_helps:
        words += " Waiting helps: send it again after `Retry-After`."
    elif error.status in (402, 409, 429, 507):
        words += " Waiting alone does not help."
    return f"### {error.code}\n\n{words}\n"
