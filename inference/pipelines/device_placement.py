"""How an engine uses the machine that it runs on: its operator's choices, none of which a request can make. Torch-free.

Where weights wait changes no bit. Attention is chosen for the tiers that may round otherwise, never for the exact one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Offload = Literal["auto", "none", "parts", "blocks"]
Attention = Literal["auto", "native", "plain", "cudnn", "flash3", "sage"]
Products = Literal["auto", "float8"]
Graphs = Literal["off", "on"]


@dataclass(frozen=True)
class DevicePlacement:
    """offload: auto (as much on the device as fits), none (what came stays), parts (each leaves when its work is done),
    blocks (transformers go block by block, whether they would fit or not).

    attention: auto (the fastest lossless one that is installed), native (torch's own choice), plain (one product after
    another), cudnn, flash3, and sage, which quantises: of the draft tier, while the fast one takes what auto would.

    products: auto (in the weights' own precision), float8 (of the draft tier, in the blocks).

    graphs: whether forwards of the fast and draft tiers are recorded and replayed.
    """

    offload: Offload = "auto"
    attention: Attention = "auto"
    products: Products = "auto"
    graphs: Graphs = "off"


UNCHOSEN = DevicePlacement()
