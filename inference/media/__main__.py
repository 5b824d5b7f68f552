"""`python -m inference.media verify CLIP [--json]`: what the mark inside a clip says. Exit 0 only when it is valid."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from inference.media.verify import ProvenanceReport, verify_clip


def main() -> int:
    """Parse, verify, tell."""
    parser = argparse.ArgumentParser(prog="python -m inference.media")
    verify = parser.add_subparsers(required=True).add_parser("verify", help="check the provenance mark of a clip")
    verify.add_argument("clip", type=Path)
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    try:
        report = verify_clip(args.clip)
    except OSError as error:
        sys.stderr.write(f"{args.clip} cannot be read: {error.strerror}\n")
        return 1
    words = json.dumps(asdict(report)) if args.json else _tell(report)
    sys.stdout.write(words + "\n")
    return 0 if report.state == "valid" else 1


def _tell(report: ProvenanceReport) -> str:
    facts = {
        "mark": f"{report.state}: {report.words}",
        "signer": f"{report.signer} ({'trusted' if report.trusted else 'not on any trust list'})",
        "made by": report.claim_generator,
        "source": (report.digital_source_type or "").rsplit("/", 1)[-1] or None,
        "model": report.model,
        "receipt": report.receipt_sha256,
        "media": report.media_sha256,
        "problems": ", ".join(report.problems) or None,
    }
    if report.signer is None:
        facts["signer"] = None
    return "\n".join(f"{name:>9}  {value}" for name, value in facts.items() if value)


if __name__ == "__main__":
    sys.exit(main())
