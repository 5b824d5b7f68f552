"""From what is asked to the one request that is rendered."""

from __future__ import annotations

import pytest

from inference.catalogue import PREVIS, RequestRefused
from inference.protocol import Box, ImagePlate, Placement
from studio.generation.request import CastCharacter, StoredPhoto, assets_of, make_request, with_links
from studio.generation.schemas import CastEntry, TakeCreate
from studio.generation.staging import stage

FACE = Box(x=1, y=2, width=3, height=4)


def cast(*names: str) -> list[CastCharacter]:
    return [CastCharacter(name, name.title(), (StoredPhoto(f"ast_{name}", "ab" * 32, FACE),)) for name in names]


def ask(*names: str, **more: object) -> TakeCreate:
    cast_ = [{"character_id": name} for name in names]
    return TakeCreate.model_validate({"prompt": "She nods", "characters": cast_, **more})


def test_what_is_left_out_takes_the_models_defaults() -> None:
    request = make_request(ask("ada"), cast("ada"), None)
    assert (request.width, request.height) == PREVIS.default_size
    assert (request.seconds, request.fps, request.steps) == (5.0, 24, PREVIS.default_steps)
    assert request.characters[0].references[0].face == FACE


def test_a_stored_request_names_assets_and_gets_links_only_when_it_is_rendered() -> None:
    asked = ask("ada", plate={"kind": "image", "asset_id": "ast_sea"})
    request = make_request(asked, cast("ada"), StoredPhoto("ast_sea", "cd" * 32))
    assert "http" not in request.model_dump_json()
    assert assets_of(request) == ("ast_ada", "ast_sea")
    linked = with_links(request, lambda asset_id: f"https://store/{asset_id}?signed")
    assert linked.characters[0].references[0].source.url == "https://store/ast_ada?signed"
    assert isinstance(linked.plate, ImagePlate)
    assert linked.plate.source.url == "https://store/ast_sea?signed"


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ([None], ["centre"]),
        ([None, None], ["left", "right"]),
        ([None, None, None], ["left", "centre", "right"]),
        (["left", None], ["left", "right"]),
        ([None, "left"], ["right", "left"]),
        (["right", None, None], ["right", "left", "centre"]),
    ],
)
def test_everyone_gets_a_place_and_keeps_the_one_asked_for(
    asked: list[Placement | None], places: list[Placement]
) -> None:
    assert stage(asked) == places


def test_two_in_one_place_are_refused() -> None:
    asked = TakeCreate(
        prompt="They nod",
        characters=[CastEntry(character_id="ada", placement="left"), CastEntry(character_id="eve", placement="left")],
    )
    with pytest.raises(RequestRefused) as refused:
        make_request(asked, cast("ada", "eve"), None)
    assert refused.value.field == "placement"


def test_more_characters_than_a_shot_holds_are_refused_with_how_many_it_does() -> None:
    names = ("a", "b", "c", "d")
    with pytest.raises(RequestRefused) as refused:
        make_request(ask(*names), cast(*names), None)
    assert (refused.value.field, refused.value.nearest) == ("characters", ("3",))
