"""Which steps of a draft are computed, and how many forwards a render takes: policies and estimates read it here.

Torch-free. Known before the first step, so that all ranks skip the same ones and a take's cost can be told.
"""

from __future__ import annotations

from math import ceil

EVERY, WARM = 2, 0.25  # one step in so many is computed, once the first quarter of all is done
GUIDANCE_EVERY = 2  # of the computed steps, at which the second text is asked
NEEDED = 2  # predictions from which another is extrapolated
_LONG = 2  # steps at the end: the longest ones, under the published shifts


def plan_steps(steps: int, every: int = EVERY, warm: float = WARM, turns: tuple[int, ...] = (0,)) -> tuple[bool, ...]:
    """For each step whether it is computed. turns: the steps with which another expert begins, the first one too.

    The last two always are, and the first two of every expert: one's predictions say nothing of another's.
    """
    computed: list[bool] = []
    last = 0
    for step in range(steps):
        begins = any(turn <= step < turn + NEEDED for turn in turns)
        held = step < ceil(warm * steps) or step >= steps - _LONG
        now = begins or held or step - last >= every
        last = step if now else last
        computed.append(now)
    return tuple(computed)


def count_forwards(steps: int, guidance_scale: float, guidance_ranks: int = 1, *, skips: bool = False) -> int:
    """Forwards one after another. skips: as a draft does. Of two experts it takes up to three more, at their turn."""
    computed = sum(plan_steps(steps)) if skips else steps
    if guidance_scale == 1.0 or guidance_ranks > 1:
        return computed
    return computed + (ceil(computed / GUIDANCE_EVERY) if skips else computed)
