"""Models and backdrops over HTTP: what a take may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query

from inference.backdrops import BACKDROPS, suggest_backdrops
from storage.unit import Database
from studio.auth.caller import TakesCaller
from studio.billing.prices import list_known_prices
from studio.generation.routes import Queue
from studio.generation.schemas import BackdropList, BackdropSuggestion, BackdropView, ModelList, ModelView
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, problems

router = APIRouter()


@router.get("/v1/backdrops", tags=["backdrops"])
async def list_backdrops(caller: TakesCaller) -> BackdropList:
    """Every backdrop: a take names it as its plate, `{"kind": "backdrop", "name": …}`."""
    return BackdropList(data=[BackdropView.of(backdrop) for backdrop in BACKDROPS.values()])


@router.get("/v1/backdrops/suggest", name="suggest_backdrops", tags=["backdrops"])
async def suggest(caller: TakesCaller, prompt: Annotated[str, Query(max_length=4000)]) -> BackdropSuggestion:
    """Backdrops for the place that a prompt names, in English or Chinese."""
    return BackdropSuggestion(data=suggest_backdrops(prompt))


@router.get("/v1/models", tags=["models"])
async def list_models(caller: TakesCaller, database: DatabaseOf, queue: Queue) -> ModelList:
    """Every model that you can ask for, also of nodes of your own: what it may be asked for, what it costs, what it can
    do and what it cannot."""
    prices, models = await _prices(database), await queue.models(caller.org_id)
    return ModelList(
        data=[ModelView.of(card, prices.get(name, 0), models.pools_of(name)) for name, card in models.items()]
    )


@router.get("/v1/models/{model}", tags=["models"], responses=problems(NotFound))
async def get_model(
    model: Annotated[str, Path(max_length=40)], caller: TakesCaller, database: DatabaseOf, queue: Queue
) -> ModelView:
    """One model."""
    models = await queue.models(caller.org_id)
    card = models.get(model)
    if card is None:
        words = f"there is no model {model!r}; there are: {', '.join(models)}"
        raise NotFound(words, field="model", message=words)  # OpenAI's client shows an error's `message`
    return ModelView.of(card, (await _prices(database)).get(card.name, 0), models.pools_of(model))


async def _prices(database: Database) -> Mapping[str, int]:
    async with database.look() as session:
        return await list_known_prices(session)
