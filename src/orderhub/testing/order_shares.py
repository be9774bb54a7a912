"""The laws of shares. Imports `ports`, `models` only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from orderhub.ports import HeldShare, ShareAsk, ShareBid, Shares, Split
from orderhub.testing.order_samples import Factory

__all__ = ["SHARE_LAWS"]


def _capped(key: str, most: int = 3, hold_s: int = 900) -> ShareAsk:
    """Rather north, of which there are `most`; else south, of which there are two; else nothing."""
    return ShareAsk(
        key, (ShareBid("north", (("north", most), ("all", 99))), ShareBid("south", (("south", 2),))), hold_s
    )


def _split(key: str, *names: str) -> ShareAsk:
    """Six, three and one of ten, between those carriers that can take the parcel."""
    parts = {"north": 6, "south": 3, "rest": 1}
    wanted = names or tuple(parts)
    return ShareAsk(key, tuple(
        ShareBid(name, (), Split("all", f"all:{name}", parts[name], 10), 3, True) for name in sorted(wanted)
    ))  # fmt: skip


def law_shares_stop_at_the_most(make: Factory[Shares]) -> None:
    """Bids are taken by rank until their counters are full; what refused a better bid is told."""
    store = make()
    found = store.take_shares([_capped(f"p{number}") for number in range(7)])
    assert [share.name for share in found] == ["north", "north", "north", "south", "south", None, None]
    assert found[0].full == () and found[3].full == ("north",) and found[5].full == ("north", "south")
    assert store.share_counts(["north", "south", "all", "none"]) == {"north": 3, "south": 2, "all": 3, "none": 0}


def law_a_share_is_taken_once_a_key(make: Factory[Shares]) -> None:
    """The same key again has the same answer and counts once, also within one call; other bids move it."""
    store = make()
    first = store.take_shares([_capped("a"), _capped("a"), _capped("b")])
    assert [share.name for share in first] == ["north"] * 3
    assert [share.name for share in store.take_shares([_capped("b"), _capped("a")])] == ["north", "north"]
    assert store.share_counts(["north"]) == {"north": 2}
    assert store.shares_of(["a", "c"]) == {"a": HeldShare("north", ("north", "all"))}
    (moved,) = store.take_shares([ShareAsk("a", (ShareBid("south", (("south", 2),)),))])
    assert moved.name == "south" and store.share_counts(["north", "south"]) == {"north": 1, "south": 1}
    (none,) = store.take_shares([ShareAsk("a", ())])
    assert none.name is None and store.share_counts(["north", "south"]) == {"north": 1, "south": 0}


def law_shares_come_back(make: Factory[Shares]) -> None:
    """Dropped ones at once, held ones when their time is over, kept ones never."""
    store = make()
    store.take_shares([_capped("kept"), _capped("dropped"), _capped("lost", hold_s=0)])
    assert store.keep_shares(["kept"]) == [True]
    assert store.keep_shares(["lost", "nobody"]) == [False, False], "its time was over"
    assert store.share_counts(["north"]) == {"north": 2}
    store.drop_shares(["dropped", "nobody"])
    store.drop_shares(["dropped"])
    assert store.share_counts(["north", "all"]) == {"north": 1, "all": 1}
    store.take_shares([_capped("kept", hold_s=0)])
    assert store.keep_shares(["kept"]) == [True], "asking again must not loosen a kept share"
    store.drop_shares(["kept"])
    assert store.share_counts(["north", "all"]) == {"north": 0, "all": 0}


def law_parts_stay_near_their_whole(make: Factory[Shares]) -> None:
    """After any number of parcels no part is more than one parcel ahead of its share, in batches or one by one."""
    together, one_by_one = make(), make()
    asks = [_split(f"p{number}") for number in range(40)]
    names = [share.name for share in together.take_shares(asks)]
    assert names == [one_by_one.take_shares([ask])[0].name for ask in asks]
    for end in range(1, len(names) + 1):
        for name, parts in (("north", 6), ("south", 3), ("rest", 1)):
            assert abs(names[:end].count(name) - parts * end / 10) <= 1, (end, name)
    assert Counter(names) == {"north": 24, "south": 12, "rest": 4}


def law_parts_make_up_for_what_only_one_could_take(make: Factory[Shares]) -> None:
    """A parcel that only one carrier takes counts for it, and the others get the next ones."""
    store = make()
    assert {share.name for share in store.take_shares([_split(f"far{n}", "rest") for n in range(4)])} == {"rest"}
    names = [share.name for share in store.take_shares([_split(f"p{number}") for number in range(36)])]
    assert Counter(names) == {"north": 24, "south": 12}


def law_racing_workers_never_exceed(make: Factory[Shares]) -> None:
    """Workers that draw at once get exactly what there is."""
    store = make()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: store.take_shares([_capped(f"p{number}", 10)])[0].name, range(24)))
    assert Counter(found) == {"north": 10, "south": 2, None: 12}
    assert store.share_counts(["north", "south", "all"]) == {"north": 10, "south": 2, "all": 10}


SHARE_LAWS: Final[Mapping[str, Callable[[Factory[Any]], None]]] = {
    law.__name__.removeprefix("law_"): law
    for law in (
        law_shares_stop_at_the_most,
        law_a_share_is_taken_once_a_key,
        law_shares_come_back,
        law_parts_stay_near_their_whole,
        law_parts_make_up_for_what_only_one_could_take,
        law_racing_workers_never_exceed,
    )
}
"""The laws of `Shares`, by name."""
