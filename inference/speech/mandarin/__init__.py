"""Mandarin: text → pinyin as it is spoken → the signs that the voices read."""
