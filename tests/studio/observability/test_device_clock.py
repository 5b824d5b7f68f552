"""Device-seconds: never more than there were, and each to the model that took it."""

from __future__ import annotations

from inference.protocol import Started, Step
from studio.observability.device_clock import DeviceClock
from studio.observability.render_meter import RenderMeter
from tests.studio.engines.turns import a_request
from tests.studio.observability.pages import value_of


class Clock:
    """One whose hands a test moves."""

    def __init__(self, engines: int = 1, devices_each: int = 1) -> None:
        self.now = 100.0
        self.counted: dict[str, float] = {}
        self.devices = DeviceClock(self._count, lambda: self.now)
        self.devices.have(engines, devices_each)

    def _count(self, model: str, seconds: float) -> None:
        self.counted[model] = self.counted.get(model, 0) + seconds


def test_nothing_is_counted_at_rest() -> None:
    clock = Clock()
    clock.now += 60
    clock.devices.read()
    assert clock.counted == {}


def test_renders_that_overlap_on_one_engine_share_its_devices() -> None:
    clock = Clock(devices_each=8)
    clock.devices.begin("one", "wan")
    clock.now += 10
    clock.devices.begin("two", "previs")
    clock.now += 4
    clock.devices.end("one")
    clock.now += 1
    clock.devices.end("two")
    clock.now += 50
    clock.devices.read()
    assert clock.counted == {"wan": 8 * (10 + 2), "previs": 8 * (2 + 1)}


def test_engines_side_by_side_have_their_own() -> None:
    clock = Clock(engines=2)
    clock.devices.begin("one", "wan")
    clock.devices.begin("two", "wan")
    clock.now += 5
    clock.devices.read()
    assert clock.counted == {"wan": 10}


def test_a_render_that_never_began_ends_in_silence() -> None:
    clock = Clock()
    clock.devices.end("one")
    clock.now += 5
    clock.devices.read()
    assert clock.counted == {}


def test_a_render_that_goes_on_counts_the_steps_that_it_does() -> None:
    labels = {"model": a_request().model, "stage": "denoise"}
    before = value_of("dramatis_steps_total", **labels)
    meter = RenderMeter("take.2", a_request(), Clock().devices)
    meter.note(Started(id="take.2", device="cpu"))
    for done in (7, 8, 10):  # the six before them are the checkpoint's
        meter.note(Step(id="take.2", stage="denoise", done=done, total=10))
    meter.close()
    assert value_of("dramatis_steps_total", **labels) - before == 4
