"""The application: its routes, its middleware, its document. What it starts is in `studio.roles`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from inference.catalogue import offer_voices
from studio.api_keys.routes import router as accounts_router
from studio.assets.routes import router as assets_router
from studio.auth.browser_sign_in import no_sample_project
from studio.auth.caller import KnownKeys
from studio.auth.cookies import CrossSite
from studio.auth.local_key import LocalKey
from studio.auth.oidc import OidcProvider
from studio.auth.oidc_routes import router as oidc_router
from studio.auth.routes import router as sessions_router
from studio.billing.routes import router as billing_router
from studio.browser.docs_routes import router as docs_router
from studio.browser.routes import router as browser_router
from studio.characters.routes import router as characters_router
from studio.characters.standing_consent import router as standing_router
from studio.characters.voice import router as voice_router
from studio.config import Settings, origin_of
from studio.cut.routes import router as cuts_router
from studio.embedded.health import router as health_router
from studio.embedded.store_routes import store_router
from studio.generation.admission import QueueLimitReached, StudioFull
from studio.generation.catalogue_routes import router as catalogue_router
from studio.generation.queue_routes import router as queue_router
from studio.generation.routes import router as generation_router
from studio.http.api_description import CONTACT, DESCRIPTION, LICENCE, TAGS, TITLE, servers
from studio.http.compression import CompressedReplies
from studio.http.cors import KeyedCors
from studio.http.error_replies import install_errors
from studio.http.errors import ScopeMissing, Unauthenticated
from studio.http.headers import ReplyHeaders
from studio.http.load_shedding import LoadShedding, ServerOverloaded
from studio.http.openapi import Refusals, complete_document, name_operation
from studio.http.request_metrics import RequestMetrics
from studio.http.request_traces import RequestTraces
from studio.http.retry import RetriedUnits
from studio.http.whole_requests import WholeRequests
from studio.mail.outbox import post_mail
from studio.mail.smtp import smtp_server
from studio.operator.act_routes import router as operator_acts_router
from studio.operator.routes import router as operator_router
from studio.organisations.erasure_routes import router as departures_router
from studio.organisations.request_limits import RequestLimits, TooManyRequests
from studio.organisations.roles import RoleInsufficient
from studio.organisations.routes import router as members_router
from studio.organisations.storage_limit import StorageFull
from studio.payments.providers import open_payments
from studio.payments.routes import router as payments_router
from studio.progress.routes import router as progress_router
from studio.request_log.listening import RequestLog
from studio.request_log.routes import router as request_log_router
from studio.request_log.writing import RequestLogWriter
from studio.roles import serve
from studio.speech.routes import router as speech_router
from studio.speech.subtitle_routes import router as subtitles_router
from studio.storyboard.film_routes import router as films_router
from studio.storyboard.routes import router as storyboard_router
from studio.storyboard.take_routes import router as shot_takes_router
from studio.test_mode.routes import router as test_mode_router
from studio.usage.routes import router as usage_router
from studio.videos.body_document import body_schemas
from studio.videos.character_routes import router as video_characters_router
from studio.videos.content_routes import router as video_content_router
from studio.videos.errors import OPENAI
from studio.videos.routes import router as videos_router
from studio.webhooks.delivery_routes import router as deliveries_router
from studio.webhooks.routes import router as webhooks_router

Start = Callable[[FastAPI, Settings, contextlib.AsyncExitStack], Awaitable[None]]
ROUTERS = (
    generation_router,  # first: every route before a request's own is compared with it
    assets_router,
    characters_router,
    voice_router,
    speech_router,
    subtitles_router,
    standing_router,
    queue_router,
    catalogue_router,
    films_router,
    storyboard_router,
    shot_takes_router,
    cuts_router,
    progress_router,
    webhooks_router,
    deliveries_router,
    accounts_router,
    request_log_router,
    test_mode_router,
    usage_router,
    sessions_router,
    members_router,
    departures_router,
    payments_router,
    billing_router,
    operator_acts_router,
    operator_router,  # the last of the two: what it does not know under its prefix is not there
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


def create_app(
    settings: Settings, on_fault: Callable[[Exception], None] | None = None, start: Start = serve.start
) -> FastAPI:
    """The application on the given settings; nothing is started before its lifespan begins.

    `on_fault` is given what keeps it from starting, beside the log. `start`: what its role starts.
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

    offer_voices(settings.models_dir)
    app = _describe(settings, lifespan)
    app.state.settings, app.state.oidc, app.state.limits = settings, _oidc(settings), RequestLimits()
    app.state.payments = open_payments(settings)
    app.state.known_keys, app.state.request_log = KnownKeys(), RequestLogWriter()
    app.state.greet, app.state.store_proxy = no_sample_project, None
    app.state.post = post_mail if smtp_server(settings) is not None else None
    app.state.public_origin = origin_of(settings.public_url) if settings.public_url else None
    install_errors(app, dialects={"/v1/videos": OPENAI})
    app.add_middleware(RetriedUnits)
    app.add_middleware(WholeRequests)
    app.add_middleware(RequestLog)
    app.add_middleware(CompressedReplies)
    app.add_middleware(LoadShedding)
    app.add_middleware(RequestTraces)
    app.add_middleware(RequestMetrics)
    app.add_middleware(ReplyHeaders, https=settings.is_https)
    if settings.api_origins:  # outermost: refusals are told to pages too
        app.add_middleware(KeyedCors, origins=settings.api_origins, signed_under=f"/{settings.s3_bucket}")
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(docs_router)
    app.include_router(browser_router)
    if settings.s3_endpoint is None:
        routes = (route for router in (app, *ROUTERS, docs_router, browser_router) for route in router.routes)
        app.include_router(store_router(settings.s3_bucket, beside=routes))
    complete_document(app, REFUSALS, beside=frozenset({"health"}), schemas=body_schemas())
    return app


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
