"""Settings: read once, frozen, and without a secret that is known to everybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from inference.pipelines.device_placement import DevicePlacement
from inference.worker.serve import parse_settings
from studio.config import Settings
from studio.roles.parts import engine_spec


def test_nothing_set_is_the_embedded_default(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/dramatis.sqlite"
    assert settings.s3_endpoint is None
    assert settings.host == "127.0.0.1"


def test_settings_come_from_the_environment_and_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAMATIS_DATABASE_URL", "postgresql+psycopg://app:pw@db/dramatis")
    settings = Settings()
    assert settings.database == "postgresql+psycopg://app:pw@db/dramatis"
    assert "pw" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # the point of the test


def test_no_secret_has_a_default() -> None:
    for name, field in Settings.model_fields.items():
        if field.annotation == SecretStr | None or "key" in name:
            assert field.default is None, name


def test_a_store_without_keys_and_a_pack_without_a_threshold_are_refused() -> None:
    with pytest.raises(ValidationError, match="ACCESS_KEY"):
        Settings(s3_endpoint="https://s3.example")
    with pytest.raises(ValidationError, match="THRESHOLD"):
        Settings(face_pack=Path("/packs/other"))


def test_the_studios_own_pages_may_use_the_store(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).browser_origins == ("http://127.0.0.1:8420", "http://localhost:8420")
    served = Settings.model_validate({"data_dir": tmp_path, "public_url": "https://Studio.example.com:443/app"})
    assert served.browser_origins == ("https://studio.example.com",)
    aside = Settings.model_validate({"data_dir": tmp_path, "public_url": "https://studio.example.com:8443"})
    assert aside.browser_origins == ("https://studio.example.com:8443",)


def test_how_devices_are_used_goes_from_the_environment_to_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"RANKS": "2x4", "OFFLOAD": "blocks", "ATTENTION": "plain", "PRODUCTS": "float8", "GRAPHS": "on"}
    for name, value in chosen.items():
        monkeypatch.setenv(f"DRAMATIS_ENGINE_{name}", value)
    words = engine_spec(Settings(data_dir=tmp_path), "render").command(fd=3)
    told = parse_settings(words[words.index("--cache") :])
    assert (told.ranks, told.placement) == ("2x4", DevicePlacement("blocks", "plain", "float8", "on"))
    for name in ("offload", "attention", "products", "graphs"):
        with pytest.raises(ValidationError):
            Settings.model_validate({f"engine_{name}": "sometimes"})


def test_triton_servers_are_told_apart_and_a_token_leaves_this_host_over_tls_alone() -> None:
    assert Settings().triton_urls == ()
    assert Settings(triton_url="a:8001, b:8001,").triton_urls == ("a:8001", "b:8001")
    token = SecretStr("t")
    Settings(triton_url="127.0.0.1:8001,[::1]:8001,localhost:8001", triton_token=token)
    Settings(triton_url="gpu-1:8001", triton_token=token, triton_ca=Path("ca.pem"))
    with pytest.raises(ValidationError, match="TRITON_CA"):
        Settings(triton_url="127.0.0.1:8001,gpu-1:8001", triton_token=token)
    with pytest.raises(ValidationError, match="belong together"):
        Settings(triton_ca=Path("ca.pem"), triton_key=Path("key.pem"))
