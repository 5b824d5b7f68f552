"""`python -m inference.media.cut_process`: a cut, written by a child that has no network and dies with its parent.

Standard input: one JSON object {title, title_frames, width, height, fps, clips, output, signer, software, receipt,
parent (a process id)}, each clip {path, colours, ambience, scene}.
Standard output: a JSON object a line: {"written": frames} now and then, and last {"finished": {…}} or {"failed": {…}}.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_TELL_EVERY_S = 0.2
_NICENESS = 10  # renders and the studio itself come first


def main() -> None:
    """Read, write, tell."""
    _confine()
    asked = json.load(sys.stdin)
    if os.getppid() != asked["parent"]:
        sys.exit("the parent has gone")  # it died before the kernel was asked to tell
    from inference.media.cut import ClipUnreadable  # after the confinement, which needs a single thread

    try:
        _tell({"finished": _write(asked)})
    except ClipUnreadable as error:
        _tell({"failed": {"code": "bad_source", "message": str(error), "clip": error.place}})


def _write(asked: dict[str, Any]) -> dict[str, Any]:
    from inference.media.colours import Colours
    from inference.media.cut import CutClip, CutSpec, write_cut
    from inference.media.provenance import ClipSigner
    from inference.media.signing_identity import ensure_signing_identity

    output = Path(asked["output"])
    unsigned = output.with_suffix(".unsigned.mp4")
    clips = tuple(
        CutClip(
            Path(one["path"]),
            None if one["colours"] is None else Colours(**one["colours"]),
            one["ambience"],
            one["scene"],
        )
        for one in asked["clips"]
    )
    spec = CutSpec(asked["title"], asked["title_frames"], asked["width"], asked["height"], asked["fps"], clips)
    told_at = 0.0

    def on_frame(written: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELL_EVERY_S:
            told_at = time.monotonic()
            _tell({"written": written})

    cut = write_cut(spec, unsigned, on_frame)
    media_sha256 = _sha256_of(unsigned)
    signer = ClipSigner(ensure_signing_identity(Path(asked["signer"])), asked["software"])
    receipt = json.dumps(asked["receipt"], sort_keys=True, separators=(",", ":")).encode()
    signer.sign(
        unsigned,
        output,
        receipt_sha256=hashlib.sha256(receipt).hexdigest(),
        media_sha256=media_sha256,
        model="cut",
        title=asked["title"],
    )
    unsigned.unlink()
    return {
        "frames": cut.frames,
        "clip_frames": list(cut.clip_frames),
        "titled": cut.titled,
        "sha256": _sha256_of(output),
        "size_bytes": output.stat().st_size,
        "media_sha256": media_sha256,
    }


def _confine() -> None:
    """Only tightening; where a kernel does not offer something, the rest still holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNET) != 0:  # root may; others need a user namespace around it
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    os.nice(_NICENESS)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
