"""Recordings: decoded in a confined child, trimmed and levelled, and what is said in them found."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from inference.speech.hearing import Recogniser
from inference.speech.intake import decode_recording
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, Line, Refusal, Samples, Speech, SpeechRefused
from inference.speech.recording import prepare_recording
from inference.speech.voice_activity import VoiceActivity
from tests.inference.speech.conftest import SENTENCE, go_on
from tests.inference.speech.music import PIECES, piece

CONTAINERS = {
    "wav": ("wav", "pcm_s16le", RATE), "mp3": ("mp3", "libmp3lame", 44_100), "m4a": ("mp4", "aac", 44_100),
    "ogg": ("ogg", "libopus", RATE), "webm": ("webm", "libopus", RATE),
}  # fmt: skip


def encoded(samples: Samples, kind: str) -> bytes:
    container_name, codec, rate = CONTAINERS[kind]
    body = io.BytesIO()
    with av.open(body, "w", format=container_name) as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2)[None].astype(np.float32), "flt", "stereo")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(
            stream.codec_context.format, "stereo", rate, stream.codec_context.frame_size or None
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return body.getvalue()


def correlation(one: Samples, other: Samples) -> float:
    """Of loudness over time, in steps of 10 ms: codecs change the waveform, and some begin up to 50 ms later."""
    count = min(len(one), len(other)) // 480 * 480
    first, second = (np.sqrt((sound[:count].reshape(-1, 480) ** 2).mean(axis=1)) for sound in (one, other))
    return max(float(np.corrcoef(np.roll(second, later), first)[0, 1]) for later in range(6))


@pytest.mark.parametrize("kind", list(CONTAINERS))
def test_what_browsers_and_phones_record_is_decoded(spoken: Speech, kind: str) -> None:
    decoded = decode_recording(encoded(spoken.samples, kind))
    assert decoded.dtype == np.float32
    assert abs(len(decoded) - len(spoken.samples)) < RATE // 5
    assert correlation(decoded, spoken.samples) > 0.9


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", "recording_unreadable"),
        (b"RIFF and then nothing that is a recording" * 9, "recording_unreadable"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "recording_unreadable"),
    ],
)
def test_what_is_no_recording_is_refused(body: bytes, refusal: Refusal) -> None:
    with pytest.raises(SpeechRefused) as refused:
        decode_recording(body)
    assert refused.value.refusal == refusal


def test_a_recording_that_is_too_long_is_refused_with_its_length(spoken: Speech) -> None:
    with pytest.raises(SpeechRefused, match=r"recording_too_long.*cut it to the line"):
        decode_recording(encoded(spoken.samples, "wav"), longest_s=1.0)


def test_a_recording_is_trimmed_levelled_and_its_words_found(
    spoken: Speech, activity: VoiceActivity, recogniser: Recogniser
) -> None:
    silence = np.zeros(RATE, np.float32)
    quiet = np.concatenate([silence, spoken.samples * 0.05, silence])
    recording = prepare_recording(quiet, activity, recogniser, (SENTENCE, "en-US"))
    assert recording.notes == ()
    assert [word.text for word in recording.speech.words] == [word.text for word in spoken.words]
    assert RATE * 0.5 < recording.trimmed_start < RATE * 1.5
    assert np.sqrt(np.mean(recording.speech.samples**2)) > 5 * np.sqrt(np.mean(quiet**2))
    assert np.abs(recording.speech.samples).max() <= 0.892
    offsets = [
        found.start + recording.trimmed_start - RATE - own.start
        for own, found in zip(spoken.words, recording.speech.words, strict=True)
    ]
    assert abs(np.median(offsets)) < RATE // 10


def test_other_words_than_the_line_are_noted(spoken: Speech, activity: VoiceActivity, recogniser: Recogniser) -> None:
    line = "Every morning the fishermen push their boats into the grey water."
    assert prepare_recording(spoken.samples, activity, recogniser, (line, "en-US")).notes == ("words_differ",)


def test_two_voices_at_once_are_noted_and_music_is_not(
    spoken: Speech, voices: KokoroVoices, activity: VoiceActivity, recogniser: Recogniser
) -> None:
    other = voices.speak(Line("Every morning the fishermen push their boats into the grey water.", "am_michael"), go_on)
    seconds = np.arange(len(spoken.samples)) / RATE
    chord = np.sum([np.sin(2 * np.pi * hertz * seconds) for hertz in (220, 277, 330, 440)], axis=0)

    def notes_beside(sound: Samples) -> tuple[str, ...]:
        level = np.sqrt(np.mean(spoken.samples**2) / np.mean(sound**2))
        mixed = 0.5 * (spoken.samples + level * np.resize(sound, len(spoken.samples)))
        return prepare_recording(mixed.astype(np.float32), activity, recogniser, (SENTENCE, "en-US")).notes

    assert notes_beside(other.samples)[0] in ("hard_to_hear", "words_differ")
    assert notes_beside(chord.astype(np.float32)) == ()


def test_without_known_words_the_sounds_have_times(
    spoken: Speech, activity: VoiceActivity, recogniser: Recogniser
) -> None:
    recording = prepare_recording(spoken.samples, activity, recogniser)
    assert recording.notes == ("sounds_only",)
    assert len(recording.speech.words) > 20


@pytest.mark.parametrize("seconds", [0, 2])
def test_what_is_silent_is_refused(seconds: int, activity: VoiceActivity, recogniser: Recogniser) -> None:
    with pytest.raises(SpeechRefused) as refused:
        prepare_recording(np.zeros(seconds * RATE, np.float32), activity, recogniser)
    assert refused.value.refusal == "recording_silent"


def test_a_distorted_recording_is_refused_and_a_few_peaks_are_noted(
    spoken: Speech, activity: VoiceActivity, recogniser: Recogniser
) -> None:
    peak = np.abs(spoken.samples).max()
    with pytest.raises(SpeechRefused, match="recording_clipped"):
        prepare_recording(np.clip(spoken.samples * 20 / peak, -1, 1), activity, recogniser)
    noted = prepare_recording(np.clip(spoken.samples * 1.5 / peak, -1, 1), activity, recogniser, (SENTENCE, "en-US"))
    assert noted.notes == ("clipped",)


@pytest.mark.parametrize("name", list(PIECES))
def test_music_instead_of_a_line_is_refused_in_words(
    name: str, activity: VoiceActivity, recogniser: Recogniser
) -> None:
    with pytest.raises(SpeechRefused, match="music does not count") as refused:
        prepare_recording(piece(name), activity, recogniser)
    assert refused.value.refusal == "recording_without_speech"


SAID = ("No.", "Good evening.", "Come here, my dear.", "Ten past four.", "Who is there?")
SPEAKERS = ("af_heart", "af_nicole", "af_sky", "am_puck", "am_onyx", "am_santa", "bf_emma", "bf_lily", "bm_george",
            "bm_daniel")  # fmt: skip


def test_nobody_who_speaks_is_taken_for_music(voices: KokoroVoices, activity: VoiceActivity) -> None:
    """Ten voices, each as it is, in noise, and over a telephone."""
    telephone = butter(4, (300, 3400), "bandpass", fs=RATE, output="sos")
    unheard = []
    for place, speaker in enumerate(SPEAKERS):
        spoken = voices.speak(Line(SAID[place % len(SAID)], speaker, (1.0, 0.75, 1.25)[place % 3]), go_on).samples
        noise = np.random.default_rng(place).standard_normal(len(spoken)) * np.sqrt(np.mean(spoken**2)) * 0.25
        for how, heard in (
            ("plain", spoken), ("in noise", spoken + noise), ("by telephone", sosfilt(telephone, spoken))
        ):  # fmt: skip
            if not activity.find(heard.astype(np.float32)):
                unheard.append((speaker, how))
    assert unheard == []
