"""Checkpoints of one's own: a known model's weights, trained further, under a name of their own.

A file beside the pulled weights says whose they are; everything else is the known model's: what it costs, what it may
be asked for, how its authors run it. Only those whose nodes have the weights are offered them.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from inference.catalogue.card import ModelCard
from inference.catalogue.cards import MODELS, PULLED

VARIANT_NAME = "variant.json"  # beside the weights
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")


class VariantUnreadable(ValueError):
    """What lies there names no known model; the message says how to write it anew."""


@dataclass(frozen=True)
class Variant:
    """base: the known model whose shape the weights have. licence: in its owner's words."""

    base: str
    title: str
    licence: str


def folder_of_model(models_dir: Path, name: str) -> Path:
    """Where the weights of a model that was pulled lie."""
    return models_dir / "pulled" / name


def check_variant_name(name: str) -> None:
    """Raises ValueError for what could not be a folder's, a queue's and a model's name, or is another's already."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a model: 2 to 40 small letters, digits, dots and hyphens")
    if name in MODELS | PULLED:
        raise ValueError(f"{name} is the name of a model that everybody knows: choose another for yours")


def read_variants(models_dir: Path) -> dict[str, Variant]:
    """Whatever lies here, by name. Raises VariantUnreadable."""
    return {path.parent.name: _read(path) for path in sorted(models_dir.glob(f"pulled/*/{VARIANT_NAME}"))}


def write_variant(folder: Path, variant: Variant) -> None:
    """Beside weights that are about to be locked."""
    (folder / VARIANT_NAME).write_text(json.dumps(asdict(variant), indent=1, sort_keys=True) + "\n")


def pullable_cards(models_dir: Path | None) -> dict[str, ModelCard]:
    """Cards of all models whose weights lie apart, here or not, and of the checkpoints of one's own that are here."""
    own = read_variants(models_dir) if models_dir is not None else {}
    return PULLED | {name: _card(name, variant) for name, variant in own.items()}


def _card(name: str, variant: Variant) -> ModelCard:
    return replace(PULLED[variant.base], name=name, title=variant.title, licence=variant.licence)


def _read(path: Path) -> Variant:
    try:
        variant = Variant(**{key: str(value) for key, value in json.loads(path.read_text()).items()})
    except (ValueError, TypeError, AttributeError) as error:
        raise VariantUnreadable(f"{path} cannot be read: pull the checkpoint anew, --from its folder") from error
    if variant.base not in PULLED:
        raise VariantUnreadable(f"{path} names {variant.base}, which this version does not know")
    return variant
