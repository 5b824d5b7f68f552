"""A child among others: it dies with its parent, and leaves prints, interrupts and idle cores to other people."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_LAST_WORDS_S = 0.5


def die_with_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends; elsewhere the closed socket has to do.

    A parent that died before this call is noticed by the socket too: its end is closed.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of a terminal: the parent decides what it means, and tells us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def send_prints_to_stderr() -> None:
    """File descriptor 1 becomes 2, for native libraries too: whoever reads our stdout must never meet a stray line."""
    sys.stdout.flush()
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def let_waiting_threads_sleep() -> None:
    """Call it before torch is imported: its threads then sleep while they wait for each other.

    They would spin, and take the very core that the one waited for needs as soon as another process wants a core, too.
    Changes no bit. Whoever starts us may say otherwise in the environment; what we start inherits it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def exit_soon(status: int) -> None:
    """End the process shortly, however busy its threads are; a second call changes nothing that matters."""
    timer = threading.Timer(_LAST_WORDS_S, os._exit, (status,))
    timer.daemon = True
    timer.start()
