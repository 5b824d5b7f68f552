"""The fair queue's arithmetic: who is next, whatever was submitted, reordered and begun before."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from studio.queue.schedule import (
    AHEAD_S,
    CREDIT_S,
    LAST_TICK,
    LONG_RENDER_S,
    MOST_HEADS,
    MOST_PREEMPTIONS,
    RunningRender,
    Tag,
    Waiting,
    advance,
    choose_to_preempt,
    comes_in_time,
    durable_priority,
    is_draft,
    needs_rebase,
    plan_heads,
    rank_between,
    rank_of,
    settle,
    tag_to_go_on,
)
from tests.bench.schedule_world import FAIR, Job, Org, World

SECONDS = st.floats(0.1, 600)
AT = 1_800_000_000.0


def test_the_first_takes_become_heads_one_after_the_other_on_the_account() -> None:
    waiting = [Waiting(name, 10) for name in "abcdef"]
    heads = plan_heads(waiting, virtual=0, finish=0, weight=2, room=16)
    assert heads.released == ("a", "b", "c", "d")
    assert heads.tags == {"a": Tag(0, 5), "b": Tag(5, 10), "c": Tag(10, 15), "d": Tag(15, 20)}
    assert heads.finish == 20


def test_a_plan_that_lets_one_take_run_shows_one_take() -> None:
    heads = plan_heads([Waiting("a", 10), Waiting("b", 10)], virtual=0, finish=0, weight=1, room=1)
    assert heads.released == ("a",)
    nothing = plan_heads([Waiting("a", 10, Tag(0, 10), head=True)], virtual=0, finish=10, weight=1, room=0)
    assert nothing.withdrawn == ("a",)


def test_a_draft_that_comes_before_a_head_takes_over_its_start_and_the_head_keeps_its_place_behind_it() -> None:
    render = Waiting("render", 240, Tag(7, 247), head=True)
    heads = plan_heads([Waiting("draft", 3), render], virtual=900, finish=247, weight=1, room=1)
    assert (heads.released, heads.withdrawn) == (("draft",), ("render",))
    assert heads.tags == {"draft": Tag(7, 10), "render": Tag(10, 250)}
    assert heads.finish == 250
    again = plan_heads([Waiting("render", 240, Tag(10, 250))], virtual=900, finish=250, weight=1, room=1)
    assert again.released == ("render",)
    assert (again.tags, again.finish) == ({}, 250)


def test_who_was_idle_comes_back_some_minutes_before_the_pools_time_and_no_more() -> None:
    heads = plan_heads([Waiting("a", 10)], virtual=5000, finish=0, weight=1, room=1)
    assert heads.tags["a"].start == 5000 - CREDIT_S
    busy = plan_heads([Waiting("a", 10)], virtual=5000, finish=4990, weight=1, room=1)
    assert busy.tags["a"].start == 4990


@given(st.lists(st.tuples(SECONDS, st.booleans()), max_size=12), st.integers(0, 8), st.randoms(use_true_random=False))
def test_heads_are_the_first_in_their_order_and_never_more_than_there_is_room_for(
    takes: list[tuple[float, bool]], room: int, draw: random.Random
) -> None:
    waiting = [Waiting(str(number), seconds) for number, (seconds, _) in enumerate(takes)]
    heads = plan_heads(waiting, virtual=0, finish=0, weight=1, room=room)
    shown = [Waiting(take.id, take.seconds, heads.tags.get(take.id), take.id in heads.released) for take in waiting]
    draw.shuffle(shown)
    after = plan_heads(shown, virtual=50, finish=heads.finish, weight=1, room=room)
    held = ({take.id for take in shown if take.head} | set(after.released)) - set(after.withdrawn)
    assert held == {take.id for take in shown[: min(room, MOST_HEADS)]}
    tags = {take.id: after.tags.get(take.id, take.tag) for take in shown}
    finishes = [tag.finish for take in shown if take.id in held and (tag := tags[take.id]) is not None]
    assert finishes == sorted(finishes)
    charged = sum(take.seconds for take in shown if tags[take.id] is not None)
    assert after.finish >= charged - 1e-6  # nobody renders for nothing by changing their mind
    settled = plan_heads(
        [Waiting(take.id, take.seconds, tags[take.id], take.id in held) for take in shown],
        virtual=50,
        finish=after.finish,
        weight=1,
        room=room,
    )
    assert (settled.tags, settled.released, settled.withdrawn) == ({}, (), ())


def test_an_account_that_is_settled_knows_what_was_used() -> None:
    assert settle(100, predicted_s=40, used_s=60, weight=2) == 110
    assert settle(100, predicted_s=40, used_s=0, weight=1) == 60


def test_within_an_organisation_urgent_takes_come_first_until_others_have_waited_for_a_day() -> None:
    draft, normal, batch = (rank_of(AT, priority) for priority in ("interactive", "normal", "batch"))
    assert draft < normal < batch
    assert rank_of(AT - AHEAD_S["batch"] - 1, "normal") < draft
    assert rank_of(AT, "normal") < rank_of(AT + 0.001, "normal")


@given(st.integers(0, 2**62), st.integers(1, 2**40))
def test_a_take_is_moved_between_two_others_while_there_is_room(before: int, gap: int) -> None:
    middle = rank_between(before, before + gap)
    assert (middle is None) == (gap == 1)
    assert middle is None or before < middle < before + gap


def test_thirty_moves_fit_between_two_takes_a_second_apart() -> None:
    before, after = rank_of(AT, "normal"), rank_of(AT + 1, "normal")
    for _ in range(30):
        middle = rank_between(before, after)
        assert middle is not None
        after = middle


def test_ranks_fit_a_databases_integers_for_centuries() -> None:
    assert rank_of(AT + 200 * 365 * 86_400, "batch") < 2**63


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_the_durable_queues_priority_keeps_the_order_of_finishes(one: float, other: float) -> None:
    ticks = [durable_priority(Tag(0, finish), 0.0) for finish in sorted((one, other))]
    assert 1 <= ticks[0] <= ticks[1] <= LAST_TICK


def test_a_draft_that_room_is_made_for_goes_before_all_that_wait_in_their_turn() -> None:
    first = durable_priority(Tag(9_000.0, 9_003.0), 0.0, has_asked=True)
    assert first < durable_priority(Tag(0.0, 1.0), 0.0)


def test_a_pool_counts_anew_long_before_its_numbers_end() -> None:
    assert not needs_rebase(1e6, 0)
    assert needs_rebase(1.1e7, 0)
    assert durable_priority(Tag(0, 1.2e7), 0) < LAST_TICK
    assert not needs_rebase(1.1e7, 1.1e7)


def test_a_pools_time_never_goes_back() -> None:
    assert advance(10, Tag(20, 30)) == 20
    assert advance(20, Tag(10, 400)) == 20


def test_only_short_interactive_takes_are_drafts_and_only_those_that_would_be_late_ask() -> None:
    assert is_draft(4, "interactive")
    assert not is_draft(4, "normal")
    assert not is_draft(120, "interactive")
    assert comes_in_time(3, 2)
    assert not comes_in_time(3, 30)


def test_the_render_that_makes_room_is_long_and_its_organisation_ahead_and_was_not_asked_often() -> None:
    def render(
        name: str, start: float = 0, left_s: float = 100, step_s: float = 3, preempted: int = 0
    ) -> RunningRender:
        return RunningRender(name, start, left_s, step_s, preempted)

    nearly_done, worn = render("a", left_s=LONG_RENDER_S), render("b", preempted=MOST_PREEMPTIONS)
    assert choose_to_preempt([nearly_done, worn], start=0) is None
    slow, quick = render("slow", step_s=6), render("quick", step_s=2)
    asked_before = render("asked", step_s=1, preempted=1)
    assert choose_to_preempt([nearly_done, slow, asked_before, quick], start=0) == quick
    ahead = render("ahead", start=CREDIT_S, step_s=6, preempted=1)
    assert choose_to_preempt([slow, quick, ahead], start=0) == ahead


def test_a_take_that_made_room_waits_behind_drafts_but_not_behind_renders_of_its_kind() -> None:
    went_on = tag_to_go_on(Tag(0, 240), virtual=1000, left_s=60, weight=1)
    assert went_on == Tag(0, 1060)
    assert durable_priority(Tag(1000, 1004), 0) < durable_priority(went_on, 0) < durable_priority(Tag(1000, 1240), 0)
    assert tag_to_go_on(Tag(0, 240), virtual=10, left_s=60, weight=1) == Tag(0, 240)


def test_a_draft_goes_before_a_take_of_its_organisation_that_made_room_for_it() -> None:
    stopped = Waiting("stopped", 240, Tag(0, 240), begun=True)
    heads = plan_heads([Waiting("draft", 3), stopped], virtual=0, finish=240, weight=1, room=4)
    assert heads.tags["draft"] == Tag(240, 243)
    assert durable_priority(heads.tags["draft"], 0) < durable_priority(heads.tags["stopped"], 0)
    assert heads.finish == 243


def test_whoever_floods_delays_nobody_but_itself() -> None:
    quiet = [Job(number, 0, 100.0 * number, 5, 5) for number in range(20)]
    flood = [Job(100 + number, 1, 0.0, 5, 5) for number in range(1000)]
    world = World([Org(), Org()], sorted([*quiet, *flood], key=lambda job: job.at), 2, FAIR)
    world.run()
    waited = [job.begun_at - job.at for job in quiet if job.begun_at is not None]
    assert len(waited) == 20
    assert max(waited) <= 6  # until a device is free
    assert world.idle_while_waiting_s == 0


def test_a_render_that_made_room_for_a_draft_is_done_whole() -> None:
    renders = [Job(number, number, 0.0, 120, 120, steps=40) for number in range(2)]
    draft = Job(2, 2, 30.0, 3, 3, priority="interactive")
    world = World([Org() for _ in range(3)], [*renders, draft], 2, FAIR)
    world.run()
    assert world.preemptions == 1
    assert draft.ended_at is not None
    assert draft.ended_at - draft.at < 10
    assert all(org.served_s >= 119.99 for org in world.orgs[:2])
