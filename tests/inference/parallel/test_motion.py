"""The previs's motion model on two ranks, one for each text."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.motion.checkpoint import PACKAGED_WEIGHTS, load_weights
from inference.motion.text import STATE_SIZE, TokenStates
from inference.parallel.mesh import Layout, Mesh, RanksDoNotFit
from inference.parallel.virtual import run_virtually
from inference.pipelines.acting import Acting
from inference.pipelines.contract import CancelToken
from inference.pipelines.previs import PrevisPipeline


def read_text(texts: list[str]) -> TokenStates:
    """States that differ from text to text, without the encoder: this is about ranks."""
    generator = torch.Generator().manual_seed(sum(map(ord, "".join(texts))))
    states = torch.randn((len(texts), 7, STATE_SIZE), generator=generator)
    return TokenStates(states, torch.ones(len(texts), 7, dtype=torch.bool), tuple(() for _ in texts))


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_two_ranks_act_as_one_does(scale: float) -> None:
    model, _ = load_weights(PACKAGED_WEIGHTS)

    def act(mesh: Mesh) -> torch.Tensor:
        acting = Acting(read_text, model, mesh.guidance)
        script = acting.read(["she nods", "he waits"], "stillness", "cu", 49, scale)
        return acting.draw(script, 4, 11, lambda *_: None, CancelToken())

    alone = act(Mesh())
    assert alone.std() > 0.1
    assert all(torch.equal(made, alone) for made in run_virtually(Layout(2, 1), act))


def test_a_sequence_is_not_shared_and_says_so() -> None:
    with pytest.raises(RanksDoNotFit, match="1 or 2 ranks"):
        run_virtually(Layout(1, 2), lambda mesh: PrevisPipeline(Path("/nowhere"), mesh=mesh))
