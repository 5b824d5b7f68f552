"""The table of docs/how-to/gpu-box.md is inference/devices.py. `python -m tests.docs.test_gpu_box_page` writes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from inference.devices import DEVICES, DeviceCost
from studio.config import Settings

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "gpu-box.md"
_TABLE = re.compile(r"(<!-- device table.*? -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def device_table() -> str:
    lines = [
        "| device | TFLOP/s: fp8, bfloat16, TF32, float32 | memory | bandwidth | other cards | the host | source |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join((*lines, *(_row(device) for device in DEVICES.values()))) + "\n"


def _row(device: DeviceCost) -> str:
    peaks = ", ".join(
        f"{device.flop_per_s[number] / 1e12:g}" if number in device.flop_per_s else "-"
        for number in ("fp8", "bfloat16", "tf32", "float32")
    )
    cells = (
        device.name, peaks, f"{device.memory_bytes / 1e9:.0f} GB", f"{device.memory_bytes_per_s / 1e12:.2f} TB/s",
        f"{device.link_bytes_per_s / 1e9:.0f} GB/s", f"{device.host_bytes_per_s / 1e9:.0f} GB/s", device.source,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def test_the_table_is_that_of_the_engine() -> None:
    written = _TABLE.search(PAGE.read_text())
    assert written is not None
    assert written[2] == device_table()


def test_every_device_of_the_table_can_be_chosen() -> None:
    annotation = Settings.model_fields["engine_device"].annotation
    names = {name for choice in get_args(annotation) for name in get_args(choice)}
    assert names == set(DEVICES)


if __name__ == "__main__":
    PAGE.write_text(_TABLE.sub(lambda found: found[1] + device_table() + found[3], PAGE.read_text()))
