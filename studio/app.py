"""The application: what it is made of, what it starts, and that it stops everything it started.

What routes find on `app.state`: `settings`, `database`, `objects`, `identity` (the identity engine), `queue`
(of takes), `cuts` (their queue), `prompt_reader` (the render engine that says what a prompt asks in vain, or None).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from typing import Any

import structlog
from fastapi import FastAPI

from storage.migrate import migrate
from storage.objects import Objects
from storage.queries.tenants import passes_row_security
from storage.unit import Database
from studio.api_keys.routes import router as accounts_router
from studio.assets.retention import schedule_unused_uploads_erasure, sweep
from studio.assets.routes import router as assets_router
from studio.auth.browser_sign_in import no_sample_project
from studio.auth.cookies import CrossSite
from studio.auth.local_key import LocalKey, ensure_local_key
from studio.auth.oidc import OidcProvider
from studio.auth.oidc_routes import router as oidc_router
from studio.auth.routes import router as sessions_router
from studio.auth.sign_in_limits import sweep_sessions
from studio.auth.sign_in_link import make_sign_in_link
from studio.browser.routes import router as browser_router
from studio.characters.routes import router as characters_router
from studio.characters.standing_consent import router as standing_router
from studio.config import Settings, origin_of
from studio.cut.attempt import CutMaker
from studio.cut.routes import router as cuts_router
from studio.cut.workflow import CutQueue
from studio.embedded.bucket import open_bucket
from studio.embedded.folder import check_room
from studio.embedded.health import router as health_router
from studio.embedded.store_routes import store_router
from studio.engines.child import ChildSpec, Role
from studio.engines.openai_videos import OpenAIVideosEngine
from studio.engines.pool import EngineByModel, RenderPool
from studio.engines.process import ProcessIdentityEngine, ProcessRenderEngine
from studio.engines.triton import TritonRenderEngine
from studio.generation.admission import QueueLimitReached, StudioFull
from studio.generation.attempt import Renderer
from studio.generation.attempt_cleanup import clean_up_attempts
from studio.generation.catalogue_routes import router as catalogue_router
from studio.generation.machine_speed import MachineSpeed
from studio.generation.routes import router as generation_router
from studio.generation.workflow import TakeQueue
from studio.http.api_description import CONTACT, DESCRIPTION, LICENCE, TAGS, TITLE, servers
from studio.http.compression import CompressedReplies
from studio.http.cors import KeyedCors
from studio.http.errors import ScopeMissing, Unauthenticated, install_errors
from studio.http.headers import ReplyHeaders
from studio.http.load_shedding import LoadShedding, ServerOverloaded
from studio.http.openapi import Refusals, complete_document, name_operation
from studio.http.retry import RetriedUnits
from studio.organisations.erasure import finish_organisation_deletions
from studio.organisations.erasure_routes import router as departures_router
from studio.organisations.request_limits import RequestLimits, TooManyRequests
from studio.organisations.roles import RoleInsufficient
from studio.organisations.routes import router as members_router
from studio.organisations.storage_limit import StorageFull
from studio.progress.routes import router as progress_router
from studio.storyboard.erasure import finish_erasures
from studio.storyboard.film_routes import router as films_router
from studio.storyboard.routes import router as storyboard_router
from studio.storyboard.sample_project import SampleProjects
from studio.storyboard.take_routes import router as shot_takes_router
from studio.videos.body_document import body_schemas
from studio.videos.character_routes import router as video_characters_router
from studio.videos.content_routes import router as video_content_router
from studio.videos.errors import OPENAI
from studio.videos.routes import router as videos_router

log = structlog.get_logger(__name__)

SOFTWARE = f"dramatis {version('dramatis')}"
RENDER_PATIENCE_S = 90.0  # of silence; a render says something at every step
IDENTITY_PATIENCE_S = 30.0
COLLECT_EVERY_S = 15.0
UNUSED_EVERY_S = 3600.0
ROUTERS = (
    assets_router,
    characters_router,
    standing_router,
    generation_router,
    catalogue_router,
    films_router,
    storyboard_router,
    shot_takes_router,
    cuts_router,
    progress_router,
    accounts_router,
    sessions_router,
    members_router,
    departures_router,
    oidc_router,
    health_router,
    video_characters_router,  # before the videos: "characters" is no video's id
    video_content_router,
    videos_router,
)
REFUSALS = Refusals(
    of_callers=(Unauthenticated, ScopeMissing, RoleInsufficient, CrossSite, TooManyRequests),
    of_writes=(QueueLimitReached, StorageFull, ServerOverloaded, StudioFull),
)


def create_app(settings: Settings, on_fault: Callable[[Exception], None] | None = None) -> FastAPI:
    """The application on the given settings; nothing is started before its lifespan begins.

    `on_fault` is given what keeps it from starting, beside the log.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            try:
                await start(app, settings, stack)
            except Exception as error:
                if on_fault is not None:
                    on_fault(error)
                raise
            yield

    app = _describe(settings, lifespan)
    app.state.settings, app.state.oidc, app.state.limits = settings, _oidc(settings), RequestLimits()
    app.state.greet, app.state.store_proxy = no_sample_project, None
    app.state.public_origin = origin_of(settings.public_url) if settings.public_url else None
    install_errors(app, dialects={"/v1/videos": OPENAI})
    app.add_middleware(RetriedUnits)
    app.add_middleware(CompressedReplies)
    app.add_middleware(LoadShedding)
    app.add_middleware(ReplyHeaders, https=settings.is_https)
    if settings.api_origins:  # outermost: refusals are told to pages too
        app.add_middleware(KeyedCors, origins=settings.api_origins, signed_under=f"/{settings.s3_bucket}")
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(browser_router)
    if settings.s3_endpoint is None:
        routes = (route for router in (app, *ROUTERS, browser_router) for route in router.routes)
        app.include_router(store_router(settings.s3_bucket, beside=routes))
    complete_document(app, REFUSALS, beside=frozenset({"health"}), schemas=body_schemas())
    return app


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
    async with database.read() as session:
        if await passes_row_security(session):
            log.warning("row_level_security_is_passed", remedy="connect as a role without SUPERUSER and BYPASSRLS")
    local_key = await ensure_local_key(database, settings.data_dir)
    speed = MachineSpeed(settings.data_dir, SOFTWARE)
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
    await queue.launch(Renderer(database, objects, renderer).try_take)
    await queue.adopt_orphans()
    app.state.cuts = await _launch_cuts(settings, database, objects, stack)
    collecting = asyncio.create_task(_collect_now_and_then(database, objects), name="collect-leftovers")
    stack.push_async_callback(_end, collecting)
    for engine in engines:  # last: loading models would slow the API's own start
        engine.start()
    if settings.measure_speed and isinstance(renderers[0], ProcessRenderEngine):
        measuring = asyncio.create_task(speed.measure_once(renderers[0], objects, database), name="measure-speed")
        stack.push_async_callback(_end, measuring)
    log.info("studio_started", data=str(settings.data_dir), engines=len(renderers))


def _describe(settings: Settings, lifespan: Callable[[FastAPI], Any]) -> FastAPI:
    """The application as its OpenAPI document tells of it."""
    public_url = str(settings.public_url) if settings.public_url is not None else None
    return FastAPI(
        title=TITLE,
        version=version("dramatis"),
        description=DESCRIPTION,
        contact=CONTACT,
        license_info=LICENCE,
        openapi_tags=[{"name": name, "description": words} for name, words in TAGS.items()],
        servers=servers(public_url, settings.port),
        generate_unique_id_function=name_operation,
        lifespan=lifespan,
    )


def local_key_of(app: FastAPI) -> LocalKey:
    """The key of the embedded default, once the application has started."""
    key: LocalKey = app.state.local_key
    return key


def sign_in_path_of(app: FastAPI) -> str:
    """Where a browser is signed in once, within the first half hour."""
    return f"/welcome?token={app.state.sign_in_token}"


def _oidc(settings: Settings) -> OidcProvider | None:
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.oidc_client_secret is None:
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    return OidcProvider(str(settings.oidc_issuer), settings.oidc_client_id, secret)


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


async def _collect_now_and_then(database: Database, objects: Objects) -> None:
    unused_at = time.monotonic()
    while True:
        try:
            if time.monotonic() >= unused_at:
                await schedule_unused_uploads_erasure(database)
                unused_at = time.monotonic() + UNUSED_EVERY_S
            await clean_up_attempts(database, objects)
            await finish_erasures(database, objects)
            await finish_organisation_deletions(database, objects)
            await sweep(database, objects)
            await sweep_sessions(database)
        except Exception:  # a sweep that failed is tried again; the studio goes on
            log.exception("collecting_failed")
        await asyncio.sleep(COLLECT_EVERY_S)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
