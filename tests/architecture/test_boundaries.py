"""Boundaries that an import linter cannot see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
# Sessions and errors travel; statements do not.
SQL_ALLOWED_IN_STUDIO = ("sqlalchemy.ext.asyncio", "sqlalchemy.exc")
# Settings; what child processes inherit or are told that way (torch elastic and Triton leave no other); what torch
# reads before it is imported; the variable that names another hub.
ENVIRONMENT_READERS = {
    "studio/config.py", "studio/engines/child.py", "studio/commands/demo.py", "storage/parent_death.py",
    "inference/engine/pulled_models.py", "inference/worker/rank.py",
    "inference/triton_repo/__main__.py",
    "inference/registry/pull.py", "inference/worker/traces.py", "storage/backup/rows.py",
    "inference/worker/child_process.py",
}  # fmt: skip


def _modules(package: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def test_sql_is_written_in_storage_alone() -> None:
    strays = [
        f"{name} imports {node.module}"
        for name, module in _modules("studio")
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sqlalchemy")
        and node.module not in SQL_ALLOWED_IN_STUDIO
    ]
    assert strays == []


def test_only_settings_read_the_environment() -> None:
    strays = [
        name
        for package in ("studio", "storage", "inference")
        for name, module in _modules(package)
        if name not in ENVIRONMENT_READERS
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    ]
    assert strays == []


def test_makers_of_devices_are_called_by_name_in_one_file_of_the_engine() -> None:
    """So that NVIDIA and Ascend take the same way through all the others."""
    words = re.compile(r"cuda|nccl|hccl|torch_npu", re.IGNORECASE)
    named = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "inference").rglob("*")
        if path.suffix in (".py", ".pbtxt") and words.search(path.read_text())
    }
    assert named == {"inference/vendors.py"}


def test_the_demo_and_the_client_know_the_public_api_alone() -> None:
    strays = [
        f"{name} imports {module}"
        for package in ("frontend/demo", "frontend/api_client")
        for name, tree in _modules(package)
        for node in ast.walk(tree)
        for module in _imported(node)
        if module.split(".")[0] in ("studio", "storage", "inference")
    ]
    assert strays == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_nothing_can_unpickle_or_run_remote_code() -> None:
    words = ("pickle", "trust_remote_code", "weights_only=False")
    strays = [
        f"{path.relative_to(ROOT)}: {word}"
        for package in ("studio", "storage", "inference")
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in path.read_text().splitlines()
        for word in words
        if word in line.split("#")[0]
        and not line.lstrip().startswith(('"', "#"))
        and (word != "pickle" or "import pickle" in line)
    ]
    assert strays == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("inference", "storage", "studio")
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    rest = set(imports)
    while done := {module for module in rest if not imports[module] & rest}:
        rest -= done
    # What is left imports a circle; who is imported by nothing left is not in one.
    while outside := {module for module in rest if not any(module in imports[other] for other in rest)}:
        rest -= outside
    assert sorted(rest) == []


def test_takes_end_in_one_place_so_that_none_leaves_its_hold_behind() -> None:
    """Beside it: a take is put back into its queue, and a whole organisation goes, with its credits."""
    allowed = {"studio/queue/ending.py", "studio/queue/release.py", "studio/organisations/erasure.py"}
    moving = {
        name
        for name, module in _modules("studio")
        for node in ast.walk(module)
        if isinstance(node, ast.Name) and node.id in ("move_take", "block_takes_of_character")
    }
    assert moving == allowed
