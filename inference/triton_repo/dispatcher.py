"""Renders wait in one line, whichever model's endpoint they came through; a device group with room gets the next one.

Its group is chosen late, when there is room, and of several the one whose devices hold its model. What is said of a
render afterwards finds its group by the render's id. Nothing here looks into messages further than it must.
"""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from inference.protocol import GroupStatus, ModelResidency, Residency
from inference.triton_repo.device_groups import DeviceGroup
from inference.triton_repo.group_engine import GroupEngine, Words

log = logging.getLogger(__name__)

LAST = ("finished", "cancelled", "preempted", "failed", "prompt_read")
TOLD = ("sinks", "checkpoint_sink", "preempt", "cancel")  # of a render that was given before
_RESIDENCY = "residency"  # the id of every question that is ours
_RECALLED = 1000  # cancels that overtook their renders on the way through Triton


class Door(Protocol):
    """Where a command came from, and its events go. Ends when whoever is behind it ends."""

    def say(self, body: bytes) -> None: ...


@dataclass
class _Asked:
    """A render, or a question about a prompt. door: None once nobody listens; group: None while it waits."""

    id: str
    model: str
    body: bytes
    door: Door | None
    group: GroupEngine | None = None
    is_render: bool = True


class Dispatcher:
    """Between doors and engines. Everything is called on one thread."""

    def __init__(
        self, groups: tuple[DeviceGroup, ...], command: list[list[str]], environment: Mapping[str, str],
        patience_s: float,
    ) -> None:  # fmt: skip
        """command: of each group's engine."""
        self.engines = [
            GroupEngine(group, words, environment, self._hear, self._changed, patience_s)
            for group, words in zip(groups, command, strict=True)
        ]
        self._asked: OrderedDict[str, _Asked] = OrderedDict()  # everything that is not over, in the order it came
        self._filling: dict[GroupEngine, str] = {}  # the render that keeps the next one from beginning
        self._resident: dict[GroupEngine, tuple[ModelResidency, ...]] = {}
        self._recalled: OrderedDict[str, None] = OrderedDict()
        self.on_change: Callable[[], None] = lambda: None  # called when other models can be rendered than before

    @property
    def models(self) -> frozenset[str]:
        """What the engines said that they can render."""
        return frozenset(one.name for models in self._resident.values() for one in models)

    @property
    def waiting(self) -> int:
        """Renders that no group has room for."""
        return sum(asked.group is None for asked in self._asked.values())

    @property
    def renders(self) -> tuple[str, ...]:
        """Ids of all that are not over, and that somebody listens to."""
        return tuple(asked.id for asked in self._asked.values() if asked.door is not None)

    def statuses(self) -> tuple[GroupStatus, ...]:
        """Of every group, as of now."""
        return tuple(
            GroupStatus(
                number=engine.group.number,
                devices=engine.group.devices,
                why_not_ready=engine.why_not_ready,
                has_room=engine.why_not_ready is None and engine not in self._filling,
                renders=engine.renders,
                models=self._resident.get(engine, ()),
            )
            for engine in self.engines
        )

    def obey(self, door: Door, command: Words, body: bytes) -> None:
        """A command that came through `door`; `body` is the same as it came."""
        kind, request_id = command["kind"], command["id"]
        if kind == "render":
            self._take(door, _Asked(request_id, command["request"]["model"], body, door))
        elif kind == "read_prompt":
            self._ask(door, _Asked(request_id, command["model"], body, door, is_render=False))
        elif kind in TOLD:
            self._pass_down(kind, request_id, body)
        else:
            _refuse(door, request_id, f"a server renders; {kind} is none of its commands")

    def leave(self, door: Door, request_id: str | None = None) -> None:
        """Nobody listens behind it any more, to one render or to all: what is not over is cancelled."""
        for asked in [one for one in self._asked.values() if one.door is door and request_id in (None, one.id)]:
            asked.door = None
            self._cancel(asked)

    def _take(self, door: Door, asked: _Asked) -> None:
        if asked.id in self._asked:
            _refuse(door, asked.id, "a render of this id is not over yet")
        elif asked.id in self._recalled:
            del self._recalled[asked.id]
            door.say(_words({"kind": "cancelled", "id": asked.id}))
        else:
            self._asked[asked.id] = asked
            self._feed()

    def _ask(self, door: Door, asked: _Asked) -> None:
        """A question waits for no render: any engine that is up answers."""
        engine = next((one for one in self.engines if one.why_not_ready is None), None)
        if engine is None:
            door.say(_lost(asked.id, "no engine is up"))
            return
        asked.group = engine
        self._asked[asked.id] = asked
        engine.tell(asked.body)

    def _pass_down(self, kind: str, request_id: str, body: bytes) -> None:
        asked = self._asked.get(request_id)
        if asked is not None and asked.group is not None:
            asked.group.tell(body)
        elif asked is not None and kind == "cancel":
            self._cancel(asked)
        elif asked is None and kind == "cancel":
            self._recalled[request_id] = None
            if len(self._recalled) > _RECALLED:
                self._recalled.popitem(last=False)

    def _cancel(self, asked: _Asked) -> None:
        if asked.group is not None:
            asked.group.tell({"kind": "cancel", "id": asked.id})
            return
        del self._asked[asked.id]
        if asked.door is not None:
            asked.door.say(_words({"kind": "cancelled", "id": asked.id}))

    def _feed(self) -> None:
        """Give what waits to groups with room, in the order it came."""
        for asked in [one for one in self._asked.values() if one.group is None]:
            free = [one for one in self.engines if one.why_not_ready is None and one not in self._filling]
            if not free:
                return
            engine = max(free, key=lambda one: (self._holds(one, asked.model), -one.renders))
            asked.group, self._filling[engine] = engine, asked.id
            engine.renders += 1
            engine.tell(asked.body)

    def _holds(self, engine: GroupEngine, model: str) -> bool:
        return any(one.name == model and one.on_device for one in self._resident.get(engine, ()))

    def _hear(self, engine: GroupEngine, body: bytes) -> None:
        event = json.loads(body)
        if event["kind"] == "residency":
            self._learn(engine, body)
            return
        asked = self._asked.get(event.get("id"))
        if asked is None or asked.group is not engine:
            log.warning("an engine spoke of what nobody asked", extra={"event": event["kind"]})
            return
        if asked.door is not None:
            asked.door.say(body)
        over = event["kind"] in LAST
        if over:
            self._end(asked)
        if over or event.get("next_may_begin"):
            self._make_room(engine, asked.id)

    def _learn(self, engine: GroupEngine, body: bytes) -> None:
        before = self.models
        self._resident[engine] = Residency.model_validate_json(body).models
        if self.models != before:
            self.on_change()

    def _end(self, asked: _Asked) -> None:
        del self._asked[asked.id]
        if asked.group is not None and asked.is_render:
            asked.group.renders -= 1
            asked.group.tell({"kind": "ask_residency", "id": _RESIDENCY})

    def _make_room(self, engine: GroupEngine, request_id: str) -> None:
        if self._filling.get(engine) == request_id:
            del self._filling[engine]
            self._feed()

    def _changed(self, engine: GroupEngine) -> None:
        """It is up, and is asked what it can; or it is lost, with all that it was given."""
        if engine.why_not_ready is None:
            engine.tell({"kind": "ask_residency", "id": _RESIDENCY})
            self._feed()
            return
        engine.renders = 0
        self._filling.pop(engine, None)
        self._resident.pop(engine, None)
        self.on_change()
        for asked in [one for one in self._asked.values() if one.group is engine]:
            del self._asked[asked.id]
            if asked.door is not None:
                asked.door.say(_lost(asked.id, "the engine died in the middle of the render"))


def _refuse(door: Door, request_id: str, words: str) -> None:
    failed = {"kind": "failed", "id": request_id, "code": "bad_request", "message": words, "retryable": False}
    door.say(_words(failed))


def _lost(request_id: str, words: str) -> bytes:
    return _words({"kind": "failed", "id": request_id, "code": "engine_lost", "message": words, "retryable": True})


def _words(message: Words) -> bytes:
    return json.dumps(message).encode()
