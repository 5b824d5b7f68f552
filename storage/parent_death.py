"""`python parent_death.py COMMAND …`: become COMMAND, as a child that dies when its parent does.

The kernel sends SIGKILL when the thread that started this process ends, so start it from a thread that stays. A
program of its own, because code between fork and exec may not be Python.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ["DRAMATIS_PARENT"]):
            sys.exit("the parent has gone")  # it died before we could ask to be told
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 (an absolute path, from our own code)


if __name__ == "__main__":
    main()
