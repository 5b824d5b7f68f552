"""`python -m inference.registry prepare|list|verify|doctor [--json]`: the models of this machine.

The answer goes to stdout, in words or with --json as one object; progress and what went wrong go to stderr. Exit 0
only when all is well.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from inference.catalogue import DEFAULT_MODEL, MODELS
from inference.registry.facts import Fact, gather_facts
from inference.registry.holdings import Holding, State, list_holdings, prepare_holdings
from inference.registry.packaged import PackagedModelUnavailable, default_cache_dir


def main() -> int:
    """Parse, do, print."""
    parser = argparse.ArgumentParser(prog="python -m inference.registry")
    parser.add_argument("command", choices=("prepare", "list", "verify", "doctor"))
    parser.add_argument("--cache", type=Path, default=default_cache_dir(), help="where the models are kept")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser.add_argument("--json-lines", action="store_true", help="progress as one JSON object a line")
    args = parser.parse_args()
    match args.command:
        case "prepare":
            return _prepare(args.cache, as_json=args.json, json_lines=args.json_lines)
        case "list":
            return _list(args.cache, as_json=args.json)
        case "verify":
            return _verify(args.cache, as_json=args.json)
        case _:
            return _examine(args.cache, as_json=args.json)


def _prepare(cache_dir: Path, *, as_json: bool, json_lines: bool) -> int:
    def report(words: str) -> None:
        _say(json.dumps({"progress": words}) if json_lines else words)

    try:
        prepare_holdings(cache_dir, report)
    except PackagedModelUnavailable as error:
        _say(json.dumps({"error": str(error)}) if json_lines else str(error))
        return 1
    names = [holding.name for holding in list_holdings(cache_dir)]
    if as_json:
        _print_json({"ok": True, "cache": str(cache_dir), "weights": names})
    else:
        _print(f"ready in {cache_dir}: {', '.join(names)}")
    return 0


def _list(cache_dir: Path, *, as_json: bool) -> int:
    holdings = list_holdings(cache_dir)
    if as_json:
        models = [{"default": name == DEFAULT_MODEL} | asdict(card) for name, card in MODELS.items()]
        _print_json({"models": models, "weights": [_describe(one, one.state()) for one in holdings]})
        return 0
    for card in MODELS.values():
        _print(f"model    {card.name:<10} {card.title} ({card.licence})")
    for one in holdings:
        _print(f"weights  {one.name:<10} {one.state()}: {one.purpose} ({one.licence})")
    return 0


def _verify(cache_dir: Path, *, as_json: bool) -> int:
    states = [(holding, holding.state()) for holding in list_holdings(cache_dir)]
    ok = all(state == "ready" for _, state in states)
    if as_json:
        _print_json({"ok": ok, "cache": str(cache_dir), "weights": [_describe(*one) for one in states]})
    else:
        for holding, state in states:
            _print(f"{state:<8} {holding.name:<10} {holding.folder}")
    return 0 if ok else 1


def _examine(cache_dir: Path, *, as_json: bool) -> int:
    facts: list[Fact] = []
    for fact in gather_facts(cache_dir):
        facts.append(fact)
        if not as_json:
            _print(f"{'ok' if fact.ok else 'MISSING':<8} {fact.name:<20} {fact.words}")
            if fact.remedy:
                _print(f"{'':<8} {'':<20} to get it: {fact.remedy}")
    ok = all(fact.ok for fact in facts)
    if as_json:
        _print_json({"ok": ok, "cache": str(cache_dir), "facts": [asdict(fact) for fact in facts]})
    return 0 if ok else 1


def _describe(holding: Holding, state: State) -> dict[str, object]:
    return {
        "name": holding.name,
        "purpose": holding.purpose,
        "licence": holding.licence,
        "state": state,
        "files": holding.files,
    }


def _print_json(answer: object) -> None:
    _print(json.dumps(answer, indent=2))


def _print(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
