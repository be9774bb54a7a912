"""The ledger of e-waybills that platforms give out, as laws over any sequence of requests."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.waybills import FORMATS, Books, EWaybill, sealed

QUOTA, SHOPS, COMPANIES = 3, ("a", "b"), {"SF": "sf", "YTO": "yto"}
FORMS = {
    "sf": r"SF\d{13}|\d{12}", "yto": r"YT\d{13}", "sto": r"77\d{13}", "zto": r"\d{12}|\d{14}|\d{15}",
    "yunda": r"\d{13}|\d{15}", "jd": r"JD\d{13}", "ems": r"\d{13}|[A-Z]{2}\d{9}[A-Z]{2}", "chinapost": r"\d{13}",
    "jt": r"(JT|UT)\d{12,13}", "deppon": r"DPK\d{12}",
}  # fmt: skip


class Yard:
    """Carriers that know what they were told and hold what they fetched."""

    def __init__(self) -> None:
        self.told: dict[str, Parcel] = {}
        self.fetched: set[str] = set()

    def hand_over(self, parcel: Parcel) -> None:
        assert parcel.number not in self.told
        self.told[parcel.number] = parcel

    def call_back(self, number: str) -> bool:
        return number not in self.fetched


def books(yard: Yard, digit: int = 1, carriers: dict[str, str] = COMPANIES) -> Books:
    setup = Setup("p", lambda: datetime(2026, 3, 1, tzinfo=UTC), random.Random(1), lambda: "", {"waybill_quota": QUOTA},
                  depot=yard)  # fmt: skip
    return Books(setup, digit, carriers)


class Ledger(RuleBasedStateMachine):
    """Two shops, two companies, three numbers each."""

    def __init__(self) -> None:
        super().__init__()
        self.yard = Yard()
        self.books = books(self.yard)
        self.given: list[EWaybill] = []

    @rule(shop=st.sampled_from(SHOPS), company=st.sampled_from(sorted(COMPANIES)), trade=st.sampled_from("xyz"))
    def issue(self, shop: str, company: str, trade: str) -> None:
        if self.books.left(shop, company) > 0:
            self.given.append(self.books.issue(shop, company, [trade, "also"], f"{len(self.given)}", {}))

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.given))
        before = self.books.left(one.shop_id, one.company)
        able = not one.cancelled and not one.used and one.number not in self.yard.fetched
        assert self.books.cancel(one) is able
        assert self.books.left(one.shop_id, one.company) == before + able

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.given))
        shop, company = data.draw(st.sampled_from(SHOPS)), data.draw(st.sampled_from(sorted(COMPANIES)))
        why = self.books.unfit(shop, company, one.number)
        wrong = [shop != one.shop_id, one.cancelled, company != one.company]
        names = ["foreign", "cancelled", "company"]
        assert why == next((name for name, is_wrong in zip(names, wrong, strict=True) if is_wrong), "")
        if not why:
            self.books.use(one.number)

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def fetch(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.given))
        if not one.cancelled:
            self.yard.fetched.add(one.number)

    @invariant()
    def numbers_are_conserved(self) -> None:
        for shop in SHOPS:
            for company in COMPANIES:
                live = [
                    one for one in self.given if (one.shop_id, one.company) == (shop, company) and not one.cancelled
                ]
                assert self.books.left(shop, company) == QUOTA - len(live) >= 0

    @invariant()
    def numbers_are_given_once_and_told_to_their_carrier(self) -> None:
        assert len({one.number for one in self.given}) == len(self.given) == len(self.yard.told)
        assert all(self.yard.told[one.number].carrier == COMPANIES[one.company] for one in self.given)

    @invariant()
    def orders_find_what_is_alive(self) -> None:
        for shop in SHOPS:
            for trade in ("x", "y", "z", "also"):
                alive = [one for one in self.given if one.shop_id == shop and trade in one.trades and not one.cancelled]
                assert self.books.live(shop, trade) == alive

    @invariant()
    def what_was_sent_or_fetched_is_never_void(self) -> None:
        assert not any(one.cancelled for one in self.given if one.used or one.number in self.yard.fetched)


Ledger.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLedger = Ledger.TestCase


@pytest.mark.parametrize("carrier", FORMATS)
def test_numbers_look_like_their_carriers_and_differ_by_platform(carrier: str) -> None:
    first, second = books(Yard(), 1, {"C": carrier}), books(Yard(), 2, {"C": carrier})
    numbers = [one.issue("a", "C", ["x"], "o", {}).number for one in (first, second) for _ in range(QUOTA)]
    assert len(set(numbers)) == 2 * QUOTA
    assert all(re.fullmatch(FORMS[carrier], number) for number in numbers)


def test_a_number_from_elsewhere_is_nobodys_business() -> None:
    one = books(Yard())
    assert one.unfit("a", "SF", "SF1") == "" and one.of("a", "SF1") is None
    one.use("SF1")
    own = one.issue("a", "SF", ["x"], "o", {}, own="SF1")
    assert own.number == "SF1" and one.of("a", "SF1") is own and one.of("b", "SF1") is None


def test_what_is_printed_cannot_be_read_and_changes_with_its_content() -> None:
    text, signature = sealed({"name": "王小明", "mobile": "13812345678"}, "k")
    assert "王小明" not in text and "13812345678" not in text
    assert sealed({"name": "王小明", "mobile": "13812345678"}, "k") == (text, signature)
    assert sealed({"name": "王小明", "mobile": "13812345679"}, "k") != (text, signature)
    assert sealed({"name": "王小明", "mobile": "13812345678"}, "other")[0] != text


def test_nobody_listens_in_a_world_without_carriers() -> None:
    setup = Setup("p", lambda: datetime(2026, 3, 1, tzinfo=UTC), random.Random(1), lambda: "", {"waybill_quota": 1})
    kept = Books(setup, 1, COMPANIES)
    assert kept.cancel(kept.issue("a", "SF", ["x"], "o", {}))
