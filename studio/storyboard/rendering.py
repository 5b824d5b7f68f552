"""Takes of shots: what a shot asks for, as the take that `submit_take` accepts or refuses."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import ModelCard
from inference.protocol import ReferencePlate
from storage.queries.shot_takes import insert_shot_take
from storage.tables import Shot
from studio.generation.estimates import Estimate, estimate_refusal, estimate_take
from studio.generation.offered_models import OfferedModels
from studio.generation.refusals import RequestUnrenderable
from studio.generation.request import SEED_LIMIT
from studio.generation.schemas import ControlChoice, TakeCreate
from studio.generation.take_queue import TakeQueue
from studio.generation.takes import submit_take
from studio.generation.together import sum_up
from studio.generation.together_schemas import EstimatesView
from studio.http.errors import NotFound, StudioError
from studio.storyboard.board import Board
from studio.storyboard.board_view import read_content
from studio.storyboard.scene_setting import SceneSetting, read_setting, stage_in_scene
from studio.storyboard.schemas import ShotChange, ShotContent, ShotRefusal
from studio.storyboard.shot_prompt import NobodyNamed, write_shot_prompt
from studio.storyboard.shots import merge_content
from studio.storyboard.staleness import Cast, made_of, read_cast, reads_light

ASPECT_RATIOS = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:3": 4 / 3, "2.39:1": 2.39}
SAME_SHAPE = 0.05  # models round their sides to what they can compute: 832x480 is their 16:9


async def take_shot(
    session: AsyncSession, queue: TakeQueue, *, board: Board, shot: Shot, count: int = 1, pool: str | None = None
) -> list[str]:
    """Submit takes of a shot of this board; returns their ids. pool: None: the film's.

    Raises what `submit_take` raises.
    """
    org_id, aspect, content = board.project.org_id, board.project.aspect, read_content(shot)
    setting = read_setting(board.scene(shot.scene_id))
    cast = await read_cast(session, org_id=org_id, contents=[content])
    asked = take_request_of(content, setting, aspect, cast, await queue.models(org_id), board.project.pronunciations)
    take_ids = []
    for seed in _seeds(content.seed, count):
        take = await submit_take(
            session,
            queue,
            org_id=org_id,
            asked=asked.model_copy(update={"seed": seed, "pool": pool or board.project.pool}),
            shot_id=shot.id,
            project_id=board.project.id,
        )
        await insert_shot_take(
            session,
            org_id=org_id,
            shot_id=shot.id,
            take_id=take.id,
            made_of=made_of(content, setting, aspect, cast, board.project.pronunciations),
        )
        take_ids.append(take.id)
    return take_ids


async def estimate_shot(
    session: AsyncSession, models: OfferedModels, *, board: Board, shot: Shot, change: ShotChange
) -> Estimate:
    """What rendering the shot would bring, were it changed so. Raises InvalidRequest."""
    org_id, aspect = board.project.org_id, board.project.aspect
    content = merge_content(read_content(shot), change)
    cast = await read_cast(session, org_id=org_id, contents=[content])
    try:
        setting = read_setting(board.scene(shot.scene_id))
        asked = take_request_of(content, setting, aspect, cast, models, board.project.pronunciations)
    except (RequestUnrenderable, NotFound) as refusal:
        return await estimate_refusal(session, org_id=org_id, refusal=refusal)
    asked = asked.model_copy(update={"pool": board.project.pool})
    return await estimate_take(session, models, org_id=org_id, asked=asked, project_id=board.project.id)


async def estimate_scene(session: AsyncSession, models: OfferedModels, *, board: Board, scene_id: str) -> EstimatesView:
    """What rendering every shot of the scene once would bring."""
    org_id, project_id = board.project.org_id, board.project.id
    as_it_is = ShotChange()
    estimates = [
        await estimate_shot(session, models, board=board, shot=shot, change=as_it_is) for shot in board.shots[scene_id]
    ]
    return await sum_up(session, org_id=org_id, project_id=project_id, views=[one.view for one in estimates])


async def take_scene(
    session: AsyncSession, queue: TakeQueue, *, board: Board, scene_id: str
) -> tuple[dict[str, list[str]], list[ShotRefusal]]:
    """One take of every shot of the scene that can be rendered: ids by shot, and why the others cannot."""
    taken: dict[str, list[str]] = {}
    refusals = []
    for shot in board.shots[scene_id]:
        try:
            async with session.begin_nested():
                taken[shot.id] = await take_shot(session, queue, board=board, shot=shot)
        except StudioError as error:
            number = board.number(shot)
            refusals.append(
                ShotRefusal(shot_id=shot.id, number=number, code=error.code, detail=error.detail, members=error.members)
            )
    return taken, refusals


def take_request_of(
    content: ShotContent,
    setting: SceneSetting,
    aspect: str,
    cast: Cast,
    models: Mapping[str, ModelCard],
    pronunciations: Mapping[str, str],
) -> TakeCreate:
    """The take that a shot of such a scene asks for, its seed left open. Raises RequestUnrenderable, NotFound."""
    staged = stage_in_scene(content, setting)
    if not content.characters and isinstance(staged.plate, ReferencePlate):
        words = "nobody is in this shot: cast a character, or choose a plate to show the place alone"
        raise RequestUnrenderable(words, field="characters", nearest=[])
    missing = [entry.character_id for entry in content.characters if entry.character_id not in cast.faces]
    if missing:
        raise NotFound(f"there is no character {', '.join(missing)}: cast another one", character_ids=missing)
    card = models.get(content.model)
    driven = card is not None and card.control == "required"
    directed = card is not None and card.directs
    try:
        names = {entry.character_id: cast.names[entry.character_id] for entry in content.characters}
        light = staged.light if reads_light(content.model) else None
        prompt = write_shot_prompt(content.prompt, None if directed else content.camera, light, names)
    except NobodyNamed as error:
        raise RequestUnrenderable(str(error), field="prompt", nearest=[]) from error
    if not prompt and content.camera is not None:
        prompt = write_shot_prompt("", content.camera, None, names)
    if not prompt:
        raise RequestUnrenderable("the prompt is empty: say what happens", field="prompt", nearest=[])
    return TakeCreate(
        prompt=prompt,
        characters=content.characters,
        model=content.model,
        seconds=content.seconds,
        size=content.size or (size_for(card, aspect) if card else None),
        tier=content.tier,
        framing=staged.framing,
        plate=staged.plate,
        keyframes=content.keyframes,
        dialogue=content.dialogue,
        pronunciations=dict(pronunciations),
        control=ControlChoice() if driven else None,
        camera=content.camera if directed or driven else None,
        performance=content.performance if directed or driven else 0.0,
        pace=content.pace if directed or driven else 0.0,
    )


def size_for(card: ModelCard, aspect: str) -> str:
    """The model's size of this shape that is nearest to its default one. Raises RequestUnrenderable."""
    wanted = ASPECT_RATIOS[aspect]
    usual = card.default_size[0] * card.default_size[1]
    fitting = [size for size in card.limits.sizes if abs(size[0] / size[1] / wanted - 1) <= SAME_SHAPE]
    if not fitting:
        nearest = [f"{width}x{height}" for width, height in card.limits.sizes[:3]]
        raise RequestUnrenderable(f"{card.name} has no size of {aspect}: choose one", field="size", nearest=nearest)
    width, height = min(fitting, key=lambda size: abs(size[0] * size[1] - usual))
    return f"{width}x{height}"


def _seeds(locked: int | None, count: int) -> list[int]:
    """One seed a take: the locked one when it is for one take, else as many different ones as are wanted."""
    if locked is not None and count == 1:
        return [locked]
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(secrets.randbelow(SEED_LIMIT))
    return list(drawn)
