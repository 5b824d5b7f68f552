"""Which models an organisation may ask for, and in which pools of nodes.

Its own pools go before the shared one: a model that nodes of its own announce is rendered by them, any other by
everybody's. Whoever names a pool is held to it. A pool that is not the organisation's is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType

from inference.catalogue import ModelCard
from studio.generation.refusals import RequestUnrenderable
from studio.queue.durable import SHARED

Cards = Mapping[str, ModelCard]
NO_POOLS: Mapping[str, Cards] = MappingProxyType({})


class OfferedModels(dict[str, ModelCard]):
    """Cards by name. shared: what everybody's nodes announce; own: what those of the organisation's pools do."""

    def __init__(self, shared: Cards, own: Mapping[str, Cards] = NO_POOLS) -> None:
        super().__init__(shared)
        for cards in own.values():
            self.update(cards)
        self._shared, self._own = shared, own

    def within(self, pool: str | None) -> OfferedModels:
        """What one pool offers; None: whichever does. Raises RequestUnrenderable."""
        check_pool(pool, self._own)
        if pool is None:
            return self
        if pool == SHARED:
            return OfferedModels(self._shared)
        return OfferedModels({}, {pool: self._own[pool]})

    def only(self, is_offered: Callable[[str], bool]) -> OfferedModels:
        """Without the others."""

        def kept(cards: Cards) -> Cards:
            return {name: card for name, card in cards.items() if is_offered(name)}

        return OfferedModels(kept(self._shared), {pool: kept(cards) for pool, cards in self._own.items()})

    def pools_of(self, model: str) -> list[str]:
        """Where a take of this model may be rendered, its own pools first."""
        pools = [pool for pool, cards in self._own.items() if model in cards]
        return [*pools, SHARED] if model in self._shared else pools

    def pool_for(self, model: str, usual: str | None) -> str:
        """Where a take of this model goes. usual: the organisation's usual pool, where it has one."""
        pools = self.pools_of(model)
        if not pools or usual in pools:
            return usual or SHARED
        return pools[0]


def check_pool(pool: str | None, own: Iterable[str]) -> None:
    """None: none is named. own: the organisation's pools. Raises RequestUnrenderable where it names another one."""
    pools = [*own, SHARED]
    if pool is not None and pool not in pools:
        raise RequestUnrenderable(
            f"there is no pool {pool!r}; there are: {', '.join(pools)}", field="pool", nearest=pools
        )


OfferTo = Callable[[str], Awaitable[OfferedModels]]  # an organisation, by id


def offer_to_everybody(cards: Callable[[], Awaitable[Cards]]) -> OfferTo:
    """The same to each organisation: where there are no pools."""

    async def offer(_: str) -> OfferedModels:
        return OfferedModels(await cards())

    return offer
