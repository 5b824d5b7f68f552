"""Speech: lines of dialogue become sound whose every phoneme has its time, and recordings are heard the same way."""
