"""Where the speech room's weights are in the cache, and where its lines are kept beside them. Torch-free."""

from __future__ import annotations

from pathlib import Path

from inference.registry.packaged import VOICE_ACTIVITY, require
from inference.registry.voice_pack import require_voice_pack
from inference.speech.port import SpeechFolders


def find_speech_folders(cache_dir: Path) -> SpeechFolders:
    """Raises PackagedModelUnavailable with the command that makes them."""
    voices, activity = require_voice_pack(cache_dir), require(VOICE_ACTIVITY, cache_dir)
    return SpeechFolders(voices, activity, cache_dir / "said-lines", cache_dir)
