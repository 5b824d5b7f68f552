"""A checkpoint of one's own: another name, the known model's shape, and everything that is done with models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from inference.catalogue import VariantUnreadable, known_models, pullable_cards
from inference.engine.pulled_models import load_pulled
from inference.parallel.mesh import Layout
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import DevicePlacement
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.__main__ import main
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

BASE, OWN = "wan-vace-1.3b", "acme-vace"
Run = Callable[..., int]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that somebody trained."""
    folder = tmp_path_factory.mktemp("trained")
    build_tiny_wan_vace().save_pretrained(folder)
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["registry", "--cache", str(tmp_path), *words])
        return main()

    return run


def test_it_is_pulled_listed_verified_loaded_and_removed(
    trained: Path, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--as", OWN, "--title", "Acme's own actors", "--licence", "Acme's")
    assert run("pull", BASE, "--from", str(trained), *words) == 0
    assert f"dramatis node --serves {OWN} --pool POOL" in capsys.readouterr().out
    card, base = known_models(tmp_path)[OWN], pullable_cards(tmp_path)[BASE]
    assert (card.title, card.licence) == ("Acme's own actors", "Acme's")
    assert (card.shape, card.limits, card.recipe) == (base.shape, base.limits, base.recipe)
    assert BASE not in known_models(tmp_path), "only the checkpoint is here"
    assert run("list") == 0
    assert f"model    {OWN}" in capsys.readouterr().out
    assert run("plan", "--cards", "1x80", "--json") == 0
    assert OWN in json.loads(capsys.readouterr().out)["plans"]
    assert run("verify", OWN) == 0
    assert _draws_what_it_was_trained_to(tmp_path)
    assert run("remove", OWN) == 0
    assert OWN not in pullable_cards(tmp_path)
    assert run("verify", OWN) == 2


def _draws_what_it_was_trained_to(models_dir: Path) -> bool:
    loaded = load_pulled(models_dir, Layout(), models_dir / "scratch", DevicePlacement(), serves=(OWN,))[OWN]
    assert isinstance(loaded, WanVacePipeline)
    assert loaded.card.name == OWN
    cast, cancel = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),), CancelToken()
    request = request_of(cast, steps=2)
    one, other = (
        pipeline.denoise(pipeline.prepare(request, cast, None, cancel), lambda *_: None, cancel)
        for pipeline in (loaded, WanVacePipeline(CARD, build_tiny_wan_vace(), {}))
    )
    return torch.equal(one, other)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Acme", "small letters"),
        ("../acme", "small letters"),
        ("a" * 41, "2 to 40"),
        ("previs", "everybody knows"),
        ("wan-vace-14b", "everybody knows"),
    ],
)
def test_a_name_that_will_not_do_is_refused(
    name: str, why: str, trained: Path, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pull", BASE, "--from", str(trained), "--as", name) == 1
    assert why in capsys.readouterr().err
    assert not list(tmp_path.glob("**/*.json"))


def test_its_weights_lie_on_the_operators_own_disk(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pull", BASE, "--as", OWN) == 1
    assert "--from FOLDER" in capsys.readouterr().err


def test_what_names_no_known_model_is_told_in_words(trained: Path, tmp_path: Path, run: Run) -> None:
    assert run("pull", BASE, "--from", str(trained), "--as", OWN) == 0
    said = tmp_path / "pulled" / OWN / "variant.json"
    for words in ("{", json.dumps({"base": "unheard-of", "title": "t", "licence": "l"}), "[]"):
        said.write_text(words)
        with pytest.raises(VariantUnreadable):
            known_models(tmp_path)
