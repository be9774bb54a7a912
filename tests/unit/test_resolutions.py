"""Findings told once, decided with a reason, kept with a trail: over real stores, sync and async."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, NotFound, TransportError
from orderhub.hub.core import AsyncHub, Hub
from orderhub.hub.settings import load_settings
from orderhub.inventory import Receive, StockLine
from orderhub.models import Address, Buyer, Finding, LineItem, Order, Outcome, Privacy, Recipient
from orderhub.models.status import FulfilledBy, FulfilmentStatus, OrderStatus, PaymentStatus, PrivacyKind, Severity
from orderhub.notify import LocalSink
from orderhub.orders.resolutions import Case, Resolution, settle

START = datetime(2026, 1, 5, 2, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.at = START

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


def order(number=1, **changes):
    line = LineItem(line_id="1", sku="A", quantity=1, unit_price=Decimal(20), subtotal=Decimal(20), discount=Decimal(0),
                    total=Decimal(20), status=OrderStatus.AWAITING_SHIPMENT)  # fmt: skip
    fields = {
        "platform": "taobao", "shop_id": "s", "order_id": f"o{number}", "status": OrderStatus.AWAITING_SHIPMENT,
        "payment_status": PaymentStatus.PAID, "fulfilment_status": FulfilmentStatus.UNFULFILLED,
        "fulfilled_by": FulfilledBy.MERCHANT, "currency": "CNY", "items_total": Decimal(20), "discount_total": Decimal(0),
        "shipping_fee": Decimal(0), "total": Decimal(20), "residual": Decimal(0), "lines": (line,), "created_at": START,
        "updated_at": START, "buyer": Buyer(buyer_id=f"b{number}"),
        "recipient": Recipient(name="张三", phone=f"1380013{8000 + number}", privacy=Privacy(kind=PrivacyKind.CLEAR),
                               address=Address(country="CN", province="四川省", city="成都市", street="天府三街1号")),
    }  # fmt: skip
    return Order(**fields | changes)


BAD = {"total": Decimal(23)}
KEY = "taobao:s:o1"


@pytest.fixture(params=["memory:", "sqlite:///{}/hub.db"])
def hub(request, tmp_path):
    with Hub(database=request.param.format(tmp_path), clock=Clock()) as made:
        yield made


def put(hub, *orders):
    hub.clock.at += timedelta(minutes=1)
    hub.stores.put_orders([one.model_copy(update={"updated_at": hub.clock.at}) for one in orders])


def codes(hub, key=KEY):
    return [finding.code for finding in hub.audit([key])[key]]


def test_an_override_needs_a_reason_and_leaves_a_trail(hub):
    put(hub, order(**BAD))
    assert codes(hub) == ["money_residual"]
    refused = hub.resolve(KEY, "money_residual", "override", reason=" ", who="li")
    assert (refused.ok, refused.reason, refused.value.allowed) == (
        False,
        "reason_missing",
        ("ask", "adjust", "override"),
    )
    assert codes(hub) == ["money_residual"]
    tried = hub.resolve(KEY, "money_residual", "override", reason="agreed by chat", who="li", dry_run=True)
    assert tried.ok and tried.value.findings == () and codes(hub) == ["money_residual"], "dry"
    assert hub.resolve(KEY, "money_residual", "ask", reason="why 3 more?", who="li").value.findings
    assert hub.resolve(KEY, "money_residual", "override", reason="agreed by chat", who="li").ok
    assert codes(hub) == []
    trail = [(e.who, e.what, dict(e.detail)) for e in hub.timeline(KEY) if e.what in ("asked", "overridden")]
    assert trail == [
        ("li", "asked", {"code": "money_residual", "reason": "why 3 more?"}),
        ("li", "overridden", {"code": "money_residual", "reason": "agreed by chat"}),
    ]
    put(hub, order(total=Decimal(24)))
    assert codes(hub) == ["money_residual"], "another difference is asked again"


def test_what_protects_cannot_be_overridden(hub):
    put(hub, order(payment_status=PaymentStatus.UNPAID))
    refused = hub.resolve(KEY, "not_paid", "override", reason="I know him", who="li")
    assert (refused.reason, refused.value.allowed) == ("protected", ("ask", "adjust"))
    assert hub.resolve(KEY, "price_low", "override", reason="r", who="li").reason == "no_such_finding"
    assert hub.resolve(KEY, "not_paid", "forget", reason="r", who="li").reason == "unknown_act"
    with pytest.raises(NotFound):
        hub.resolve("taobao:s:nobody", "x", "ask", reason="r", who="li")
    assert codes(hub) == ["not_paid"]


def test_a_corrected_amount_holds_until_the_platform_says_something_else(hub):
    put(hub, order(**BAD))
    for field, value in (("recipient", Decimal(1)), ("total", 20.0), ("total", None), ("total", Decimal("NaN"))):
        outcome = hub.resolve(KEY, "money_residual", "adjust", reason="r", who="li", field=field, value=value)
        assert outcome.reason == "invalid"
    done = hub.resolve(KEY, "money_residual", "adjust", reason="typo", who="li", field="total", value=Decimal(20))
    assert done.ok and done.value.findings == () and codes(hub) == []
    assert hub.orders(keys=[KEY])[0].total == Decimal(23), "the platform's order stays"
    (event,) = [e for e in hub.timeline(KEY) if e.what == "adjusted"]
    assert (event.detail["from"], event.detail["to"]) == ("23", "20")
    put(hub, order(total=Decimal(26)))
    assert codes(hub) == ["money_residual"]


def test_staff_hear_of_a_code_once_until_it_is_gone(hub):
    put(hub, order(**BAD), order(2), order(3, buyer_note="请开发票"))
    dry = hub.alert_findings(dry_run=True)
    assert [(one.value, one.reason) for one in dry] == [
        ("money_residual", "dry_run"),
        ("buyer_note_needs_attention", "dry_run"),
    ]
    assert hub.notifier.sent == []
    assert [one.value for one in hub.alert_findings()] == ["money_residual", "buyer_note_needs_attention"]
    assert hub.alert_findings() == [] and len(hub.notifier.sent) == 2
    put(hub, order())
    assert hub.alert_findings() == []
    put(hub, order(**BAD))
    assert [one.key for one in hub.alert_findings()] == [f"staff_alert:{KEY}:money_residual:2"], "told again"
    assert "138001" not in "".join(said.body for said in hub.notifier.sent)
    assert [e.what for e in hub.timeline(KEY) if e.what == "cleared"] == ["cleared"]


class Deaf:
    def __init__(self, times, also_die=False):
        self.left, self.sink, self.also_die = times, LocalSink(), also_die

    def send(self, messages):
        if self.left:
            self.left -= 1
            if self.also_die:
                self.sink.send(messages)
                raise KeyboardInterrupt
            return [Outcome.failed(m.key, TransportError("no line")) for m in messages]
        return self.sink.send(messages)


def test_an_alert_that_failed_is_tried_again_under_its_key():
    with Hub(clock=Clock(), notifier=Deaf(2)) as hub:
        put(hub, order(**BAD))
        tries = [hub.alert_findings() for _ in range(4)]
        assert [[one.ok for one in outcomes] for outcomes in tries] == [[False], [False], [True], []]
        assert len({one.key for outcomes in tries for one in outcomes}) == 1


def test_whoever_dies_after_sending_does_not_say_it_twice():
    with Hub(clock=Clock(), notifier=Deaf(1, also_die=True)) as hub:
        put(hub, order(**BAD))
        with pytest.raises(KeyboardInterrupt):
            hub.alert_findings()
        hub.alert_findings()
        assert len(hub.notifier.sink.sent) == 1 and hub.alert_findings() == []


def test_two_desks_at_one_order_do_not_overwrite_each_other(hub):
    put(hub, order(**BAD))
    ask, taken = hub.stores.put_cursor, []

    def slow(cursor, position):
        if not taken:
            taken.append(1)
            assert hub.resolve(KEY, "money_residual", "ask", reason="first", who="wang").ok
        return ask(cursor, position)

    hub.stores.put_cursor = slow
    assert hub.resolve(KEY, "money_residual", "override", reason="second", who="li").reason == "changed_meanwhile"
    assert codes(hub) == ["money_residual"]
    assert [e.who for e in hub.timeline(KEY) if e.what == "asked"] == ["wang"]


POLICY = {
    "stock": True, "reference_prices": {"A": "100"}, "receiver_orders_max": 2,
    "rules": {"name": "own", "vocabulary": "audit", "rules": [
        {"name": "big", "when": [{"fact": "total", "operator": "ge", "value": 50}], "then": [{"action": "hold", "code": "big_one"}]},
    ]},
}  # fmt: skip


def test_a_hub_judges_by_its_policy():
    with Hub(clock=Clock(), audit=POLICY, bundles={"A": {"X": 2}}) as hub:
        hub.stock.apply([Receive("in", (StockLine("X", "sh", 1),))])
        put(hub, order(), *(order(n, recipient=order(2).recipient) for n in (2, 3, 4)))
        found = {key: [one.code for one in told] for key, told in hub.audit().items()}
        assert found[KEY] == ["price_low", "stock_short"]
        assert found["taobao:s:o2"] == ["price_low", "stock_short", "duplicate_suspected", "receiver_busy"]
        assert "rule big: does not apply" in str(hub.explain_audit(KEY).explain())
    with pytest.raises(ConfigurationError, match="audit: price_low"):
        Hub(audit={"price_low": "x"})


def test_the_policy_stands_in_the_configuration(tmp_path):
    place = tmp_path / "orderhub.toml"
    place.write_text(
        '[audit]\nprice_low = 0.4\n[audit.rules]\nname = "own"\nvocabulary = "audit"\n'
        '[[audit.rules.rules]]\nname = "dear"\nwhen = [{fact = "total", operator = "gt", value = 99.9}]\n'
        'then = [{action = "warn", code = "dear"}]\n'
    )
    policy = load_settings(place).audit
    assert policy.price_low == Decimal("0.4") and policy.rules.rules[0].when[0].value == Decimal("99.9")
    place.write_text(place.read_text().replace('"total"', '"totl"'))
    with pytest.raises(ConfigurationError, match=r"rule 'dear', when\[0\].fact"):
        load_settings(place)


async def test_the_async_hub_does_the_same():
    hub = AsyncHub(clock=Clock())
    try:
        put(hub, order(**BAD))
        assert [one.value for one in await hub.alert_findings()] == ["money_residual"]
        assert (await hub.resolve(KEY, "money_residual", "override", reason="ok", who="li")).ok
        assert (await hub.audit())[KEY] == ()
    finally:
        await hub.close()


finding = st.sampled_from("abc").map(lambda code: Finding(code=code, severity=Severity.WARNING, message="m"))


@given(st.lists(st.lists(finding, max_size=3), max_size=8))
def test_alerts_are_numbered_once_per_rise(runs):
    case, before, seen = Case(), set(), set()
    for run in runs:
        there = {one.code for one in run}
        case, gone = settle(case, run)
        assert set(case.open) == there and set(gone) == before - there
        fresh = {(code, case.open[code]) for code in there - before}
        assert not fresh & seen and len({n for _, n in fresh}) == len(fresh)
        seen, before = seen | fresh, there
        assert Case.load(case.dump()) == case


def test_a_case_survives_the_store():
    made = Resolution("c", "adjust", "li", "typo", START.isoformat(), ("total=3",), "total", "20", None)
    assert Case.load(Case((made,), {"c": 1}, ("c",), 1).dump()) == Case((made,), {"c": 1}, ("c",), 1)
    assert Case.load(None) == Case()


def test_fulfilment_goes_by_the_same_audit():
    """Refused by the policy, let through by an override: what remains is what the pipeline itself says."""
    with Hub(clock=Clock(), audit=POLICY | {"stock": False}) as hub:
        put(hub, order(), order(2, **BAD))
        reasons = {one.key: one.reason for one in hub.fulfil()}
        assert reasons == {KEY: "audit:price_low", "taobao:s:o2": "audit:money_residual"}
        assert hub.resolve(KEY, "price_low", "override", reason="clearance sale", who="li").ok
        assert not str({one.key: one.reason for one in hub.fulfil()}[KEY]).startswith("audit:")


def test_what_a_shadowed_rule_would_do_is_recorded_once():
    rules = {"name": "own", "vocabulary": "audit", "shadow": True, "rules": [
        {"name": "big", "when": [{"fact": "total", "operator": "ge", "value": 20}], "then": [{"action": "hold", "code": "big_one"}]},
    ]}  # fmt: skip
    with Hub(clock=Clock(), audit={"rules": rules}) as hub:
        put(hub, order())
        assert hub.audit()[KEY] == () and hub.alert_findings() == [] and hub.alert_findings() == []
        assert [dict(e.detail) for e in hub.timeline(KEY) if e.what == "would"] == [{"would": "big: hold"}]
