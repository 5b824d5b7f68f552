"""`dramatis people`: who runs the installation, on a folder of its own."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from studio.cli import app


def _run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["people", *words, "--data", str(folder)])


def test_the_folders_owner_is_made_an_operator_and_is_none_again(tmp_path: Path) -> None:
    assert _run(tmp_path, "operators").output == ""
    nobody = _run(tmp_path, "operator")
    assert (nobody.exit_code, "no owner yet" in nobody.output) == (1, True)
    unknown = _run(tmp_path, "operator", "ada@example.com")
    assert (unknown.exit_code, "nobody signs in with ada@example.com" in unknown.output) == (1, True)
    assert CliRunner().invoke(app, ["sign-in-link", "--data", str(tmp_path)]).exit_code == 0
    assert "is an operator" in _run(tmp_path, "operator").output
    (listed,) = _run(tmp_path, "operators").output.splitlines()
    assert listed.startswith("per_")
    assert "no operator any more" in _run(tmp_path, "operator", "--off").output
    assert _run(tmp_path, "operators").output == ""
