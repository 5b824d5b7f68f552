"""How commands speak: bars on a terminal, plain lines elsewhere, refusals in one red line with exit status 2."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

USAGE_EXIT = 2
PLAIN_LINE_EVERY_S = 1.0


class Meter(Protocol):
    """Shows how far some long work is."""

    def stage(self, words: str) -> None:
        """Name what is being done now."""
        ...

    def step(self, done: int, total: int) -> None:
        """How far the present stage is."""
        ...


class BarMeter:
    """A bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("starting", total=None)

    def stage(self, words: str) -> None:
        self._progress.update(self._task, description=words, total=None, completed=0)

    def step(self, done: int, total: int) -> None:
        self._progress.update(self._task, total=total, completed=done)


class LineMeter:
    """A line for each stage, and now and then one for its steps, where there is no terminal."""

    def __init__(self) -> None:
        self._words = ""
        self._told_at = 0.0

    def stage(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self._told_at = time.monotonic()
            err.print(words)

    def step(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= PLAIN_LINE_EVERY_S:
            self._told_at = now
            err.print(f"{self._words} {done}/{total}")


@contextmanager
def meter() -> Iterator[Meter]:
    """A meter for the length of a `with`; on stderr, so that stdout stays for results."""
    if not sys.stderr.isatty():
        yield LineMeter()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        yield BarMeter(progress)


def refuse(words: str, *, exit_status: int = 1) -> typer.Exit:
    """Say why not; raise what this returns."""
    err.print(words, style="bold red", markup=False)
    return typer.Exit(exit_status)
