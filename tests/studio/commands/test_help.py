"""The command line teaches itself."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from studio.cli import app

COMMANDS = (
    (), ("run",), ("generate",), ("serve",), ("doctor",), ("verify",), ("models",), ("models", "list"),
    ("models", "prepare"), ("models", "verify"), ("keys",), ("keys", "create"), ("keys", "list"), ("keys", "revoke"),
    ("identity",), ("identity", "calibrate"), ("listen",), ("password-link",),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*words, "--help"])
    assert told.exit_code == 0
    assert "Usage" in told.output


@pytest.mark.parametrize(
    "words", [(), ("run",), ("generate",), ("serve",), ("verify",), ("keys", "create")], ids=" ".join
)
def test_the_main_ones_show_examples(words: tuple[str, ...]) -> None:
    assert "Example" in CliRunner().invoke(app, [*words, "--help"]).output


def test_models_are_listed_with_what_they_cannot_do() -> None:
    told = CliRunner().invoke(app, ["models", "list"]).output
    assert "previs" in told
    assert "cannot" in told
    assert "one card of 80 GB" in told or "resident" in told, "what of a machine's memory a large model fills"
