"""The laws of what a host adds to orders, and of forgetting people. Imports `ports`, `models` only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from orderhub.models import (
    Address,
    Finding,
    Privacy,
    PrivacyKind,
    Recipient,
    Severity,
    Shipment,
)
from orderhub.ports import (
    Event,
    OrderQuery,
    QuarantinedOrder,
)
from orderhub.testing.order_samples import Factory, at, sample_order, sample_refund, words

__all__ = ["MARK_LAWS"]


def law_tags_are_sets(make: Factory[Any]) -> None:
    """Adding twice is adding once; each change, and nothing else, is an event; unknown orders have outcomes."""
    store = make()
    one, two, none = "taobao:tb-1:1", "taobao:tb-1:2", "taobao:tb-1:none"
    store.put_orders([sample_order("1"), sample_order("2", labels=("vip",))])
    outcomes = store.tag_orders([one, none, two], add=["urgent", "vip"], who="anna")
    assert [(o.ok, o.key, o.reason) for o in outcomes] == [
        (True, one, None), (False, none, "not_found"), (True, two, None),
    ]  # fmt: skip
    store.tag_orders([one], add=["vip"], remove=["never"], who="anna")
    store.tag_orders([one], remove=["vip"], who="bo")
    assert store.tags_of([one, two, none]) == {one: ("urgent",), two: ("urgent", "vip")}
    assert [order.key for order in store.find_orders(OrderQuery(tag="vip"))] == [two]
    assert [order.key for order in store.find_orders(OrderQuery(tag="urgent", label="vip"))] == [two]
    told = [(event.what, event.who, dict(event.detail)) for event in store.events_of(one)]
    assert told == [("tagged", "anna", {"tags": "urgent, vip"}), ("untagged", "bo", {"tags": "vip"})]


def law_filters_are_kept(make: Factory[Any]) -> None:
    """A kept query comes back equal, newest of a name."""
    store = make()
    query = OrderQuery(
        status=("shipped",), tag="vip", created_from=at(0), name="王小明", sort="ship_by", descending=True
    )
    store.put_filter("late", OrderQuery(limit=1))
    store.put_filter("late", query)
    store.put_filter("all", OrderQuery())
    assert store.filters() == {"all": OrderQuery(), "late": query} and list(store.filters()) == ["all", "late"]
    store.drop_filter("late")
    store.drop_filter("never")
    assert list(store.filters()) == ["all"]


def law_events_say_something_new(make: Factory[Any]) -> None:
    """Oldest first; what repeats the newest event of its order is not told again."""
    store = make()
    on_hold = Event("k", "refused", detail={"reason": "on_hold"})
    store.put_events([on_hold, Event("other", "shipped", at=at(9)), on_hold])
    store.put_events([on_hold, Event("k", "shipped", "anna"), on_hold])
    assert [event.what for event in store.events_of("k")] == ["refused", "shipped", "refused"]
    assert all(event.at is not None for event in store.events_of("k"))
    assert store.events_of("other") == [Event("other", "shipped", at=at(9))] and store.events_of("none") == []


def law_timelines_tell_what_changed(make: Factory[Any]) -> None:
    """An update names the fields, with values where they are nobody's secret."""
    store = make()
    store.put_orders([sample_order(second=1)])
    moved = Recipient(name="王小明", phone="13900000000", address=Address(province="浙江省", city="宁波市"))
    store.put_orders([
        sample_order(second=2, status="shipped", recipient=moved), sample_order(second=3, status="delivered"),
    ])  # fmt: skip
    told = [
        {change.path: (change.before, change.after) for change in v.changes}
        for v in store.order_history("taobao:tb-1:1")
    ]
    assert told[0] == {} and told[2]["status"] == ("shipped", "delivered")
    assert told[1]["status"] == ("awaiting_shipment", "shipped")
    assert told[1]["recipient.phone"] == told[1]["recipient.address.city"] == (None, None)


def law_forgotten_people_stay_forgotten(make: Factory[Any]) -> None:
    """After `redact_orders` nothing personal is left or found, in no version that arrives later, nowhere around."""
    store = make()
    key = "taobao:tb-1:1"
    order = sample_order("1", buyer_note="门口", status="shipped", shipments=(Shipment(waybill_no="SF1"),))
    store.put_orders([order, sample_order("2")])
    store.put_refunds([sample_refund(reason="王小明不要了", raw=b"13800138000"), sample_refund("r2", order_id="2")])
    finding = Finding(code="decode", severity=Severity.ERROR, message="bad", order_id="1")
    store.put_quarantined([QuarantinedOrder(key, "taobao", "tb-1", "1", "decode", finding, b"13800138000", at(0))])
    store.put_outbox("mail", {"m1": '{"to": "13800138000"}', "m2": '{"to": "13700000000"}'})
    store.put_papers(key, {"label": "王小明"})
    store.put_papers("taobao:tb-1:12", {"label": "somebody else"})
    outcomes = store.redact_orders([key, "taobao:tb-1:none", key], what="erased", who="anna")
    assert [(o.ok, o.value, o.reason) for o in outcomes[:2]] == [(True, "redacted", None), (False, None, "not_found")]
    _bare(store, key)
    assert [r.reason for r in store.find_refunds(order_keys=[key])] == [None]
    assert store.find_refunds(order_keys=[key])[0].raw is None and store.quarantined() == []
    assert [row[0] for row in store.take_outbox("mail")] == ["m2"]
    assert store.papers_of(key) == {} and store.papers_of("taobao:tb-1:12") == {"label": "somebody else"}
    assert words(store.put_orders([order])) == ["unchanged"], "a redacted version is still the version that it was"
    assert words(store.put_orders([sample_order("1", 5, status="delivered")])) == ["updated"]
    store.put_refunds([sample_refund(second=9, reason="王小明")])
    assert store.find_refunds(order_keys=[key])[0].reason is None
    _bare(store, key)
    assert store.get_order(key).status == "delivered" and store.get_order("taobao:tb-1:2").recipient.name == "王小明"
    assert store.redact_orders([key], what="erased")[0].value == "already_redacted"
    assert [(event.what, event.who) for event in store.events_of(key)] == [("erased", "anna")]


def _bare(store: Any, key: str) -> None:
    held = store.get_order(key)
    told = held.model_dump_json() + str(held.raw)
    assert not any(text in told for text in ("王小明", "13800138000", "小明", "杭州", "门口", "值")), told
    assert held.total == Decimal("19.90") and held.recipient.address.province == "浙江省"
    for query in (
        OrderQuery(phone="13800138000"),
        OrderQuery(text="小明"),
        OrderQuery(name="王小明"),
        OrderQuery(phone_tail="8000"),
    ):
        assert key not in [order.key for order in store.find_orders(query)], query


def law_lapsed_orders_are_closed(make: Factory[Any]) -> None:
    """Closed before the platform's day, or closed and the handle expired; never open ones, never twice."""
    store = make()
    expired = Recipient(name="王小明", privacy=Privacy(kind=PrivacyKind.ENCRYPTED, token="t", expires_at=at(10)))  # noqa: S106
    store.put_orders([
        sample_order("old", platform="amazon", status="delivered", shipments=(Shipment(delivered_at=at(1)),)),
        sample_order("new", platform="amazon", status="delivered", shipments=(Shipment(delivered_at=at(60)),)),
        sample_order("open", platform="amazon", recipient=expired),
        sample_order("tb", status="completed", completed_at=at(0)),
        sample_order("tb-x", status="completed", completed_at=at(2), recipient=expired),
    ])  # fmt: skip
    policy = {"amazon": at(30)}
    assert store.lapsed_orders(policy, at(9)) == ["amazon:tb-1:old"]
    assert store.lapsed_orders(policy, at(10)) == ["amazon:tb-1:old", "taobao:tb-1:tb-x"]
    assert store.lapsed_orders(policy, at(10), limit=1) == ["amazon:tb-1:old"]
    store.redact_orders(["amazon:tb-1:old"], what="purged")
    assert store.lapsed_orders(policy, at(10)) == ["taobao:tb-1:tb-x"]


MARK_LAWS: Final[Mapping[str, Callable[[Factory[Any]], None]]] = {
    law.__name__.removeprefix("law_"): law
    for law in (
        law_tags_are_sets,
        law_filters_are_kept,
        law_events_say_something_new,
        law_timelines_tell_what_changed,
        law_forgotten_people_stay_forgotten,
        law_lapsed_orders_are_closed,
    )
}
"""The laws of `Marks` and `Privacies`, by name."""
