"""What roles have in common: engines, the database, and this process as one that runs takes and cuts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import structlog

from inference.catalogue import PULLED, TEST, ModelCard, known_models
from storage.objects import Objects
from storage.queries.tenants import passes_row_security
from storage.unit import Database
from studio.config import Settings
from studio.cut.attempt import CutMaker
from studio.cut.workflow import CutRunner
from studio.engines.child import ChildSpec, Role
from studio.engines.openai_videos import OpenAIVideosEngine
from studio.engines.pool import EngineByModel
from studio.engines.process import ProcessIdentityEngine
from studio.engines.render_engine import LocalRenderer, RenderEngines, make_render_engines
from studio.generation.attempt import Renderer
from studio.generation.machine_speed import MachineSpeed, choose_device
from studio.generation.making_room import RoomWatch
from studio.generation.workflow import TakeRunner
from studio.observability.device_clock import DEVICE_CLOCK
from studio.observability.listener import metrics_listener
from studio.observability.traces import sent_traces
from studio.queue.executor import Executor
from studio.queue.polling import hear_work

log = structlog.get_logger(__name__)

SOFTWARE = f"dramatis {version('dramatis')}"
IDENTITY_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Engines:
    """What renders on this machine, and what is rendered through it elsewhere."""

    local: RenderEngines
    remote: OpenAIVideosEngine | None
    speed: MachineSpeed
    settings: Settings

    @property
    def device(self) -> str:
        """What renders are computed on here, in a word."""
        return choose_device(self.settings.engine_device).name

    @property
    def all(self) -> list[LocalRenderer | OpenAIVideosEngine]:
        """Each of them."""
        return [*self.local.each, *([self.remote] if self.remote else [])]

    def can_begin(self, model: str) -> bool:
        """Whether a take of this model can be begun now, as far as is known."""
        return (self.remote is not None and model in self.remote.cards) or self.local.can_begin(model)

    def why_idle(self, models: Iterable[str]) -> str | None:
        """Which of these models' takes cannot be begun now, and why; None where all can."""
        away = [model for model in models if not self.can_begin(model)]
        why_not = self.local.each[0].why_not_ready or "no Triton server here serves it"
        return f"{', '.join(away)}: {why_not}" if away else None

    @property
    def slots(self) -> int:
        """Takes that are denoised at a time: behind Triton servers as many as they have device groups, and no more
        than was set."""
        groups = self.local.groups
        return self.settings.render_concurrency if groups is None else self._bounded(groups)

    def _bounded(self, groups: int) -> int:
        was_set = "render_concurrency" in self.settings.model_fields_set
        return max(1, min(groups, self.settings.render_concurrency) if was_set else groups)

    async def cards(self) -> dict[str, ModelCard]:
        """What can be rendered here, by name, with this machine's seconds: looked up anew, for models are pulled."""
        known = known_models(self.settings.models_dir) | {TEST.name: TEST}
        served = await self.local.served()
        if served:  # by Triton servers, which may have other models than this machine
            known = {name: card for name, card in (PULLED | known).items() if name in served}
        return self.speed.measured(known) | (self.remote.cards if self.remote else {})


async def open_traces(settings: Settings, role: str, stack: contextlib.AsyncExitStack) -> None:
    """Send this process's spans from now on, where the settings say to whom; `stack` sends the last of them."""
    endpoint = str(settings.otlp_endpoint) if settings.otlp_endpoint is not None else None
    await stack.enter_async_context(sent_traces(endpoint, f"dramatis-{role}"))


def open_engines(settings: Settings, stack: contextlib.AsyncExitStack) -> Engines:
    """The engines that render, not started yet; `stack` closes them."""
    specs = [engine_spec(settings, "render", number) for number in range(1, settings.render_concurrency + 1)]
    local = make_render_engines(settings, specs, SOFTWARE)
    speed = MachineSpeed(settings.data_dir, SOFTWARE, choose_device(settings.engine_device), settings.engine_ranks)
    engines = Engines(local, _remote(settings), speed, settings)
    for engine in engines.all:
        stack.push_async_callback(engine.close)
    return engines


def open_identity(settings: Settings, stack: contextlib.AsyncExitStack) -> ProcessIdentityEngine:
    """The engine that answers questions about faces, not started yet."""
    spec = engine_spec(settings, "identity")
    engine = ProcessIdentityEngine(spec, SOFTWARE, IDENTITY_PATIENCE_S, settings.engine_rest_after_s)
    stack.push_async_callback(engine.close)
    return engine


async def open_database(settings: Settings, stack: contextlib.AsyncExitStack) -> Database:
    """The database, whose schema is up to date."""
    database = Database(settings.database)
    stack.push_async_callback(database.close)
    database.listen(hear_work, url=settings.database_listen)
    async with database.read() as session:
        if await passes_row_security(session):
            log.warning("row_level_security_is_passed", remedy="connect as a role without SUPERUSER and BYPASSRLS")
    return database


@dataclass(frozen=True)
class Worker:
    """This process as one that runs takes and cuts."""

    executor: Executor
    takes: TakeRunner
    cuts: CutRunner

    async def listen(self, models: Iterable[str]) -> None:
        """Take up what waits for these models, too, from now on."""
        await self.takes.listen(models)


async def start_worker(
    settings: Settings,
    database: Database,
    objects: Objects,
    engines: Engines,
    executor: Executor,
    stack: contextlib.AsyncExitStack,
    *,
    makes_cuts: bool = True,
) -> Worker:
    """Begin to run what comes in the queues that are listened to; cuts from now on."""
    together = engines.local.together
    remote = engines.remote
    renderer = EngineByModel(together, dict.fromkeys(remote.cards, remote)) if remote else together
    tries = Renderer(database, objects, renderer, settings.checkpoint_every_s)
    takes = TakeRunner(executor, tries.try_take, tries.preemption.drain)
    scratch_dir, signer_dir = settings.data_dir / "scratch" / "cuts", settings.data_dir / "signer"
    maker = CutMaker(database, objects, scratch_dir=scratch_dir, signer_dir=signer_dir, software=SOFTWARE)
    cuts = CutRunner(executor, maker.try_cut)
    takes.launch()

    def follow() -> None:
        executor.slots.resize(engines.slots)
        executor.look()

    engines.local.call_on_change(follow)
    stack.push_async_callback(executor.close)
    stack.push_async_callback(takes.close)
    stack.push_async_callback(cuts.close)
    executor.launch()
    if makes_cuts:
        await cuts.launch()
    room = RoomWatch(database, tries.preemption, lambda: executor.slots.free() == 0, takes.queues)
    run_beside(stack, room.watch(), "room")
    return Worker(executor, takes, cuts)


def _remote(settings: Settings) -> OpenAIVideosEngine | None:
    if settings.videos_url is None or settings.videos_key is None:
        return None
    key, scratch = settings.videos_key.get_secret_value(), settings.data_dir / "scratch" / "videos"
    return OpenAIVideosEngine(settings.videos_url, key, settings.videos_models, scratch)


def engine_spec(settings: Settings, role: Role, number: int = 1) -> ChildSpec:
    """How one engine process of a role is started."""
    return ChildSpec(
        role=role,
        cache_dir=settings.models_dir,
        signer_dir=settings.data_dir / "signer",
        scratch_dir=settings.data_dir / "scratch" / f"{role}-{number}",
        face_pack=settings.chosen_face_pack,
        module=settings.engine_module,
        ranks=settings.engine_ranks,
        offload=settings.engine_offload,
        attention=settings.engine_attention,
        products=settings.engine_products,
        graphs=settings.engine_graphs,
    )


def tell_metrics(settings: Settings, stack: contextlib.AsyncExitStack) -> int | None:
    """Let Prometheus read this process's figures, where the settings say so; returns the port."""
    if settings.metrics_port is None:
        return None
    ranks = [int(each) for each in settings.engine_ranks.split("x")]
    DEVICE_CLOCK.have(settings.render_concurrency, ranks[0] * ranks[1])
    port = stack.enter_context(metrics_listener(settings.metrics_host, settings.metrics_port))
    log.info("metrics_told", host=settings.metrics_host, port=port)
    return port


def run_beside(stack: contextlib.AsyncExitStack, work: Coroutine[Any, Any, None], name: str) -> None:
    """Run it until the stack is closed."""
    stack.push_async_callback(end, asyncio.create_task(work, name=name))


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    await asyncio.wait([task])


def measure_speed(
    settings: Settings, engines: Engines, database: Database, objects: Objects, stack: contextlib.AsyncExitStack
) -> None:
    """Find out beside all else how fast this machine is, where the settings want it and nobody has."""
    first = engines.local.child
    if settings.measure_speed and first is not None:
        run_beside(stack, engines.speed.measure_once(first, objects, database), "measure-speed")
