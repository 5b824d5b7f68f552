import json

import pytest
import torch

from inference.exact.receipt import canonical_json, hash_receipt
from inference.exact.used_device import describe_used_device
from inference.protocol import Receipt, UsedReference

ZERO = "0" * 64


def receipt(**changes: object) -> Receipt:
    fields = {
        "model": "previs", "model_sha256": ZERO, "weights": {"b": ZERO, "a": ZERO}, "tier": "draft", "seed": 3,
        "steps": 20, "guidance_scale": 2.5, "prompt_sha256": ZERO, "width": 768, "height": 432, "fps": 24,
        "frames": 120, "device": "cpu: Ωmega", "threads": 2, "versions": {}, "notes": (),
        "references": (UsedReference(character_id="c", sha256=ZERO, used_for=()),), "latents_sha256": ZERO,
        "media_sha256": ZERO,
    }  # fmt: skip
    return Receipt.model_validate(fields | changes)


def test_the_hash_survives_a_trip_over_the_wire() -> None:
    original = receipt()
    travelled = Receipt.model_validate_json(original.model_dump_json())
    assert hash_receipt(travelled) == hash_receipt(original)


def test_anybody_can_recompute_the_hash_from_sorted_json() -> None:
    fields = json.loads(receipt().model_dump_json())
    spelled = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert spelled == canonical_json(receipt())
    assert "Ωmega".encode() in spelled


def test_every_fact_of_the_device_counts() -> None:
    device = describe_used_device(torch.device("cpu"), ("attention: torch's own choice",))
    assert all(device.model_dump().values())
    changed = [device.model_copy(update={name: "another"}) for name in ("name", "driver", "capability", "library")]
    changed.append(device.model_copy(update={"kernels": ("attention: FlashAttention 3",)}))
    hashes = {hash_receipt(receipt(computed_on=one)) for one in (None, device, *changed)}
    assert len(hashes) == 2 + len(changed)


def test_every_field_counts() -> None:
    hashes = {hash_receipt(receipt()), hash_receipt(receipt(seed=4)), hash_receipt(receipt(references=()))}
    assert len(hashes) == 3


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(receipt(guidance_scale=float("inf")))
