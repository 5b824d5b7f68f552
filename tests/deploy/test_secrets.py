"""Settings as files, for containers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_setting_can_be_a_file_and_a_variable_goes_before(tmp_path: Path) -> None:
    (tmp_path / "dramatis_database_url").write_text("postgresql+psycopg://somebody:secret@somewhere/films\n")
    (tmp_path / "dramatis_s3_bucket").write_text("from-a-file\n")
    look = "from studio.config import Settings; s = Settings(); print(s.database, s.s3_bucket)"
    told = os.environ | {"DRAMATIS_SECRETS_DIR": str(tmp_path), "DRAMATIS_S3_BUCKET": "from-a-variable"}
    done = subprocess.run([sys.executable, "-c", look], env=told, capture_output=True, text=True)
    assert done.stdout.split() == ["postgresql+psycopg://somebody:secret@somewhere/films", "from-a-variable"], (
        done.stderr
    )
