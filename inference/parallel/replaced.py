"""An attribute of one module, replaced for a while."""

from __future__ import annotations

from contextlib import ExitStack

import torch


def replace(stack: ExitStack, module: torch.nn.Module, name: str, by: object) -> None:
    """Until `stack` is left; an attribute that was the class's own is so again."""
    own = vars(module)
    stack.callback(own.__setitem__ if name in own else own.pop, name, own.get(name))
    own[name] = by
