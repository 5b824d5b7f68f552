"""What a studio starts, in the order in which it is needed, and that everything of it is stopped again.

What routes find on `app.state`: `settings`, `database`, `objects`, `identity` (the identity engine), `queue`
(of takes), `cuts` (their queue), `prompt_reader` (the render engine that says what a prompt asks in vain, or None).
"""

from __future__ import annotations

import asyncio
import contextlib
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from storage.migrate import migrate
from storage.objects import Objects
from storage.queries.tenants import passes_row_security
from storage.unit import Database
from studio.auth.local_key import ensure_local_key
from studio.auth.sign_in_link import make_sign_in_link
from studio.config import Settings
from studio.cut.attempt import CutMaker
from studio.cut.workflow import CutQueue
from studio.embedded.bucket import open_bucket
from studio.embedded.folder import check_room
from studio.engines.child import ChildSpec, Role
from studio.engines.openai_videos import OpenAIVideosEngine
from studio.engines.pool import EngineByModel, RenderPool
from studio.engines.process import ProcessIdentityEngine, ProcessRenderEngine
from studio.engines.triton import TritonRenderEngine
from studio.generation.attempt import Renderer
from studio.generation.machine_speed import MachineSpeed, choose_device
from studio.generation.queue_polling import hear_work
from studio.generation.workflow import TakeQueue
from studio.observability.device_clock import DEVICE_CLOCK
from studio.observability.fleet import watch_fleet
from studio.observability.listener import metrics_listener
from studio.storyboard.sample_project import SampleProjects
from studio.sweeps import sweep_now_and_then

log = structlog.get_logger(__name__)

SOFTWARE = f"dramatis {version('dramatis')}"
RENDER_PATIENCE_S = 90.0  # of silence; a render says something at every step
IDENTITY_PATIENCE_S = 30.0


async def start(app: FastAPI, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    """Start everything in the order in which it is needed; `stack` stops it in the opposite one.

    The engines load in the background: the API answers before they do, and a take waits for them in its queue.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_room(settings.data_dir)
    rest_s = settings.engine_rest_after_s
    identity = ProcessIdentityEngine(engine_spec(settings, "identity"), SOFTWARE, IDENTITY_PATIENCE_S, rest_s)
    renderers = [_renderer(settings, number) for number in range(1, settings.render_concurrency + 1)]
    remote = _remote(settings)
    engines = [identity, *renderers, *([remote] if remote else [])]
    for engine in engines:
        stack.push_async_callback(engine.close)
    await asyncio.to_thread(
        migrate, settings.database, backups=settings.data_dir / "backups", owner_url=settings.database_owner
    )
    objects, app.state.store_proxy = await open_bucket(settings, stack)
    database = Database(settings.database)
    stack.push_async_callback(database.close)
    database.listen(hear_work, url=settings.database_listen)
    stack.push_async_callback(app.state.limits.close)
    async with database.read() as session:
        if await passes_row_security(session):
            log.warning("row_level_security_is_passed", remedy="connect as a role without SUPERUSER and BYPASSRLS")
    local_key = await ensure_local_key(database, settings.data_dir)
    speed = MachineSpeed(settings.data_dir, SOFTWARE, choose_device(settings.engine_device), settings.engine_ranks)
    queue = TakeQueue(database, settings.render_concurrency, settings.models_dir, settings.queue_limit, speed.measured)
    app.state.database, app.state.objects, app.state.identity, app.state.queue = database, objects, identity, queue
    app.state.engines, app.state.local_key = engines, local_key
    app.state.prompt_reader = next((one for one in renderers if isinstance(one, ProcessRenderEngine)), None)
    newcomers = SampleProjects(database, objects, identity)
    stack.push_async_callback(newcomers.close)
    app.state.greet = newcomers.greet
    app.state.sign_in_token = await make_sign_in_link(database, org_id=local_key.org_id)
    stack.push_async_callback(queue.close)
    pool = RenderPool(renderers)
    queue.remote = remote.cards if remote else {}
    renderer = EngineByModel(pool, dict.fromkeys(remote.cards, remote)) if remote else pool
    takes = Renderer(database, objects, renderer, settings.checkpoint_every_s)
    await queue.launch(takes.try_take, takes.drain)
    await queue.adopt_orphans()
    app.state.cuts = await _launch_cuts(settings, database, objects, stack)
    sweeping = asyncio.create_task(sweep_now_and_then(database, objects), name="sweeps")
    stack.push_async_callback(_end, sweeping)
    if settings.metrics_port is not None:
        app.state.metrics_port = _tell_metrics(settings, database, stack)
    for engine in engines:  # last: loading models would slow the API's own start
        engine.start()
    if settings.measure_speed and isinstance(renderers[0], ProcessRenderEngine):
        measuring = asyncio.create_task(speed.measure_once(renderers[0], objects, database), name="measure-speed")
        stack.push_async_callback(_end, measuring)
    log.info("studio_started", data=str(settings.data_dir), engines=len(renderers))


def _tell_metrics(settings: Settings, database: Database, stack: contextlib.AsyncExitStack) -> int:
    ranks = [int(each) for each in settings.engine_ranks.split("x")]
    DEVICE_CLOCK.have(settings.render_concurrency, ranks[0] * ranks[1])
    https_url = str(settings.public_url) if settings.is_https else None
    watching = asyncio.create_task(watch_fleet(database, https_url), name="watch-fleet")
    stack.push_async_callback(_end, watching)
    port = stack.enter_context(metrics_listener(settings.metrics_host, settings.metrics_port or 0))
    log.info("metrics_told", host=settings.metrics_host, port=port)
    return port


def _renderer(settings: Settings, number: int) -> ProcessRenderEngine | TritonRenderEngine:
    if settings.triton_url is not None:
        return TritonRenderEngine(settings.triton_url, RENDER_PATIENCE_S)
    spec = engine_spec(settings, "render", number)
    return ProcessRenderEngine(spec, SOFTWARE, RENDER_PATIENCE_S, settings.engine_rest_after_s)


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


async def _launch_cuts(
    settings: Settings, database: Database, objects: Objects, stack: contextlib.AsyncExitStack
) -> CutQueue:
    scratch_dir, signer_dir = settings.data_dir / "scratch" / "cuts", settings.data_dir / "signer"
    maker = CutMaker(database, objects, scratch_dir=scratch_dir, signer_dir=signer_dir, software=SOFTWARE)
    cuts = CutQueue(database)
    stack.push_async_callback(cuts.close)
    await cuts.launch(maker.try_cut)
    return cuts


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
