"""Pulling weights with the real hub client, from a hub that is good, torn, tampered with, pickled, gated or gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.catalogue import LOCK_NAME, PULLED, RequestRefused, folder_of_model, get_card, known_models
from inference.engine.pulled_models import load_model, load_pulled
from inference.parallel.mesh import Layout, Mesh
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import DevicePlacement
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.registry.__main__ import main
from inference.registry.lock import NotPulled, damaged_files, read_lock, remove_pulled
from inference.registry.pull import PullRefused, pull, pull_folder
from inference.registry.specs import SPECS, ModelSpec
from inference.registry.tiny import build_tiny_wan_animate_2, build_tiny_wan_vace
from tests.inference.pipelines.tiny import ANIMATE_2, CARD, noise_driving, noise_photo, request_of
from tests.inference.registry.hub import COMMIT, Hub, files_of, serving, sha256

NAME = "wan-vace-1.3b"
SPEC = ModelSpec(
    NAME, "wan-vace", "someone/tiny-wan-vace", {"transformer": 1, "text_encoder": 1, "vae": 1}, "all", "gray"
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    build_tiny_wan_vace().save_pretrained(folder)
    (folder / "README.md").write_text("tiny")
    (folder / "training_args.bin").write_bytes(b"a pickle that nobody needs")
    return folder


@pytest.fixture
def hub(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(Hub(SPEC.repository, files_of(saved))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        yield hub


def silent(_: str) -> None:
    """Nobody listens."""


def test_every_byte_is_compared_and_locked(hub: Hub, tmp_path: Path) -> None:
    told: list[str] = []
    lock = pull(SPEC, tmp_path, told.append)
    assert lock == read_lock(tmp_path, NAME)
    assert lock.commit == COMMIT
    assert {name: file.sha256 for name, file in lock.files.items()} == {
        name: sha256(data) for name, data in hub.files.items() if not name.endswith(".bin")
    }
    assert damaged_files(tmp_path, lock) == []
    assert not (folder_of_model(tmp_path, NAME) / "training_args.bin").exists(), "no pickle is ever taken"
    assert any(words.startswith(f"1 of {len(lock.files)}: ") for words in told)
    assert [path.name for path in (tmp_path / "pulled").iterdir()] == [NAME], "nothing unfinished is left"


def test_a_torn_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000
    )  # of 10 MB: tiny files have no such part
    name = "transformer/diffusion_pytorch_model.safetensors"
    hub.broken_after[name] = 100_000
    lock = pull(SPEC, tmp_path, silent)
    assert damaged_files(tmp_path, lock) == []
    assert hub.ranges == ["bytes=100000-"], "it did not begin from nothing"


def test_a_pull_that_was_given_up_goes_on_with_what_is_missing(hub: Hub, tmp_path: Path) -> None:
    last = sorted(hub.files)[-1]
    kept = hub.files.pop(last)
    hub.files[last] = kept
    hub.tampered.add(last)
    with pytest.raises(PullRefused):
        pull(SPEC, tmp_path, silent)
    with pytest.raises(RequestRefused, match=f"{NAME} is not installed here.*dramatis models pull {NAME}"):
        get_card(NAME, known_models(tmp_path))
    hub.tampered.clear()
    hub.asked.clear()
    pull(SPEC, tmp_path, silent)
    assert hub.asked == [last], "what was whole is not fetched again"


@pytest.mark.parametrize("name", ["vae/diffusion_pytorch_model.safetensors", "model_index.json"])
def test_bytes_that_were_tampered_with_are_thrown_away(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.tampered.add(name)
    with pytest.raises(PullRefused, match=f"{name} is not the bytes that .* announces"):
        pull(SPEC, tmp_path, silent)
    assert NAME not in known_models(tmp_path)
    assert not list(tmp_path.rglob(Path(name).name)) or name not in {
        path.relative_to(tmp_path / "pulled" / f".{NAME}.partial").as_posix()
        for path in tmp_path.rglob(Path(name).name)
    }
    hub.tampered.clear()
    assert damaged_files(tmp_path, pull(SPEC, tmp_path, silent)) == []


def test_a_part_that_is_only_a_pickle_is_refused_by_name(hub: Hub, tmp_path: Path) -> None:
    data = hub.files.pop("vae/diffusion_pytorch_model.safetensors")
    hub.files["vae/diffusion_pytorch_model.bin"] = data
    with pytest.raises(PullRefused, match=r"vae only as a pickle \(vae/diffusion_pytorch_model.bin\)"):
        pull(SPEC, tmp_path, silent)
    assert hub.asked == [], "nothing was fetched"


def test_a_file_that_stays_too_short_is_refused_and_what_came_is_no_model(hub: Hub, tmp_path: Path) -> None:
    name = "vae/diffusion_pytorch_model.safetensors"
    hub.truncated[name] = 1000
    with pytest.raises(PullRefused, match=r"(?s)(broke off|is not the bytes)"):
        pull(SPEC, tmp_path, silent)
    assert NAME not in known_models(tmp_path)
    hub.truncated.clear()
    assert damaged_files(tmp_path, pull(SPEC, tmp_path, silent)) == []


def test_a_file_outside_the_folder_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files["../evil.json"] = b"{}"
    with pytest.raises(PullRefused, match="outside its folder"):
        pull(SPEC, tmp_path, silent)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("gone", "no repository someone/else"),
        ("revision", "no such revision"),
        ("gated", "accept its licence"),
        ("offline", f"cannot be reached .* dramatis models pull {NAME} --from FOLDER"),
    ],
)
def test_whatever_is_wrong_is_said_with_the_way_out(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, words: str
) -> None:
    spec = replace(SPEC, repository="someone/else") if how == "gone" else SPEC
    hub.gated = how == "gated"
    if how == "offline":
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PullRefused, match=f"(?s){words}"):
        pull(spec, tmp_path, silent, revision="v9" if how == "revision" else None)
    assert NAME not in known_models(tmp_path)


def test_too_little_room_is_said_before_anything_is_fetched(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=(1 << 30) + 1000)
    monkeypatch.setattr("inference.registry.pull.shutil.disk_usage", lambda _: full)
    with pytest.raises(PullRefused, match=r"MB are still to be fetched and .* has room for 0\.0 MB"):
        pull(SPEC, tmp_path, silent)
    assert hub.asked == []


def test_a_local_folder_serves_too(saved: Path, tmp_path: Path) -> None:
    lock = pull_folder(SPEC, tmp_path, saved, silent)
    assert lock.commit is None
    assert damaged_files(tmp_path, lock) == []
    with pytest.raises(PullRefused, match=r"no model_index\.json"):
        pull_folder(SPEC, tmp_path, saved / "vae", silent)


def test_damage_and_removal(saved: Path, tmp_path: Path) -> None:
    lock = pull_folder(SPEC, tmp_path, saved, silent)
    path = folder_of_model(tmp_path, NAME) / "vae" / "config.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert damaged_files(tmp_path, lock) == ["vae/config.json"]
    assert remove_pulled(tmp_path, NAME) == sum(file.size_bytes for file in lock.files.values())
    assert not folder_of_model(tmp_path, NAME).exists()
    with pytest.raises(NotPulled, match=f"dramatis models pull {NAME}"):
        read_lock(tmp_path, NAME)


def test_what_was_pulled_renders_what_it_was_saved_from(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PULLED, NAME, replace(CARD, name=NAME))
    lock = pull(SPEC, tmp_path, silent)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # loading asks nobody
    weight_offload = WeightOffload(torch.device("cpu"), budget_bytes=1)  # so that every part has to come and go
    pulled = load_model(SPEC, tmp_path, Mesh(), Checkpoints(tmp_path / "checkpoints"), weight_offload)
    built = WanVacePipeline(CARD, build_tiny_wan_vace(), {})
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request, cancel = request_of(cast, steps=2), CancelToken()
    one, other = (
        loaded.denoise(loaded.prepare(request, cast, None, cancel), lambda *_: None, cancel)
        for loaded in (pulled, built)
    )
    assert torch.equal(one, other)
    assert pulled.revision == COMMIT
    assert pulled.weights == lock.weights


def test_a_model_of_modular_blocks_renders_what_it_was_saved_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its repositories have both kinds of index, and the tokenizer and the scheduler of their own kinds."""
    built = DrivenParts.of(build_tiny_wan_animate_2())
    spec = replace(SPECS["wan-animate-2"], repository="someone/tiny-wan-animate-2")
    for part in (*spec.parameters, "tokenizer", "scheduler"):
        getattr(built, part).save_pretrained(tmp_path / "saved" / part)
    for index in ("model_index.json", "modular_model_index.json"):
        (tmp_path / "saved" / index).write_text("{}")
    monkeypatch.setitem(PULLED, spec.name, replace(ANIMATE_2, name=spec.name))
    with serving(Hub(spec.repository, files_of(tmp_path / "saved"))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        pull(spec, tmp_path, silent)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # loading asks nobody
    weight_offload = WeightOffload(torch.device("cpu"), budget_bytes=1)  # so that every part has to come and go
    pulled = load_model(spec, tmp_path, Mesh(), Checkpoints(tmp_path / "checkpoints"), weight_offload)
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request, cancel = request_of(cast, steps=1, tier="fast", guidance_scale=1.0), CancelToken()
    one, other = (
        loaded.denoise(loaded.prepare(request, cast, None, cancel, noise_driving(request)), lambda *_: None, cancel)
        for loaded in (pulled, WanAnimate2Pipeline(ANIMATE_2, built, {}))
    )
    assert torch.equal(one, other)
    assert pulled.revision == COMMIT


def test_all_that_is_pulled_shares_one_device(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(SPEC, name="wan-vace-14b")
    for spec in (SPEC, other):
        monkeypatch.setitem(SPECS, spec.name, spec)
        pull_folder(spec, tmp_path, saved, silent)
    one, two = load_pulled(tmp_path, Layout(), tmp_path / "scratch", DevicePlacement()).values()
    assert isinstance(one, WanVacePipeline)
    assert isinstance(two, WanVacePipeline)
    assert one._weight_offload is two._weight_offload


def test_the_command_line_pulls_verifies_and_removes(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SPECS, NAME, SPEC)

    def run(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["registry", "--cache", str(tmp_path), *words])
        return main()

    assert run("verify", NAME) == 1
    assert f"dramatis models pull {NAME}" in capsys.readouterr().err
    assert run("pull", NAME) == 0
    told = capsys.readouterr()
    assert "Apache-2.0, commercial use allowed" in told.err
    assert f"{NAME} is installed: " in told.out
    assert COMMIT in told.out
    assert run("verify", NAME) == 0
    assert run("list") == 0
    assert f"model    {NAME}" in capsys.readouterr().out
    assert run("remove", NAME) == 0
    assert run("verify", NAME) == 1
    assert run("pull", "nobody") == 2
    assert "these can: wan-vace-1.3b" in capsys.readouterr().err


def test_a_lock_that_cannot_be_read_says_so(saved: Path, tmp_path: Path) -> None:
    pull_folder(SPEC, tmp_path, saved, silent)
    (folder_of_model(tmp_path, NAME) / LOCK_NAME).write_text(json.dumps({"version": 1}))
    with pytest.raises(NotPulled, match="cannot be read"):
        read_lock(tmp_path, NAME)


def test_every_spec_says_all_that_is_needed_to_choose_it() -> None:
    assert set(SPECS) == set(PULLED)
    assert set(SPECS) == {
        "wan-vace-1.3b", "wan-vace-14b", "wan2.2-vace", "wan-animate", "wan-animate-2", "wan-animate-2-distilled"
    }  # fmt: skip
    for name, spec in SPECS.items():
        card = PULLED[name]
        assert "/" in spec.repository
        assert all((spec.revision, spec.references, card.licence, card.limits.sizes, card.limits.fps, card.shape))
        assert {f"{part}/*.safetensors" for part in spec.parameters} < set(spec.files)
        assert spec.weights_bytes("bfloat16") < spec.weights_bytes("float32")
        assert card.default_steps > 0 < card.default_guidance_scale


def test_tiny_models_are_offered_to_nobody(tmp_path: Path) -> None:
    assert not any("tiny" in name for name in (*known_models(tmp_path), *SPECS))


def test_the_parameters_of_the_real_shapes_are_those_that_are_said() -> None:
    """Counted on the real classes without memory; the published configurations."""
    from diffusers import WanAnimateTransformer3DModel, WanVACETransformer3DModel

    vace = {"text_dim": 4096, "freq_dim": 256, "cross_attn_norm": True, "vace_in_channels": 96}
    with torch.device("meta"):
        small = WanVACETransformer3DModel(
            num_attention_heads=12, attention_head_dim=128, ffn_dim=8960, num_layers=30,
            vace_layers=list(range(0, 30, 2)), **vace,
        )  # fmt: skip
        large = WanVACETransformer3DModel(
            num_attention_heads=40, attention_head_dim=128, ffn_dim=13824, num_layers=40,
            vace_layers=list(range(0, 40, 5)), **vace,
        )  # fmt: skip
        animate = WanAnimateTransformer3DModel(added_kv_proj_dim=5120, text_dim=4096)
    for name, model in (("wan-vace-1.3b", small), ("wan-vace-14b", large), ("wan-animate", animate)):
        assert sum(one.numel() for one in model.parameters()) == SPECS[name].parameters["transformer"], name
