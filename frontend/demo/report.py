"""What a finished take says about itself, for people: verdicts, the curve of likeness, the receipt."""

from __future__ import annotations

from typing import Any

import pandas as pd

MARKS = {"pass": "✓ the face was kept", "fail": "✗ the face was lost", "unscored": "~ too few frames to tell"}


def curve(take: dict[str, Any]) -> pd.DataFrame:
    """Likeness over time, one row a frame and line; the threshold is a line of its own."""
    rows: list[dict[str, Any]] = []
    for report in take["identity"] or []:
        for frame, score in enumerate(report["series"]):
            seconds = round(frame / take["fps"], 3)
            rows.append({"seconds": seconds, "likeness": score, "line": report["character_name"]})
            rows.append({"seconds": seconds, "likeness": report["threshold"], "line": "threshold"})
    return pd.DataFrame(rows, columns=["seconds", "likeness", "line"]).dropna()


def verdicts(take: dict[str, Any]) -> str:
    """The identity report and the engine's remarks, as Markdown."""
    lines = [_verdict(report) for report in take["identity"] or []]
    lines += [f"- {note['message']}" for note in take["notes"] if note.get("message")]
    timings = take["timings"]
    lines.append(f"\nRendered in {timings['render_s']:.1f} s · seed {take['seed']} · {take['size']} · {take['model']}")
    return "\n".join(lines)


def _verdict(report: dict[str, Any]) -> str:
    if report["score"] is None:
        return f"### {MARKS['unscored']}"
    against = "the same photo" if report["compared_with"] == "same_photo" else "other photos"
    return (
        f"### {MARKS[report['verdict']]}: {report['score']:.2f}\n"
        f"compared with {against}; worst tenth {report['worst_decile']:.2f}, "
        f"seen in {report['presence']:.0%} of the frames, threshold {report['threshold']:.2f}"
    )
