"""Triton's model repository, made at each start: an endpoint for each pipeline that is served here, and `status`.

An endpoint has as many instances as there are device groups. An instance is a door to the line in which all renders
wait (dispatcher.py), not to a group of its own: which group renders is decided when one has room.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from inference.protocol import STATUS_MODEL

_STUB = Path(__file__).parent / "stub"
_RENDER = """name: "{name}"
backend: "python"
max_batch_size: 0
model_transaction_policy {{ decoupled: true }}
input [ {{ name: "command", data_type: TYPE_STRING, dims: [ 1 ] }} ]
output [ {{ name: "event", data_type: TYPE_STRING, dims: [ 1 ] }} ]
instance_group [ {{ kind: KIND_CPU, count: {instances} }} ]
parameters {{ key: "door" value: {{ string_value: "{door}" }} }}
"""
_STATUS = """name: "{name}"
backend: "python"
max_batch_size: 0
output [ {{ name: "status", data_type: TYPE_STRING, dims: [ 1 ] }} ]
instance_group [ {{ kind: KIND_CPU, count: {instances} }} ]
parameters {{ key: "door" value: {{ string_value: "{door}" }} }}
"""


def write_repository(folder: Path, models: Iterable[str], instances: int, door: Path) -> None:
    """Everything anew below `folder`. door: where stubs call."""
    shutil.rmtree(folder, ignore_errors=True)
    _write_model(folder, STATUS_MODEL, _STATUS.format(name=STATUS_MODEL, instances=1, door=door), "status_model.py")
    for name in models:
        _write_model(folder, name, _RENDER.format(name=name, instances=instances, door=door), "render_model.py")


def _write_model(folder: Path, name: str, config: str, code: str) -> None:
    version = folder / name / "1"
    version.mkdir(parents=True)
    (folder / name / "config.pbtxt").write_text(config)
    shutil.copyfile(_STUB / code, version / "model.py")
    shutil.copyfile(_STUB / "door.py", version / "door.py")
