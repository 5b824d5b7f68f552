"""What `dramatis serve` says to whoever starts it, beside the address."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from studio.commands import serve
from studio.config import Settings

LOOPBACK, EVERYWHERE = ip_address("127.0.0.1"), ip_address("0.0.0.0")  # noqa: S104


def test_pages_that_are_not_built_are_said_with_the_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "read_index", lambda: None)
    (hint,) = serve.hints(Settings(data_dir=tmp_path), LOOPBACK)
    assert "./scripts/studio-app" in hint


def test_plain_http_on_the_network_is_said_and_https_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "read_index", lambda: "<!doctype html>")
    assert serve.hints(Settings(data_dir=tmp_path), LOOPBACK) == []
    (hint,) = serve.hints(Settings(data_dir=tmp_path), EVERYWHERE)
    assert "docs/tls.md" in hint
    behind_tls = Settings.model_validate({"data_dir": tmp_path, "public_url": "https://films.example"})
    assert serve.hints(behind_tls, EVERYWHERE) == []
