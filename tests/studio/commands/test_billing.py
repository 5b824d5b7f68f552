"""`dramatis billing`: an operator's prices, grants, caps and checks, on a folder of its own."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from studio.cli import app


def _run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["billing", *words, "--data", str(folder)])


def test_an_operator_prices_grants_caps_and_verifies(tmp_path: Path) -> None:
    assert "everything is free" in _run(tmp_path, "prices").output
    assert "previs costs 0.01 credits" in _run(tmp_path, "prices", "previs", "0.01").output
    assert "0.01" in _run(tmp_path, "prices").output
    paid = ("grant", "50", "--kind", "purchase", "--reference", "invoice-17", "--reason", "it was paid")
    first, again = _run(tmp_path, *paid), _run(tmp_path, *paid)
    assert "50 credits are available" in again.output
    lot_id = first.output.split()[0]
    assert again.output.split()[0] == lot_id
    refused = _run(tmp_path, "grant", "60", *paid[2:])
    assert (refused.exit_code, "not 60 credits" in refused.output) == (1, True)
    assert "20 credits" in _run(tmp_path, "reverse", lot_id, "--credits", "20", "--reason", "charged back").output
    assert lot_id in _run(tmp_path, "lots").output
    cap_id = _run(tmp_path, "caps", "--limit", "25").output.split()[0]
    assert cap_id in _run(tmp_path, "caps").output
    assert "is no more" in _run(tmp_path, "caps", "--remove", cap_id).output
    written = tmp_path / "ledger.csv"
    assert "30" in _run(tmp_path, "statement", "--csv", str(written)).output
    assert len(written.read_text().splitlines()) == 3
    checked = _run(tmp_path, "verify")
    assert (checked.exit_code, "2 entries, 1 lots, 0 holds: intact" in checked.output) == (0, True)


def test_what_is_no_amount_or_no_organisation_is_refused_in_words(tmp_path: Path) -> None:
    for words in (
        ("prices", "previs", "cheap"),
        ("prices", "previs"),
        ("prices", "previs", "0.0000001"),
        ("prices", "credit", "1"),
        ("grant", "-1", "--reason", "none"),
        ("grant", "1", "--org", "org_nobody", "--reason", "none"),
        ("statement", "November"),
        ("caps", "--scope", "key", "--limit", "1"),
    ):
        refused = _run(tmp_path, *words)
        assert refused.exit_code in (1, 2), (words, refused.output)
        assert "Traceback" not in refused.output
