"""R10: five channels sell, figures arrive up to a minute late: no more is oversold than was under way, less the buffer."""

from __future__ import annotations

import heapq
from random import Random

import pytest

from orderhub.inventory import (
    ChannelPolicy,
    ChannelRule,
    ChannelRules,
    ChannelView,
    Receive,
    Reserve,
    StockLine,
    open_ledger,
)

SHOPS = tuple(f"p{number}:s" for number in range(5))
HISTORIES = 400
LAG_MAX_S = 60


class Day:
    """One SKU; buyers buy wherever units are shown, the ledger hears of it later, and shops of the ledger later still."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.buffer = self.random.randrange(6)
        self.rules = ChannelRules((ChannelRule(policy=ChannelPolicy(buffer=self.buffer)),))
        self.ledger = open_ledger("memory:")
        self.units = self.random.randrange(1, 15)
        self.ledger.apply([Receive("r", (StockLine("A", "sh", self.units),))])
        self.shows = dict.fromkeys(SHOPS, 0)
        self.told = dict.fromkeys(SHOPS, (-1, 0))
        self.booked: dict[int, int] = {}
        self.sold = self.refused = self.unseen_max = 0
        self.events: list[tuple[float, int, str, str, int, int]] = []
        self._push(0.0)

    def _later(self, at: float, what: str, shop: str, version: int, quantity: int) -> None:
        heapq.heappush(self.events, (at, len(self.events), what, shop, version, quantity))

    def _push(self, at: float) -> None:
        view = ChannelView(self.ledger.snapshot(), SHOPS, rules=self.rules)
        for shop in SHOPS:
            lag = self.random.random() * LAG_MAX_S
            self._later(at + lag, "figure", shop, view.version, view.shown(shop, "A").quantity or 0)

    def _figure(self, shop: str, version: int, quantity: int) -> None:
        if version >= self.told[shop][0]:  # what tests/property/test_channel_pushes.py is about
            self.told[shop], self.shows[shop] = (version, self.booked.get(version, 0)), quantity

    def _buy(self, at: float, shop: str) -> None:
        if self.shows[shop] > 0:
            self.unseen_max = max(self.unseen_max, self.sold - self.told[shop][1] + 1)
            self.shows[shop] -= 1
            self.sold += 1
            self._later(at + self.random.random() * LAG_MAX_S, "book", shop, 0, 0)

    def _book(self, at: float) -> None:
        """The order reaches the ledger; a refused one was oversold, and is told as that."""
        key = f"o{self.sold}:{len(self.booked)}:{self.refused}"
        [outcome] = self.ledger.apply([Reserve(key, (StockLine("A", "sh", 1),))])
        self.refused += not outcome.ok
        self.booked[self.ledger.snapshot().version] = max(self.booked.values(), default=0) + outcome.ok
        self._push(at)

    def play(self) -> None:
        """Two hundred buyers, in bursts."""
        for _ in range(200):
            self._later(self.random.random() ** 2 * 1_200, "buy", self.random.choice(SHOPS), 0, 0)
        while self.events:
            at, _, what, shop, version, quantity = heapq.heappop(self.events)
            if what == "figure":
                self._figure(shop, version, quantity)
            elif what == "buy":
                self._buy(at, shop)
            else:
                self._book(at)


@pytest.mark.fault(51)
def test_no_more_is_oversold_than_was_under_way_less_the_buffer() -> None:
    sold = oversold = within = 0
    for seed in range(HISTORIES):
        day = Day(seed)
        day.play()
        level = day.ledger.level("A", "sh")
        bound = max(0, day.unseen_max - day.buffer)
        assert day.refused == max(0, day.sold - day.units), f"seed={seed}"
        assert day.refused <= bound, f"seed={seed}: {day.refused} oversold, bound {bound}"
        assert level.available == day.units - (day.sold - day.refused) >= 0, f"seed={seed}"
        sold, oversold, within = sold + day.sold, oversold + day.refused, within + (bound == 0)
    assert sold > 5 * HISTORIES
    assert oversold > 0
    assert within > HISTORIES // 20, "hardly any buffer was large enough for its day"
