"""Which models exist, what they may be asked for, under which licence, and what they cost in time. Torch-free.

`check(request)` is the one gate: it refuses what a model cannot do and names the nearest legal values. Nothing is
rounded.
"""

from __future__ import annotations

from inference.catalogue.card import Control, Limits, ModelCard
from inference.catalogue.cards import (
    MODELS,
    PREVIS,
    PULLED,
    WAN_2_2_VACE,
    WAN_ANIMATE,
    WAN_ANIMATE_2,
    WAN_ANIMATE_2_DISTILLED,
    WAN_VACE_1_3B,
    WAN_VACE_14B,
)
from inference.catalogue.known import (
    DEFAULT_MODEL,
    LOCK_NAME,
    get_card,
    known_models,
    with_distilled,
)
from inference.catalogue.line_cost import guess_seconds
from inference.catalogue.refusal import RequestRefused
from inference.catalogue.request_check import check, check_against
from inference.catalogue.slate import MAGIC_PROMPTS, TEST, MagicPrompt, magic_of
from inference.catalogue.variants import (
    Variant,
    VariantUnreadable,
    check_variant_name,
    folder_of_model,
    pullable_cards,
    read_variants,
    write_variant,
)
from inference.catalogue.voice_server import SERVER_ENGINE, VoiceServerUnreadable, offer_voices, read_voice_server
from inference.catalogue.voices import (
    ENGINE,
    LANGUAGES,
    LONGEST_RECORDING_S,
    MOST_CHARACTERS,
    MOST_RECORDING_BYTES,
    VOICES,
    Age,
    Language,
    Sex,
    Voice,
)

__all__ = [
    "DEFAULT_MODEL",
    "ENGINE",
    "LANGUAGES",
    "LOCK_NAME",
    "LONGEST_RECORDING_S",
    "MAGIC_PROMPTS",
    "MODELS",
    "MOST_CHARACTERS",
    "MOST_RECORDING_BYTES",
    "PREVIS",
    "PULLED",
    "SERVER_ENGINE",
    "TEST",
    "VOICES",
    "WAN_2_2_VACE",
    "WAN_ANIMATE",
    "WAN_ANIMATE_2",
    "WAN_ANIMATE_2_DISTILLED",
    "WAN_VACE_1_3B",
    "WAN_VACE_14B",
    "Age",
    "Control",
    "Language",
    "Limits",
    "MagicPrompt",
    "ModelCard",
    "RequestRefused",
    "Sex",
    "Variant",
    "VariantUnreadable",
    "Voice",
    "VoiceServerUnreadable",
    "check",
    "check_against",
    "check_variant_name",
    "folder_of_model",
    "get_card",
    "guess_seconds",
    "known_models",
    "magic_of",
    "offer_voices",
    "pullable_cards",
    "read_variants",
    "read_voice_server",
    "with_distilled",
    "write_variant",
]
