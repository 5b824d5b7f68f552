"""Which events webhooks can hear of, and which an endpoint asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable

EVENT_TYPES: tuple[str, ...] = (
    "video.completed",
    "video.failed",
    "video.cancelled",
    "take.queued",
    "take.started",
    "take.succeeded",
    "take.failed",
    "take.cancelled",
    "take.consent_blocked",
    "take.quarantined",
    "character.enrolled",
    "character.erased",
    "consent.revoked",
    "budget.threshold",
    "credits.granted",
    "credits.refunded",
    "credits.low",
    "credits.expired",
    "credits.renewal_failed",
    "credits.top_up_failed",
    "order.paid",
    "order.refunded",
    "endpoint.test",
)
# How takes of the OpenAI dialect end, in its words, beside our own.
VIDEO_EVENTS: dict[str, str] = {
    "take.succeeded": "video.completed",
    "take.failed": "video.failed",
    "take.consent_blocked": "video.failed",
    "take.quarantined": "video.failed",
    "take.cancelled": "video.cancelled",
}
TEST_EVENT = "endpoint.test"
# Rows of the event stream that messages are made of: what nobody publishes as such is left out.
PUBLISHED: frozenset[str] = frozenset(each for each in EVENT_TYPES if not each.startswith(("video.", "endpoint.")))
EVERYTHING = "*"
WILDCARDS: tuple[str, ...] = (EVERYTHING, *dict.fromkeys(f"{each.partition('.')[0]}.*" for each in EVENT_TYPES))


def unknown_types(asked: Iterable[str]) -> list[str]:
    """Those that are neither an event nor a group of them."""
    return [each for each in asked if each not in EVENT_TYPES and each not in WILDCARDS]


def hears(event_types: Collection[str], type_: str) -> bool:
    """Whether an endpoint that asked for `event_types` is told of this one."""
    group = f"{type_.partition('.')[0]}.*"
    return not {EVERYTHING, group, type_}.isdisjoint(event_types)
