"""`python -m inference.registry prepare|list|verify|doctor`: the models of this machine, as JSON on stdout.

Progress of `prepare` goes to stderr: words, or with --json-lines one object a line. Exit 0 only when all is well.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from inference.catalogue import DEFAULT_MODEL, MODELS
from inference.registry.facts import gather_facts
from inference.registry.holdings import list_holdings, prepare_holdings
from inference.registry.packaged import PackagedModelUnavailable, default_cache_dir


def main() -> int:
    """Parse, do, print."""
    parser = argparse.ArgumentParser(prog="python -m inference.registry")
    parser.add_argument("command", choices=("prepare", "list", "verify", "doctor"))
    parser.add_argument("--cache", type=Path, default=default_cache_dir(), help="where the models are kept")
    parser.add_argument("--json-lines", action="store_true", help="progress as one JSON object a line")
    args = parser.parse_args()
    if args.command == "prepare":
        return _prepare(args.cache, json_lines=args.json_lines)
    answers = {"list": _list, "verify": _verify, "doctor": _examine}
    answer, ok = answers[args.command](args.cache)
    _print(answer)
    return 0 if ok else 1


def _prepare(cache_dir: Path, *, json_lines: bool) -> int:
    def report(words: str) -> None:
        line = json.dumps({"progress": words}) if json_lines else words
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    try:
        prepare_holdings(cache_dir, report)
    except PackagedModelUnavailable as error:
        _print({"ok": False, "cache": str(cache_dir), "words": str(error)})
        return 1
    _print({"ok": True, "cache": str(cache_dir), "weights": [one.name for one in list_holdings(cache_dir)]})
    return 0


def _list(cache_dir: Path) -> tuple[object, bool]:
    models = [
        {
            "name": card.name,
            "title": card.title,
            "default": card.name == DEFAULT_MODEL,
            "licence": card.licence,
            "commercial": card.commercial,
            "tiers": card.tiers,
            "sizes": [f"{width}x{height}" for width, height in card.limits.sizes],
            "seconds": [card.limits.min_seconds, card.limits.max_seconds],
            "can": card.can,
            "cannot": card.cannot,
        }
        for card in MODELS.values()
    ]
    return {"models": models, "weights": _describe_weights(cache_dir)}, True


def _verify(cache_dir: Path) -> tuple[object, bool]:
    weights = _describe_weights(cache_dir)
    ok = all(one["state"] == "ready" for one in weights)
    return {"ok": ok, "cache": str(cache_dir), "weights": weights}, ok


def _describe_weights(cache_dir: Path) -> list[dict[str, object]]:
    return [
        {
            "name": holding.name,
            "purpose": holding.purpose,
            "licence": holding.licence,
            "state": holding.state(),
            "files": holding.files,
        }
        for holding in list_holdings(cache_dir)
    ]


def _examine(cache_dir: Path) -> tuple[object, bool]:
    facts = [asdict(fact) for fact in gather_facts(cache_dir)]
    ok = all(fact["ok"] for fact in facts)
    return {"ok": ok, "cache": str(cache_dir), "facts": facts}, ok


def _print(answer: object) -> None:
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
