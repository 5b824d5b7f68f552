"""What is in the air where nobody stands: told by words, the same for the same seed and moment, never in a still."""

from __future__ import annotations

import numpy as np
import pytest

from inference.motion.air import Air, Weather, read_weather
from inference.motion.shot_renderer import Stage
from inference.protocol import BackdropPlate
from tests.inference.motion.shots import params


@pytest.mark.parametrize(
    ("prompt", "weather"),
    [
        ("Rain on the roofs.", "rain"), ("It is snowing over the town.", "snow"), ("Dust in a shaft of light", "dust"),
        ("Autumn leaves drift down.", "leaves"), ("雪花飘落在街上", "snow"), ("大雨倾盆", "rain"),
        ("A street, no rain.", None), ("After the rain the street shines.", None), ("没有雨的街道", None),
        ("He leaves the room.", None), ("A train arrives.", None),
    ],
)  # fmt: skip
def test_words_say_what_is_in_the_air(prompt: str, weather: Weather | None) -> None:
    assert read_weather(prompt) == weather


@pytest.mark.parametrize("weather", [None, "rain", "snow", "dust", "leaves"])
def test_a_moment_is_always_the_same_and_the_next_one_is_another(weather: Weather | None) -> None:
    plate = np.full((180, 320, 3), 90, np.uint8)
    one, other = Air(weather, 3), Air(weather, 3)
    one.lay(plate, 2.0)
    assert one.lay(plate, 0.5).tobytes() == other.lay(plate, 0.5).tobytes()
    assert one.lay(plate, 1.0).tobytes() != one.lay(plate, 0.5).tobytes()
    assert Air(weather, 4).lay(plate, 0.5).tobytes() != one.lay(plate, 0.5).tobytes()
    assert plate.min() == plate.max() == 90


def test_a_place_alone_has_parallax() -> None:
    shot = Stage([], BackdropPlate(name="street"), "ws", 320, 180)
    assert shot.draw(params()).tobytes() != shot.draw(params(camera_dolly=0.2)).tobytes()
    with pytest.raises(ValueError, match="no photo"):
        Stage([], None, "ws", 320, 180)
