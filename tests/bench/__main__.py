"""Run one bench by name; write its figures as JSON; exit 0 only when every target held."""

from __future__ import annotations

import argparse
import ast
import datetime
import importlib
import inspect
import json
import os
import platform
import sys
import time
from pathlib import Path

from tests.bench.outcome import Outcome, as_table

NOT_BENCHES = {"__init__", "__main__", "outcome"}


def main() -> int:
    benches = list_benches()
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure, and hold the figures against targets.")
    parser.add_argument(
        "name", nargs="?", choices=[*benches], type=lambda words: words.replace("_", "-"), metavar="NAME"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--tiny", action="store_true", help="gpu: tiny shapes on the CPU, to prove the code")
    args = parser.parse_args()
    if args.name is None:
        sys.stdout.write("".join(f"{name:<18} {words}\n" for name, words in benches.items()))
        return 0
    started = time.monotonic()
    run = importlib.import_module(f"tests.bench.{args.name.replace('-', '_')}").run
    if args.tiny and "tiny" not in inspect.signature(run).parameters:
        parser.error(f"{args.name} has no tiny shapes")
    outcome: Outcome = run(_report, tiny=True) if args.tiny else run(_report)
    result = {
        "name": args.name,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "device": _device(),
        "figures": outcome.figures | {"bench_wall_s": round(time.monotonic() - started, 1)},
        "targets": outcome.targets,
        "passed": not outcome.failures,
        "failures": outcome.failures,
    }
    words = json.dumps(result, indent=2)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(words + "\n")
    print(words)
    _report(as_table(outcome))
    return 0 if result["passed"] else 1


def list_benches() -> dict[str, str]:
    """Every bench's name, as it is typed, and the first words of its docstring."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_text()
        if path.stem not in NOT_BENCHES and "\ndef run(" in text:
            words = ast.get_docstring(ast.parse(text)) or ""
            found[path.stem.replace("_", "-")] = words.partition("\n")[0]
    return found


def _report(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _device() -> str:
    cpus = [line.split(":", 1)[1].strip() for line in _cpu_lines() if line.startswith("model name")]
    return f"{cpus[0] if cpus else platform.machine()}, {os.cpu_count()} threads"


def _cpu_lines() -> list[str]:
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
