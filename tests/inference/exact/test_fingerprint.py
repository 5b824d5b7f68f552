import torch

from inference.exact.fingerprint import hash_latents, hash_weights
from inference.exact.noise import draw_noise
from inference.exact.versions import installed_versions


def test_one_seed_draws_one_noise_whatever_ran_before() -> None:
    first = draw_noise((3, 5), seed=11)
    torch.manual_seed(99)
    torch.randn(1000)
    assert torch.equal(first, draw_noise((3, 5), seed=11))
    assert not torch.equal(first, draw_noise((3, 5), seed=12))
    assert draw_noise((1,), seed=2**63 - 1).isfinite().all()


def test_latents_differ_by_value_shape_and_type() -> None:
    latents = draw_noise((4, 6), seed=1)
    nudged = latents.clone()
    nudged[3, 5] = torch.nextafter(nudged[3, 5], torch.tensor(9.0))
    others = [nudged, latents.reshape(6, 4), latents.double(), latents.bfloat16()]
    hashes = {hash_latents(latents), *(hash_latents(other) for other in others)}
    assert len(hashes) == 5
    assert hash_latents(latents.t().contiguous().t()) == hash_latents(latents), "memory layout is not content"


def test_a_model_is_the_sum_of_its_files_in_any_order() -> None:
    assert hash_weights({"a": "1", "b": "2"}) == hash_weights({"b": "2", "a": "1"})
    assert hash_weights({"a": "1", "b": "2"}) != hash_weights({"a": "2", "b": "1"})


def test_versions_name_what_can_change_a_pixel() -> None:
    assert {"python", "torch", "numpy", "av", "opencv-python-headless"} <= installed_versions().keys()
