"""A pulled model behind the real worker: how it is told to use the machine reaches it, and no exact bit hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.protocol import Failed, Finished, RenderRequest
from inference.registry.packaged import default_cache_dir
from inference.registry.pull import pull_folder
from inference.registry.specs import SPECS
from inference.registry.tiny import build_tiny_wan_vace
from tests import photos
from tests.inference.small_pulled import NAME
from tests.inference.worker_client import request_of, save_photo, start_worker

SMALL = "tests.inference.small_pulled"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pull_tiny(tmp_path_factory)


def pull_tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation has, and the tiny weights in place of a large model's."""
    folder, saved = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("saved")
    for packaged in default_cache_dir().iterdir():
        (folder / packaged.name).symlink_to(packaged)
    build_tiny_wan_vace().save_pretrained(saved)
    pull_folder(SPECS[NAME], folder, saved, lambda _: None)
    return folder


def render(folder: Path, cache: Path, tiers: tuple[str, ...], *words: str) -> list[Finished]:
    with start_worker(folder, SMALL, cache=cache, words=words) as worker:
        worker.greet()
        reference = save_photo(folder, photos.photo("person_b_1"), "photo")
        made = []
        for tier in tiers:
            last = worker.render(tier, request(reference, tier))[-1]
            assert isinstance(last, Finished), worker.log
            made.append(last)
    return made


def request(reference: object, tier: str) -> RenderRequest:
    return request_of(reference, model=NAME, tier=tier, seconds=9 / 16, fps=16, width=64, height=64, steps=2)


def test_offload_and_ranks_change_no_exact_bit_and_receipts_name_what_was_on(tmp_path: Path, cache: Path) -> None:
    (plain,) = render(tmp_path / "plain", cache, ("exact",))
    exact, fast = render(
        tmp_path / "told", cache, ("exact", "fast"), "--ranks", "1x2", "--offload", "blocks", "--attention", "plain"
    )
    assert exact.receipt.latents_sha256 == plain.receipt.latents_sha256
    assert exact.receipt.media_sha256 == plain.receipt.media_sha256
    recipes = {(made.receipt.shift, made.receipt.scheduler) for made in (plain, exact, fast)}
    assert recipes == {(16.0, "unipc")}, "of what came with the weights it is 3"
    assert set(plain.receipt.published) == {"shift", "fps", "scheduler"}, "steps, guidance and words are this test's"
    on = [set(made.receipt.switched_on) for made in (plain, exact, fast)]
    assert on[1] - on[0] == {"2 ranks: guidance 1, sequence 2", "transformer offloaded block by block"}
    assert on[2] - on[1] == {"plain attention", "rows padded to tiles of 64"}
    assert [one.receipt.promise for one in (plain, exact, fast)] == ["exact", "exact", "same_mathematics"]
    assert fast.receipt.latents_sha256 != exact.receipt.latents_sha256, "another attention has other bits"


def test_an_attention_that_the_machine_has_not_is_refused_at_the_start(tmp_path: Path, cache: Path) -> None:
    with start_worker(tmp_path, SMALL, cache=cache, words=("--attention", "cudnn")) as worker:
        refused = worker.receive()
        assert worker.process.wait(timeout=60) == 3
    assert isinstance(refused, Failed)
    assert refused.code == "model_unavailable"
    assert "try auto or native" in refused.message
