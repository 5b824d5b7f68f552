"""The vote on a cancel: begun after a step, read in the next one, and by all ranks alike."""

from __future__ import annotations

from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines.contract import CancelToken, RenderCancelled
from inference.worker.rank import CancelVote


def stops(token: CancelToken, settle: bool) -> bool:
    try:
        (token.settle if settle else token.check)()
    except RenderCancelled:
        return True
    return False


def test_who_is_told_before_a_vote_stops_all_when_it_is_read_and_nobody_before() -> None:
    def walk(mesh: Mesh) -> list[bool]:
        vote = CancelVote(mesh.votes)
        vote.open()
        if mesh.rank == 1:
            vote.told.set()  # too late for this vote
        seen = [stops(vote, settle=True)]
        vote.open()
        return [*seen, stops(vote, settle=False), stops(vote, settle=True), stops(vote, settle=False)]

    assert run_virtually(Layout(1, 4), walk) == [[False, False, True, True]] * 4


def test_a_vote_that_nobody_reads_is_closed_by_the_next_one() -> None:
    def walk(mesh: Mesh) -> bool:
        vote = CancelVote(mesh.votes)
        if mesh.rank == 0:
            vote.told.set()
        vote.open()
        vote.open()
        return stops(vote, settle=False)

    assert run_virtually(Layout(1, 2), walk) == [True, True]
