"""From what is asked to the one request that is rendered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inference.catalogue import MODELS, PREVIS, PULLED, RequestRefused
from inference.distilled import Distilled
from inference.protocol import Box, ImagePlate, Placement, Source
from inference.recipes import WAN_NEGATIVE_PROMPT
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


def test_a_previs_take_drives_a_model_that_was_pulled_and_its_motion_gets_a_link() -> None:
    known = MODELS | PULLED
    asked = ask("ada", model="wan-animate", control={"kind": "previs", "take_id": "take_1"})
    request = make_request(asked, cast("ada"), None, StoredPhoto("ast_motion", "ef" * 32).source, known)
    assert (request.fps, request.frames, request.tier) == (30, 77, "exact")
    assert assets_of(request) == ("ast_ada", "ast_motion")
    linked = with_links(request, lambda asset_id: f"https://store/{asset_id}?signed")
    assert linked.control is not None
    assert linked.control.track == Source(url="https://store/ast_motion?signed", sha256="ef" * 32)
    with pytest.raises(RequestRefused, match="needs a previs to drive it"):
        make_request(ask("ada", model="wan-animate"), cast("ada"), None, None, known)


def test_what_is_left_out_of_a_large_models_take_is_what_its_authors_chose() -> None:
    known = MODELS | PULLED

    def made(model: str, **more: object) -> tuple[int, float, float | None, str]:
        asked = ask("ada", model=model, **more)
        request = make_request(asked, cast("ada"), None, StoredPhoto("ast_motion", "ef" * 32).source, known)
        return request.steps, request.guidance_scale, request.shift, request.negative_prompt

    driven = {"control": {"kind": "previs", "take_id": "take_1"}}
    assert made("wan-vace-14b") == (50, 5.0, 16.0, WAN_NEGATIVE_PROMPT)
    assert made("wan2.2-vace") == (50, 5.0, 12.0, WAN_NEGATIVE_PROMPT)
    assert made("wan-animate", **driven) == (20, 1.0, 5.0, "")
    assert made("wan-animate", guidance_scale=3, **driven) == (20, 3.0, 5.0, WAN_NEGATIVE_PROMPT)
    assert made("previs") == (PREVIS.default_steps, PREVIS.default_guidance_scale, None, "")
    own = {"steps": 30, "guidance_scale": 4, "shift": 5, "negative_prompt": "rain"}
    assert made("wan-vace-14b", **own) == (30, 4.0, 5.0, "rain")
    assert made("wan-vace-14b", negative_prompt="")[3] == "", "nothing, where nothing is asked for"


def test_a_draft_takes_fewer_steps_unless_it_names_them() -> None:
    known = MODELS | PULLED
    steps = [
        make_request(ask("ada", model="wan-vace-1.3b", **more), cast("ada"), None, None, known).steps
        for more in ({}, {"tier": "draft"}, {"tier": "draft", "steps": 33})
    ]
    assert steps == [50, 20, 33]


def test_a_draft_of_a_model_with_a_distilled_adapter_is_as_the_adapter_wants_it() -> None:
    card = replace(PULLED["wan-vace-1.3b"], draft_steps=4, distilled=Distilled("ab" * 32, 4, 5.0))

    def made(**more: object) -> tuple[int, float, float | None, str]:
        request = make_request(ask("ada", model=card.name, **more), cast("ada"), None, None, {card.name: card})
        return request.steps, request.guidance_scale, request.shift, request.negative_prompt

    assert made(tier="draft") == (4, 1.0, 5.0, "")
    assert made(tier="draft", guidance_scale=2, shift=3) == (4, 2.0, 3.0, WAN_NEGATIVE_PROMPT)
    assert made(tier="fast") == (50, 5.0, 16.0, WAN_NEGATIVE_PROMPT)


def test_a_model_that_was_not_pulled_is_refused_with_the_way_to_get_it() -> None:
    with pytest.raises(RequestRefused, match="dramatis models pull wan-vace-14b") as refused:
        make_request(ask("ada", model="wan-vace-14b"), cast("ada"), None)
    assert refused.value.nearest == ("previs",)


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
