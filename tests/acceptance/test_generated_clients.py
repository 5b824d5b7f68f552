"""Clients that generators write from our document: complete, compiled, and good for a take from photo to clip.

The programs are those of docs/api-clients.md, as they are written there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.examples import example_path
from tests.acceptance.test_docs import DOCS, ROOT, run
from tests.conftest import skip_or_fail
from tests.faults.server import Server

GENERATORS = Path(__file__).with_name("generators")
PYTHON_GENERATOR = ("openapi-python-client==0.29.1", "ruamel.yaml==0.19.1")
OPENAPI = ROOT / "openapi.json"
PAGE = (DOCS / "api-clients.md").read_text()
# Generated modules name each other without extensions, as bundlers read them.
STRICT = ("--strict", "--noEmitOnError", "--target", "es2022", "--module", "commonjs", "--types", "node")


def program_of(section: str, language: str) -> str:
    """The blocks in this language of a section of the page, one after another."""
    (found,) = re.findall(rf"^## {section}\b(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", found, re.DOTALL))


def address_of(live: Server) -> dict[str, str]:
    return {"DRAMATIS_URL": live.url, "DRAMATIS_API_KEY": live.api_key}


def bin_of(name: str) -> str:
    return str(GENERATORS / "node_modules" / ".bin" / name)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with Node, once the generators are installed."""
    command = '. scripts/environment.sh && ready_node >&2 && printf %s "$PATH"'
    found = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        skip_or_fail("there is no Node, and none could be fetched")
    lock = hashlib.sha256((GENERATORS / "package-lock.json").read_bytes()).hexdigest()[:16]
    stamp = GENERATORS / "node_modules" / f".made-from-{lock}"
    if not stamp.exists():
        run(["npm", "ci", "--silent"], GENERATORS, {"PATH": found.stdout})
        stamp.touch()
    return {"PATH": found.stdout, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


@pytest.fixture(scope="module")
def python_generator() -> dict[str, str]:
    """An environment in which Python finds the generator. It wants an older Typer than ours by its metadata alone, so
    that it lies in a folder of its own; what else it needs is here."""
    name = hashlib.sha256(repr(PYTHON_GENERATOR).encode()).hexdigest()[:16]
    home = Path.home() / ".cache" / "dramatis" / f"openapi-python-client-{name}"
    if not (home / ".ready").exists():
        command = [sys.executable, "-m", "pip", "--quiet", "install", "--no-deps", "--upgrade", "--target", str(home)]
        installed = subprocess.run([*command, *PYTHON_GENERATOR], capture_output=True, text=True)
        if installed.returncode != 0:
            skip_or_fail(f"openapi-python-client could not be installed: {installed.stderr[-300:]}")
        (home / ".ready").touch()
    beside = Path(sys.executable).parent
    return {"PYTHONPATH": str(home), "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}


def test_redocly_has_nothing_to_say(node: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(OPENAPI, tmp_path)
    told = json.loads(run([bin_of("redocly"), "lint", "openapi.json", "--format", "json"], tmp_path, node))
    assert told["problems"] == []
    assert told["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_the_page_names_the_versions_that_are_tested() -> None:
    package = json.loads((GENERATORS / "package.json").read_text())
    for name in ("@hey-api/openapi-ts", "openapi-typescript", "openapi-fetch"):
        assert f"{name}@{(package['dependencies'] | package['devDependencies'])[name]} " in PAGE.replace("\n", " ")
    assert PYTHON_GENERATOR[0] in PAGE


def test_openapi_python_client_leaves_nothing_out_and_its_client_makes_a_take(
    python_generator: dict[str, str], live: Server, tmp_path: Path
) -> None:
    generate = ["generate", "--path", str(OPENAPI), "--meta", "none", "--output-path", "dramatis_client"]
    command = [sys.executable, "-m", "openapi_python_client", *generate, "--fail-on-warning"]
    assert "WARNING" not in run(command, tmp_path, python_generator)
    operations = [each for path in json.loads(OPENAPI.read_text())["paths"].values() for each in path.values()]
    modules = {path.stem for path in (tmp_path / "dramatis_client" / "api").glob("*/*.py")}
    assert {each["operationId"] for each in operations} <= modules
    everything = "import importlib, pathlib\nfor path in pathlib.Path('dramatis_client').rglob('*.py'):\n"
    everything += "    importlib.import_module('.'.join(path.with_suffix('').parts))\n"
    run([sys.executable, "-c", everything], tmp_path, {})
    shutil.copy(example_path(), tmp_path / "photo.png")
    told = run([sys.executable, "-c", program_of("Python", "python")], tmp_path, address_of(live))
    assert told.startswith("SUCCEEDED None\nrequest_refused ")
    assert "\nTrue\nnot_found 404\n" in told, told
    assert told.endswith(" True\n"), told
    assert_clip(tmp_path)


def test_the_client_of_hey_api_makes_a_take(node: dict[str, str], live: Server, tmp_path: Path) -> None:
    run([bin_of("openapi-ts"), "-i", str(OPENAPI), "-o", str(tmp_path / "hey"), "--silent"], GENERATORS, node)
    told = run_typescript("TypeScript with methods", tmp_path, node, live).splitlines()
    assert told[-2:] == ["SUCCEEDED null", "not_found"]
    assert any("progress" in line for line in told), "the events of the take were told"
    assert_clip(tmp_path)


def test_the_types_of_openapi_typescript_make_a_take(node: dict[str, str], live: Server, tmp_path: Path) -> None:
    to = ["-o", str(tmp_path / "schema.d.ts"), "--default-non-nullable=false"]
    run([bin_of("openapi-typescript"), str(OPENAPI), *to], GENERATORS, node)
    told = run_typescript("TypeScript, types alone", tmp_path, node, live).splitlines()
    assert told == ["SUCCEEDED null", "not_found"]
    assert_clip(tmp_path)


def run_typescript(section: str, folder: Path, node: dict[str, str], live: Server) -> str:
    """What the section's program prints, once all types hold: its own and the generated client's."""
    (folder / "node_modules").symlink_to(GENERATORS / "node_modules")
    (folder / "page.ts").write_text(program_of(section, "typescript"))
    shutil.copy(example_path(), folder / "photo.png")
    run([bin_of("tsc"), *STRICT, "page.ts"], folder, node)
    return run(["node", "page.js"], folder, node | address_of(live))


def assert_clip(folder: Path) -> None:
    assert (folder / "clip.mp4").read_bytes()[4:8] == b"ftyp"
