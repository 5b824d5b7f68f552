"""Renders wait in one line for device groups, each with an engine process of its own; here they pretend to render."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from inference.triton_repo.device_groups import DeviceGroup
from inference.triton_repo.dispatcher import Dispatcher

WITHIN_S = 30.0
MUTE = "--mute"


class Client:
    """Somebody behind a door, and what was said to them."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.heard: list[dict[str, Any]] = []
        self._dispatcher = dispatcher

    def say(self, body: bytes) -> None:
        self.heard.append(json.loads(body))

    def ask(self, kind: str, request_id: str, **more: object) -> None:
        command = {"kind": kind, "id": request_id} | more
        self._dispatcher.obey(self, command, json.dumps(command).encode())

    def render(self, request_id: str, model: str = "one") -> None:
        self.ask("render", request_id, request={"model": model})

    def of(self, request_id: str) -> list[str]:
        return [event["kind"] for event in self.heard if event["id"] == request_id]

    def engine_of(self, request_id: str) -> int:
        return next(
            int(event["device"]) for event in self.heard if (event["id"], event["kind"]) == (request_id, "started")
        )

    async def until(self, request_id: str, last: str) -> None:
        await until(lambda: self.of(request_id)[-1:] == [last])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def dispatching(groups: int = 2, *words: str, patience_s: float = 60) -> AsyncIterator[tuple[Dispatcher, Client]]:
    command = [sys.executable, "-m", "tests.inference.triton_repo.scripted_engine", *words]
    numbered = tuple(DeviceGroup(number) for number in range(groups))
    dispatcher = Dispatcher(numbered, [command] * groups, os.environ, patience_s)
    keeping = [asyncio.create_task(engine.keep()) for engine in dispatcher.engines]
    try:
        await until(lambda: all(group.models for group in dispatcher.statuses()))
        yield dispatcher, Client(dispatcher)
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def test_a_render_goes_to_a_group_with_room_where_its_model_is_held() -> None:
    async with dispatching() as (dispatcher, client):
        assert dispatcher.models == {"one", "other"}
        client.render("a", "one")
        client.render("b", "other")
        await client.until("a", "started")
        await client.until("b", "started")
        assert client.engine_of("a") != client.engine_of("b")
        client.render("c", "other")
        assert (dispatcher.waiting, client.of("c")) == (1, [])
        client.ask("preempt", "b")  # b leaves room before it is over
        await client.until("c", "started")
        assert client.engine_of("c") == client.engine_of("b")
        for one in ("a", "b", "c"):
            client.ask("sinks", one)
            await client.until(one, "preempted")
        await until(lambda: sum(held.on_device for group in dispatcher.statuses() for held in group.models) == 2)
        client.render("d", "other")
        client.render("e", "one")
        await client.until("e", "started")
        assert client.engine_of("d") == client.engine_of("b")
        assert client.engine_of("e") == client.engine_of("a")
        assert [group.has_room for group in dispatcher.statuses()] == [False, False]


async def test_a_cancel_reaches_a_render_wherever_it_is() -> None:
    async with dispatching(groups=1) as (dispatcher, client):
        client.render("runs")
        client.render("waits")
        client.ask("cancel", "waits")
        assert client.of("waits") == ["cancelled"]
        client.ask("cancel", "overtakes")
        client.render("overtakes")
        assert client.of("overtakes") == ["cancelled"], "endpoints have several instances, which keep no order"
        client.ask("cancel", "runs")
        await client.until("runs", "cancelled")
        assert dispatcher.waiting == 0


async def test_a_render_of_who_went_away_is_cancelled_and_makes_room() -> None:
    async with dispatching(groups=1) as (dispatcher, client):
        other = Client(dispatcher)
        client.render("left")
        client.render("left waiting")
        await client.until("left", "started")
        other.render("next")
        dispatcher.leave(client)
        await other.until("next", "started")
        assert dispatcher.renders == ("next",)


async def test_an_engine_that_dies_loses_its_own_renders_alone() -> None:
    async with dispatching() as (_, client):
        client.render("a")
        client.render("b")
        await client.until("a", "started")
        await client.until("b", "started")
        os.kill(client.engine_of("a"), signal.SIGKILL)
        await client.until("a", "failed")
        lost = client.heard[-1]
        assert (lost["code"], lost["retryable"]) == ("engine_lost", True)
        client.render("c")
        await client.until("c", "started")
        client.ask("sinks", "b")
        await client.until("b", "preempted")
        assert client.engine_of("c") not in (client.engine_of("a"), client.engine_of("b"))


async def test_an_engine_that_falls_silent_over_a_render_is_ended() -> None:
    async with dispatching(1, MUTE, patience_s=0.5) as (dispatcher, client):
        await asyncio.sleep(1)  # with nothing to do it may be silent for ever
        (engine,) = dispatcher.engines
        stuck = engine.pid
        client.render("a")
        await client.until("a", "failed")
        await until(lambda: engine.pid not in (None, stuck) and engine.why_not_ready is None)


async def test_a_question_waits_for_no_render_and_an_id_is_used_once() -> None:
    async with dispatching(groups=1) as (_, client):
        client.render("a")
        client.ask("read_prompt", "q", model="one", prompt="she nods", names=[])
        await client.until("q", "prompt_read")
        client.render("a")
        client.ask("inspect", "x")
        assert [event["code"] for event in client.heard if event["kind"] == "failed"] == ["bad_request"] * 2
