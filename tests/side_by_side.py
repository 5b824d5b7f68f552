"""What runs together where tests run in two processes side by side (`-n 2`), and what begins first.

A file stays together, and so does a package that shares a server. xdist's own `loadgroup` would write a group into a
test's id, which pytest 9.2 no longer reads: every test went to whichever process was free, and each process started the
servers and engines of every file.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

SHARED = ("tests.acceptance", "tests.browser")  # packages of one server each, or more
LONG_FIRST = (*SHARED, "tests.inference.parallel", "tests.faults", "tests.fleet", "tests.deploy", "tests.inference")


class Together(LoadScopeScheduling):
    """Hands out files and packages, as they are collected (`--no-loadscope-reorder`)."""

    def _split_scope(self, nodeid: str) -> str:
        return next((package for package in SHARED if _is_in(package, nodeid)), _module_of(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Whatever `--dist` says."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that neither process is left with it at the end."""
    items.sort(key=lambda item: _place_of(item.nodeid))


def _place_of(nodeid: str) -> int:
    return next((n for n, package in enumerate(LONG_FIRST) if _is_in(package, nodeid)), len(LONG_FIRST))


def _module_of(nodeid: str) -> str:
    return nodeid.partition("::")[0].removesuffix(".py").replace("/", ".")


def _is_in(package: str, nodeid: str) -> bool:
    return _module_of(nodeid).startswith(f"{package}.")
