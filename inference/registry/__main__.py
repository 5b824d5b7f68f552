"""This machine's models: `python -m inference.registry COMMAND [NAME] [--json]`.

The answer goes to stdout, in words or with --json as one object; progress and what went wrong go to stderr. Exit 0
only when all is well.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from inference.catalogue import DEFAULT_MODEL, ModelCard, Variant, check_variant_name, known_models, pullable_cards
from inference.registry.distil import DistilRefused, distil, remove_distilled, verify_distilled
from inference.registry.doctor import Fact, gather_facts
from inference.registry.installed_weights import InstalledWeights, State, list_installed_weights, prepare_weights
from inference.registry.lock import NotPulled, damaged_files, read_lock, remove_pulled
from inference.registry.machine import describe_plans, find_machine, parse_cards
from inference.registry.memory_plan import Machine
from inference.registry.packaged import PackagedModelUnavailable, default_cache_dir
from inference.registry.pull import PullRefused, pull, pull_folder
from inference.registry.specs import SPECS, ModelSpec, list_specs, spec_of_own

_COMMANDS = ("prepare", "list", "plan", "verify", "doctor", "pull", "distil", "remove")


def main() -> int:
    """Parse, do, print."""
    parser = argparse.ArgumentParser(prog="python -m inference.registry")
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument("name", nargs="?", help="the model to pull, distil, verify or remove")
    parser.add_argument(
        "--from", dest="source", type=Path, help="pull from this folder, in diffusers' layout; distil: this file"
    )
    parser.add_argument("--as", dest="own_name", help="pull: weights of your own go by this name")
    parser.add_argument("--title", help="pull --as: what people read beside the name")
    parser.add_argument("--licence", default="its owner's", help="pull --as: under which terms they are used")
    parser.add_argument("--revision", help="pull this branch, tag or commit")
    parser.add_argument("--steps", type=int, help="distil: steps that the adapter was made for, such as 4")
    parser.add_argument("--shift", type=float, default=5.0, help="distil: shift that it was made for")
    parser.add_argument("--sha256", help="distil: what its makers announce")
    parser.add_argument("--remove", action="store_true", help="distil: forget the adapter")
    parser.add_argument("--cache", type=Path, default=default_cache_dir(), help="where the models are kept")
    parser.add_argument("--cards", type=_cards, help="plan for these cards instead of this machine: COUNTxGB, as 8x80")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser.add_argument("--json-lines", action="store_true", help="progress as one JSON object a line")
    args = parser.parse_args()
    match args.command:
        case "prepare":
            return _prepare(args.cache, as_json=args.json, json_lines=args.json_lines)
        case "list":
            return _list(args.cache, as_json=args.json)
        case "plan":
            return _plan(args.cards or find_machine(), args.cache, as_json=args.json)
        case "verify" if args.name is None:
            return _verify(args.cache, as_json=args.json)
        case "pull" | "distil" | "remove" | "verify":
            return _handle_pulled(args)
        case _:
            return _examine(args.cache, as_json=args.json)


def _prepare(cache_dir: Path, *, as_json: bool, json_lines: bool) -> int:
    def report(words: str) -> None:
        _say(json.dumps({"progress": words}) if json_lines else words)

    try:
        prepare_weights(cache_dir, report)
    except PackagedModelUnavailable as error:
        _say(json.dumps({"error": str(error)}) if json_lines else str(error))
        return 1
    names = [holding.name for holding in list_installed_weights(cache_dir)]
    if as_json:
        _print_json({"ok": True, "cache": str(cache_dir), "weights": names})
    else:
        _print(f"ready in {cache_dir}: {', '.join(names)}")
    return 0


def _handle_pulled(args: argparse.Namespace) -> int:
    """pull, distil, verify or remove one large model."""
    specs = list_specs(args.cache)
    spec = specs.get(args.name)
    if spec is None:
        _say(f"{args.name or 'no model'} cannot be pulled; these can: {', '.join(specs)}")
        return 2
    try:
        match args.command:
            case "pull":
                words = _pull(spec, args)
            case "distil":
                words = _distil(spec.name, args)
            case "verify":
                words = _verify_pulled(spec.name, args.cache)
            case _:
                remove_distilled(args.cache, spec.name)
                words = f"removed {spec.name}: {remove_pulled(args.cache, spec.name) / 1e9:.1f} GB are free again"
    except (PullRefused, DistilRefused, NotPulled) as error:
        _say(str(error))
        return 1
    _print(words)
    return 0


def _pull(spec: ModelSpec, args: argparse.Namespace) -> str:
    if args.own_name is not None:
        return _pull_own(spec, args)
    card = pullable_cards(args.cache)[spec.name]
    _say(f"{spec.name}: {card.title}. {card.licence}, commercial use {'allowed' if card.commercial else 'not allowed'}")
    if args.source is not None:
        lock = pull_folder(spec, args.cache, args.source, _say)
    else:
        lock = pull(spec, args.cache, _say, args.revision)
    size = sum(file.size_bytes for file in lock.files.values()) / 1e9
    origin = f"commit {lock.commit}" if lock.commit else f"{args.source} (nobody announced its hashes)"
    return (
        f"{spec.name} is installed: {len(lock.files)} files, {size:.1f} GB, from {origin}. Restart the server to use it"
    )


def _pull_own(base: ModelSpec, args: argparse.Namespace) -> str:
    """A checkpoint of the operator's own. Raises PullRefused."""
    if args.source is None:
        raise PullRefused("--as wants --from FOLDER: weights of your own lie on your own disk, in diffusers' layout")
    if base.name not in SPECS:
        raise PullRefused(f"{base.name} is a checkpoint of your own: name the model that it was trained from")
    try:
        check_variant_name(args.own_name)
    except ValueError as error:
        raise PullRefused(str(error)) from error
    spec = spec_of_own(args.own_name, base.name)
    variant = Variant(base.name, args.title or f"{args.own_name}, trained from {base.name}", args.licence)
    lock = pull_folder(spec, args.cache, args.source, _say, variant)
    return (
        f"{spec.name} is installed: {len(lock.files)} files in the shape of {base.name}, under {args.licence}. A node "
        f"serves it to one organisation alone: dramatis node --serves {spec.name} --pool POOL"
    )


def _distil(name: str, args: argparse.Namespace) -> str:
    """Raises DistilRefused, NotPulled."""
    if args.remove:
        was = remove_distilled(args.cache, name)
        return f"{name}: the draft tier's adapter is {'gone' if was else 'not there'}. Restart the server"
    if args.source is None or args.steps is None:
        raise DistilRefused("distil wants --from FILE.safetensors and --steps N, or --remove")
    taken = distil(args.cache, name, args.source, args.steps, args.shift, args.sha256)
    return (
        f"{name}: its draft tier takes {taken.steps} steps at shift {taken.shift:g} without guidance, by {args.source} "
        f"({taken.sha256}). Its licence is between you and its makers. Restart the server to use it"
    )


def _verify_pulled(name: str, models_dir: Path) -> str:
    """Raises NotPulled when a byte is wrong."""
    damaged = damaged_files(models_dir, read_lock(models_dir, name), _say)
    verify_distilled(models_dir, name)
    if damaged:
        raise NotPulled(f"damaged: {', '.join(damaged)}. dramatis models pull {name} fetches them again")
    return f"{name}: every byte is as it was locked"


def _list(cache_dir: Path, *, as_json: bool) -> int:
    holdings = list_installed_weights(cache_dir)
    if as_json:
        models = [{"default": name == DEFAULT_MODEL} | asdict(card) for name, card in known_models(cache_dir).items()]
        weights = [_describe(one, one.state()) for one in holdings]
        offers = [_offer(one, pullable_cards(cache_dir)[one.name]) for one in _not_pulled(cache_dir)]
        _print_json({"models": models, "weights": weights, "to_pull": offers})
        return 0
    for card in known_models(cache_dir).values():
        _print(f"model    {card.name:<10} {card.title} ({card.licence})")
    for spec in _not_pulled(cache_dir):
        card = pullable_cards(cache_dir)[spec.name]
        _print(f"to pull  {spec.name:<14} {spec.weights_bytes() / 1e9:.0f} GB: {card.title} ({card.licence})")
    for one in holdings:
        _print(f"weights  {one.name:<10} {one.state()}: {one.purpose} ({one.licence})")
    return 0


def _plan(machine: Machine, models_dir: Path, *, as_json: bool) -> int:
    """What every large model would do with a machine's memory."""
    plans = describe_plans(machine, models_dir)
    if as_json:
        _print_json({"machine": machine.name, "plans": plans})
    for name, words in () if as_json else plans.items():
        _print(f"{name}\n" + "\n".join(f"  {line}" for line in words))
    return 0


def _cards(words: str) -> Machine:
    try:
        return parse_cards(words)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _not_pulled(cache_dir: Path) -> list[ModelSpec]:
    known = known_models(cache_dir)
    return [spec for spec in list_specs(cache_dir).values() if spec.name not in known]


def _offer(spec: ModelSpec, card: ModelCard) -> dict[str, object]:
    return {
        "name": spec.name,
        "repository": spec.repository,
        "revision": spec.revision,
        "licence": card.licence,
        "commercial": card.commercial,
        "parameters": spec.parameters,
        "bytes_in_bfloat16": spec.weights_bytes("bfloat16"),
        "references": spec.references,
        "driving": spec.driving,
        "files": spec.files,
    }


def _verify(cache_dir: Path, *, as_json: bool) -> int:
    states = [(holding, holding.state()) for holding in list_installed_weights(cache_dir)]
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


def _describe(holding: InstalledWeights, state: State) -> dict[str, object]:
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
