"""The laws of tokens, quarantine, run log, seen ids, claims and outbox. Imports `ports`, `models` only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

from orderhub.models import (
    Finding,
    Severity,
    Token,
)
from orderhub.ports import (
    Claims,
    Outbox,
    Papers,
    Quarantine,
    QuarantinedOrder,
    Run,
    RunLog,
    SeenIds,
    TokenStore,
)
from orderhub.testing.order_samples import DAY, Factory, at, refuses

__all__ = ["PORT_LAWS"]


def law_tokens_are_put_if_unchanged(make: Factory[TokenStore]) -> None:
    """Only who has read the current version may replace it."""
    store = make()
    first = Token("a1", "r1", at(60), at(600), {"orders": at(60)}, {"seller": "s"})
    assert store.get_token("taobao:tb-1") is None
    refuses(lambda: store.put_token("taobao:tb-1", first, 3))
    assert store.put_token("taobao:tb-1", first, 0) == 1
    assert store.get_token("taobao:tb-1") == (first, 1)
    refuses(lambda: store.put_token("taobao:tb-1", Token("a2"), 0))
    assert store.put_token("taobao:tb-1", Token("a2"), 1) == 2
    refuses(lambda: store.put_token("taobao:tb-1", Token("a3"), 1))
    assert store.get_token("taobao:tb-1") == (Token("a2"), 2) and store.get_token("jd:1") is None


def law_papers_are_kept_by_order(make: Factory[Papers]) -> None:
    """Texts are kept by order and name, replaced and dropped by name; one order never sees another's."""
    store = make()
    store.put_papers("taobao:a:1", {"label:1": "first", "label:2": "二号"})
    store.put_papers("taobao:a:1", {"label:1": "again"})
    store.put_papers("taobao:A:1", {"label:1": "theirs"})
    store.put_papers("taobao:a:1_", {})
    store.put_papers("taobao:a:12", {"label:%": "longer"})
    assert store.papers_of("taobao:a:1") == {"label:1": "again", "label:2": "二号"}
    assert store.papers_of("taobao:A:1") == {"label:1": "theirs"} and store.papers_of("taobao:a:1_") == {}
    store.drop_papers("taobao:a:1", ["label:1", "none"])
    assert store.papers_of("taobao:a:1") == {"label:2": "二号"} and store.papers_of("taobao:a:12") != {}
    assert store.papers_of("taobao:a:_2") == {}


def law_quarantine_counts_attempts(make: Factory[Quarantine]) -> None:
    """The same key again is one more attempt with the newest document; released keys are gone."""
    store = make()
    finding = Finding(code="decode", severity=Severity.ERROR, message="total missing", order_id="1")
    item = QuarantinedOrder("k1", "taobao", "tb-1", "1", "decode", finding, b"\x00raw", at(0))
    other = QuarantinedOrder("k0", "jd", "jd-1", None, "decode", finding, b"{}", at(5))
    store.put_quarantined([item, other])
    store.put_quarantined([QuarantinedOrder("k1", "taobao", "tb-1", "1", "status", finding, b"new", at(9))])
    held = store.quarantined()
    assert [(h.key, h.attempts, h.reason, h.raw) for h in held] == [
        ("k1", 2, "status", b"new"),
        ("k0", 1, "decode", b"{}"),
    ]
    assert held[0].first_seen_at == at(0) and held[0].finding == finding
    assert [h.key for h in store.quarantined(platform="jd", shop_id="jd-1")] == ["k0"]
    store.release_quarantined(["k1", "unknown"])
    assert [h.key for h in store.quarantined()] == ["k0"]


def law_runs_are_newest_first(make: Factory[RunLog]) -> None:
    """Insert or replace by id; the newest start comes first."""
    store = make()
    for second, shop in ((1, "a"), (2, "b"), (3, "a")):
        store.put_run(Run(f"run-{second}", "pull", shop, at(second)))
    store.put_run(Run("run-1", "pull", "a", at(1), at(4), {"orders": 7}, "slow"))
    assert [run.run_id for run in store.runs()] == ["run-3", "run-2", "run-1"]
    assert [run.run_id for run in store.runs(shop_key="a", limit=1)] == ["run-3"]
    assert store.runs(shop_key="a")[1] == Run("run-1", "pull", "a", at(1), at(4), {"orders": 7}, "slow")


def law_ids_are_new_once(make: Factory[SeenIds]) -> None:
    """True the first time within a scope; remembered for a day at least, forgotten some time."""
    store = make()
    assert store.first_seen("taobao", ["1", "2", "1"], at(0)) == [True, True, False]
    assert store.is_seen("taobao", ["3", "2", "1"]) == [False, True, True]
    assert store.first_seen("taobao", ["2", "3"], at(86_400)) == [False, True], "asking must not record"
    assert store.first_seen("jd", ["1"], at(0)) == [True]
    assert store.first_seen("taobao", [], at(0)) == []
    assert store.first_seen("taobao", ["1"], DAY + timedelta(days=365)) == [True]


def law_claims_are_won_once(make: Factory[Claims]) -> None:
    """One winner; the others see the result once there is one; an abandoned claim is free again."""
    store = make()
    assert store.claim(["a", "b", "a"], at(0)) == [(True, None), (True, None), (False, None)]
    store.resolve({"a": '{"waybill": "SF1"}'})
    assert store.claim(["a", "b", "c"], at(1)) == [(False, '{"waybill": "SF1"}'), (False, None), (True, None)]
    store.abandon(["a", "b", "unknown"])
    assert store.claim(["a", "b"], at(2)) == [(False, '{"waybill": "SF1"}'), (True, None)]
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda _: store.claim([f"k{i}" for i in range(20)], at(3)), range(8)))
    assert [sum(answer[i][0] for answer in won) for i in range(20)] == [1] * 20, "a claim had more than one winner"


def law_outbox_delivers_the_newest(make: Factory[Outbox]) -> None:
    """At least once, newest version only, nothing older after something newer."""
    store = make()
    store.put_outbox("stock", {"A": "5", "B": "1"}, version=3)
    store.put_outbox("stock", {"A": "9"}, version=2)
    store.put_outbox("mail", {"A": "hello"})
    assert store.take_outbox("stock") == [("A", "5", 3), ("B", "1", 3)]
    assert store.take_outbox("stock", limit=1) == [("A", "5", 3)], "a row waits until it is done"
    store.put_outbox("stock", {"A": "4"}, version=4)
    store.done_outbox("stock", [("A", 3), ("B", 3)])
    assert store.take_outbox("stock") == [("A", "4", 4)], "a row that changed meanwhile must stay"
    store.done_outbox("stock", [("A", 4)])
    store.put_outbox("stock", {"A": "5"}, version=3)
    assert store.take_outbox("stock") == [], "an older figure must not follow a newer one"
    assert store.take_outbox("mail") == [("A", "hello", 0)]


def law_outbox_keeps_what_changed_under_delivery(make: Factory[Outbox]) -> None:
    """Without versions too: a row replaced after it was taken is delivered again with its new text."""
    store = make()
    store.put_outbox("mail", {"k": "old"})
    assert store.peek_outbox("mail") == [("k", "old", 0)]
    store.done_outbox("mail", [("k", 0)])
    assert store.take_outbox("mail") == [("k", "old", 0)], "who has only looked has delivered nothing"
    store.put_outbox("mail", {"k": "new"})
    store.done_outbox("mail", [("k", 0)])
    assert store.take_outbox("mail") == [("k", "new", 0)]
    store.done_outbox("mail", [("k", 0)])
    assert store.take_outbox("mail") == []


PORT_LAWS: Final[Mapping[str, Callable[[Factory[Any]], None]]] = {
    law.__name__.removeprefix("law_"): law
    for law in (
        law_tokens_are_put_if_unchanged,
        law_quarantine_counts_attempts,
        law_runs_are_newest_first,
        law_ids_are_new_once,
        law_claims_are_won_once,
        law_papers_are_kept_by_order,
        law_outbox_delivers_the_newest,
        law_outbox_keeps_what_changed_under_delivery,
    )
}
"""The laws of the smaller ports, by name."""
