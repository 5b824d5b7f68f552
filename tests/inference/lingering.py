"""The panning worker, but a clip is decoded for LINGERS_S longer, and the next one may be denoised meanwhile."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from inference.worker.serve import Settings, parse_settings, serve
from tests.inference.panning import Panned, PanningPipeline, load_panning_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from inference.engine.render import Engine
    from inference.pipelines.contract import CancelToken, Picture

LINGERS_S = 2.0


class LingeringPipeline(PanningPipeline):
    def __init__(self) -> None:
        super().__init__()
        self.overlaps = True

    def decode(self, prepared: Panned, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        time.sleep(LINGERS_S)
        yield from super().decode(prepared, latents, cancel)


def load_lingering_engine(settings: Settings) -> Engine:
    return load_panning_engine(settings, LingeringPipeline())


if __name__ == "__main__":
    sys.exit(serve(parse_settings(sys.argv[1:]), load_lingering_engine))
