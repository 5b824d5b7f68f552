"""Our MiniLM reads like transformers' BertModel, token for token and bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from inference.motion.text import LAYERS, MAX_TOKENS, TextEncoder
from inference.registry.packaged import TEXT, default_cache_dir, ensure

PLAIN = json.loads((Path(__file__).parents[2] / "bench" / "directions_sealed.json").read_text())
ODD = ["", "Ünïcode Straße 你好 😀", "x " * 400, "A" * 3000, "\x00tab\t\n", "she nods, then -- slowly -- smiles…"]


def sentences(within: object) -> list[str]:
    """Every text of a document of JSON."""
    if isinstance(within, str):
        return [within]
    parts = within.values() if isinstance(within, dict) else within if isinstance(within, list) else ()
    return [text for part in parts for text in sentences(part)]


def batches() -> list[list[str]]:
    """Alone, in pairs of unequal length, three the same."""
    plain = sentences(PLAIN)[::40]
    pairs = [[first, second] for first, second in zip(plain, [*ODD, *plain], strict=False)]
    return [[text] for text in (*plain, *ODD)] + pairs + [[text] * 3 for text in plain[:3]]


@pytest.fixture(scope="module")
def folder() -> Path:
    return ensure(TEXT, default_cache_dir())


@torch.inference_mode()
def test_states_masks_and_offsets_are_those_of_transformers(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    encoder = TextEncoder(folder)
    for texts in batches():
        tokens = tokenizer(
            texts, return_tensors="pt", padding=True, truncation=True, max_length=MAX_TOKENS,
            return_offsets_mapping=True,
        )  # fmt: skip
        offsets = tokens.pop("offset_mapping").tolist()
        hidden = model(**tokens, output_hidden_states=True).hidden_states
        read = encoder(texts)
        assert torch.equal(read.states_BNS, torch.cat([hidden[layer] for layer in LAYERS], dim=-1)), texts
        assert torch.equal(read.mask_BN, tokens["attention_mask"].bool()), texts
        spans = [
            [tuple(pair) for pair in row[: int(mask.sum())]] for row, mask in zip(offsets, read.mask_BN, strict=True)
        ]
        assert [list(row) for row in read.offsets] == spans, texts
