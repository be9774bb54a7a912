"""Bills against orders: a true bill has no differences, a wrong one exactly its own, and the sums hold to the cent."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from fulfil_model import order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.models import Discount, Order, OrderStatus
from orderhub.orders.settlement import COMPARED, expected_of, reconcile
from orderhub.orders.settlement_bill import Bill, BillEntry, BillMapping, read_bill, rows_from_csv, rows_from_json

WORDS = {
    "货款": "sale",
    "退款": "refund",
    "运费": "shipping",
    "税": "tax",
    "平台优惠": "subsidy",
    "佣金": "commission",
    "提现": "payout",
}
NAMES = {kind: word for word, kind in WORDS.items()}
LONG = BillMapping.of({
    "fields": {"order_id": "订单号", "line_id": "子订单号", "entry_id": "流水号", "kind": "类型",
               "at": {"column": "入账时间", "convert": "beijing_time"}},
    "amounts": {"金额": {}}, "words": WORDS,
})  # fmt: skip
WIDE = BillMapping.of({
    "fields": {"order_id": "订单号", "line_id": "子订单号"},
    "amounts": {**{word: kind for word, kind in WORDS.items() if kind != "commission"},
                "佣金": {"kind": "commission", "negate": True}},
})  # fmt: skip
FEN = st.integers(0, 50_000)


def money(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    made = []
    for number in range(draw(st.integers(1, 3))):
        bare = order_of(str(number), skus=[("A", 1)] * draw(st.integers(1, 3)))
        totals = [draw(FEN) for _ in bare.lines]
        back = [draw(st.integers(0, total)) for total in totals]
        lines = tuple(line.model_copy(update={"total": money(total), "refunded": money(gone)})
                      for line, total, gone in zip(bare.lines, totals, back, strict=True))  # fmt: skip
        beyond = draw(st.integers(0, 500))
        subsidy = Discount(kind="coupon", amount=money(draw(FEN)), funded_by="platform")
        made.append(bare.model_copy(update={
            "lines": lines, "status": OrderStatus.COMPLETED, "refunded": money(sum(back) + beyond), "discounts": (subsidy,),
            "shipping_fee": money(draw(FEN)), "tax_total": money(draw(FEN)),
        }))  # fmt: skip
    return made


def true_bill(found: list[Order], *, net: bool = False) -> list[dict[str, str]]:
    """What an honest platform would send, in the long form; zeros are not mentioned."""
    rows = []
    for order in found:
        for kind in COMPARED:
            for line_id, amount in expected_of(order, kind, net_of_refunds=net).items():
                if amount:
                    line = line_id if line_id or kind != "refund" else ""
                    rows.append({"流水号": f"{order.order_id}-{kind}-{line_id}", "订单号": order.order_id,
                                 "子订单号": line or "", "类型": NAMES[kind], "金额": f"{amount:,.2f}",
                                 "入账时间": "2026-11-12 08:00:00"})  # fmt: skip
    return rows


def as_csv(rows: list[dict[str, str]], preamble: str = "") -> str:
    out = io.StringIO()
    out.write(preamble)
    writer = csv.DictWriter(out, [*LONG.columns.values(), "金额", "入账时间"])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def entries_of(rows: list[dict[str, str]]) -> Bill:
    return read_bill(rows_from_csv(as_csv(rows, "\ufeff# 账单\n账户,x\n"), LONG), LONG)


@settings(max_examples=60, deadline=None)
@given(orders(), st.booleans(), st.randoms(use_true_random=False))
def test_a_true_bill_has_no_differences_in_any_order_and_form(found: list[Order], net: bool, random: Any) -> None:
    rows = true_bill(found, net=net)
    random.shuffle(rows)
    bill = entries_of(rows)
    assert not bill.findings and len(bill.entries) == len(rows)
    result = reconcile(found, bill.entries, net_of_refunds=net)
    assert result.differences == () and not result.unassigned
    same = read_bill(rows_from_json(json.dumps(rows)), LONG)
    assert {(e.entry_id, e.amount, e.at) for e in same.entries} == {(e.entry_id, e.amount, e.at) for e in bill.entries}
    wide = [{"订单号": row["订单号"], "子订单号": row["子订单号"], row["类型"]: row["金额"]} for row in rows]
    other = reconcile(found, read_bill(wide, WIDE).entries, net_of_refunds=net)
    assert (other.differences, other.matched) == ((), result.matched)


@settings(max_examples=80, deadline=None)
@given(orders(), st.data())
def test_one_wrong_fen_is_one_difference_of_just_that(found: list[Order], data: st.DataObject) -> None:
    bill = entries_of(true_bill(found)).entries
    if not bill:
        return
    at = data.draw(st.integers(0, len(bill) - 1))
    off = money(data.draw(st.integers(-3, 3).filter(bool)))
    wrong = bill[at]
    changed = [*bill[:at], _with(wrong, wrong.amount + off), *bill[at + 1 :]]
    [told] = reconcile(found, changed).differences
    assert (told.order_id, told.kind, told.amount) == (wrong.order_id, wrong.kind, off)
    assert told.expected is not None and told.settled - told.expected == off and wrong.row in told.rows
    gone = reconcile(found, [*bill[:at], *bill[at + 1 :]]).differences
    assert [one.amount for one in gone] == [-wrong.amount], "an entry that is not there is missed by its amount"


def _with(entry: BillEntry, amount: Decimal) -> BillEntry:
    from dataclasses import replace

    return replace(entry, amount=amount)


ANY = st.lists(
    st.builds(
        BillEntry, st.text(max_size=3), st.sampled_from(["0", "1", "2", "9"]),
        st.none() | st.sampled_from(["0-0", "0-1", "1-0", "x"]),
        st.sampled_from([*COMPARED, "commission", "unknown"]), st.none(), st.integers(-9999, 9999).map(money),
        st.sampled_from(["CNY", "CNY", "USD"]), st.integers(1, 9), st.just("金额"),
    ), max_size=12,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(orders(), ANY)
def test_settled_is_expected_plus_differences_whatever_the_bill_says(
    found: list[Order], entries: list[BillEntry]
) -> None:
    result = reconcile(found, entries)
    judged = [one for one in entries if one.order_id == "9" or int(one.order_id or 9) >= len(found)
              or one.kind in (*COMPARED, "unknown") or one.currency != "CNY"]  # fmt: skip
    settled = sum((one.amount for one in judged), Decimal(0))
    wanted = sum((amount or Decimal(0) for order in found for kind in COMPARED for amount in expected_of(order, kind).values()),
                 Decimal(0))  # fmt: skip
    assert settled == wanted + sum((one.amount or Decimal(0) for one in result.differences), Decimal(0))
    assert sum(result.totals.values(), Decimal(0)) == sum((one.amount for one in entries), Decimal(0))


def entry(
    kind: str, amount: str, order_id: str | None = "1", line_id: str | None = None, currency: str = "CNY"
) -> BillEntry:
    return BillEntry("e", order_id, line_id, kind, None, Decimal(amount), currency, 1, "金额")


def test_what_cannot_be_compared_is_said_and_never_guessed() -> None:
    order = order_of().model_copy(update={"status": OrderStatus.COMPLETED, "refunded": Decimal(0)})

    def codes(given_: Order, *entries: BillEntry, **how: Any) -> list[tuple[str, str, Decimal | None]]:
        return [(one.code, one.kind, one.amount) for one in reconcile([given_], entries, **how).differences]

    assert codes(order, entry("sale", "20")) == []
    assert codes(order) == [("missing", "sale", Decimal(-20))]
    waiting = order.model_copy(update={"status": OrderStatus.SHIPPED})
    assert codes(waiting) == [], "its money is not due"
    assert codes(waiting, entry("sale", "19")) == [("amount_differs", "sale", Decimal(-1))]
    assert codes(order, entry("sale", "20"), entry("sale", "3", "7")) == [("unknown_order", "sale", Decimal(3))]
    assert codes(order, entry("sale", "20", line_id="1-0"), entry("sale", "1", line_id="x")) == [
        ("unknown_line", "sale", Decimal(1))]  # fmt: skip
    assert codes(order, entry("sale", "20"), entry("tax", "1")) == [("unexpected", "tax", Decimal(1))]
    assert codes(order, entry("sale", "20"), entry("unknown", "1")) == [("unknown_kind", "unknown", Decimal(1))]
    assert codes(order, entry("sale", "20"), entry("sale", "2", currency="USD")) == [
        ("currency_differs", "sale", Decimal(2))
    ]
    silent = order.model_copy(update={"lines": (order.lines[0].model_copy(update={"total": None}),)})
    assert codes(silent, entry("sale", "20")) == codes(silent, entry("sale", "7")) == [("not_told", "sale", None)]
    assert codes(silent) == [("not_told", "sale", None)]
    vague = order.model_copy(update={"discounts": (Discount(kind="coupon", amount=Decimal(3)),)})
    assert codes(vague, entry("sale", "20"), entry("subsidy", "3")) == [("not_told", "subsidy", None)]
    assert codes(order, entry("tax", "1"), compare=("tax",)) == [("unexpected", "tax", Decimal(1))]
    kept = reconcile([order], [entry("sale", "20"), entry("payout", "-20", None), entry("commission", "-1")])
    assert [one.kind for one in kept.unassigned] == ["payout"] and kept.matched == 1
    assert kept.totals == {
        ("CNY", "sale"): Decimal(20),
        ("CNY", "payout"): Decimal(-20),
        ("CNY", "commission"): Decimal(-1),
    }
    with pytest.raises(ConfigurationError, match="commission"):
        reconcile([order], [], compare=("commission",))
    with pytest.raises(ConfigurationError, match="each shop"):
        reconcile([order, order.model_copy(update={"shop_id": "tb-2"})], [])


def test_a_bad_row_is_a_finding_that_names_it_and_the_others_survive() -> None:
    row = {"流水号": "a", "订单号": "1", "子订单号": "", "类型": "货款", "金额": "¥1,234.50", "入账时间": ""}
    rows: list[dict[str, Any]] = [
        row, dict(row), {**row, "金额": "2"}, {**row, "流水号": "b", "金额": "abc13800138000"}, {**row, "流水号": "c", "金额": 1.5},
        {**row, "流水号": "d", "类型": "红包"}, {**row, "流水号": "e", "金额": ""}, {**row, "流水号": "f", "入账时间": "昨天"},
    ]  # fmt: skip
    bill = read_bill(rows, LONG)
    assert [(one.entry_id, one.kind, one.amount) for one in bill.entries] == [
        ("a", "sale", Decimal("1234.50")), ("d", "unknown", Decimal("1234.50"))]  # fmt: skip
    assert [one.code for one in bill.findings] == [
        "bill_entry_repeated", "bill_entry_conflict", "bill_row_unreadable", "bill_row_unreadable", "unknown_kind",
        "bill_row_unreadable"]  # fmt: skip
    assert "row 4" in bill.findings[2].message and bill.findings[2].path == "金额"
    assert "13800138000" not in repr(bill.findings), "no cell is repeated in a finding"
    with pytest.raises(DecodeError):
        rows_from_csv("a,b\n1,2\n", LONG)
    with pytest.raises(DecodeError):
        rows_from_json("{}")
    assert rows_from_json('[{"金额": 0.10}]') == [{"金额": Decimal("0.10")}]


@pytest.mark.parametrize("given_", [
    {}, {"fields": {"order_id": "a"}}, {"fields": {"order_id": "a", "x": "b"}, "amounts": {"m": "sale"}},
    {"fields": {"order_id": "a"}, "amounts": {"m": {}}}, {"fields": {"order_id": "a"}, "amounts": {"m": "sales"}},
    {"fields": {"order_id": "a"}, "amounts": {"m": {"kind": "sale", "convert": "float"}}},
    {"fields": {"order_id": "a", "at": {"column": "t", "convert": "text"}}, "amounts": {"m": "sale"}},
    {"fields": {"order_id": "a"}, "amounts": {"m": "sale"}, "sheet": 1},
])  # fmt: skip
def test_a_wrong_mapping_says_what_is_wrong(given_: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="bill mapping"):
        BillMapping.of(given_)
