"""Carriers in the pipeline: quotas and splits between workers, carriers that are down, bad parcels before any call."""

from __future__ import annotations

from collections import Counter as Count
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import fulfil_model
import pytest
from fulfil_model import HOME, Bench, Counter, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import Hub
from orderhub.errors import ConfigurationError, ConnectFailed, OutcomeUnknown, WaybillRejected
from orderhub.fulfil.cancelling import cancel_order
from orderhub.fulfil.choosing import HEALTH
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.logistics.health import Health, after, read_health, resting
from orderhub.logistics.policy import read_selection
from orderhub.logistics.rate_card import PriceRow, RateCard, Zone
from orderhub.logistics.services import Service
from orderhub.models import Address, Privacy, Waybill
from orderhub.stores.open import open_stores

NAMES = ("sf", "yto", "zto")
DAY = fulfil_model.NOW.date().isoformat()


class Line(Counter):
    """A carrier by name; while `error` is set it raises that instead."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.error, self.asked = name, None, 0

    def create(self, parcel, sender):
        self.asked += 1
        if self.error is not None:
            raise self.error
        made = super().create(parcel, sender)
        return Waybill(carrier=self.name, waybill_no=f"{self.name}-{made.waybill_no}", reference=made.reference)


def service(carrier: str, price: str) -> Service:
    row = PriceRow("all", 1000, Decimal(price), 1000, Decimal(1), promised_hours=48)
    return Service(RateCard(carrier, "standard", "CNY", (Zone("all", ("*",)),), (row,)))


class Clock:
    def __init__(self) -> None:
        self.at = fulfil_model.NOW

    def now(self):
        return self.at


class Lines(Bench):
    """Three carriers, zto cheapest, sf dearest; the stores' clock is held in hand."""

    def __init__(self, *orders, selection=None, **plan):
        super().__init__(*orders)
        self.clock = Clock()
        self.stores = open_stores("memory:", clock=self.clock)
        self.stores.put_orders(list(orders))
        self.lines = {name: Line(name) for name in NAMES}
        services = (service("sf", "12"), service("yto", "6"), service("zto", "5"))
        self.plan = replace(self.plan, services=services, selection=read_selection(selection or {}), **plan)
        self.ports |= {"orders": self.stores, "shares": self.stores, **{f"carrier:{n}": self.lines[n] for n in NAMES}}

    def fulfil(self, *orders, plan=None):
        return self.run(fulfil_orders(plan or self.plan, list(orders)))

    def chosen(self) -> Count:
        return Count({name: len(line.live) for name, line in self.lines.items() if line.live})


def orders(count: int, **fields):
    return [order_of(str(number), skus=(("A", 1),), **fields) for number in range(count)]


QUOTA = {"quotas": [{"name": "zto day", "carriers": ["zto"], "per_day": 2}]}
SPLIT = {"splits": [{"name": "main", "shares": {"yto": 1, "zto": 1}}]}


def test_a_quota_sends_what_is_over_it_with_the_next_carrier_and_the_day_after_starts_afresh():
    made = orders(8)
    bench = Lines(*made, selection=QUOTA)
    assert all(outcome.ok for outcome in bench.fulfil(*made[:5]))
    assert bench.chosen() == {"zto": 2, "yto": 3}
    assert bench.stores.share_counts([f"zto day:{DAY}"]) == {f"zto day:{DAY}": 2}
    assert all(outcome.reason == "already_done" for outcome in bench.fulfil(*made[:5])), "a second run takes nothing"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fulfil_model, "NOW", fulfil_model.NOW + timedelta(days=1))
        bench.clock.at = fulfil_model.NOW
        assert bench.fulfil(made[5])[0].ok
    assert bench.chosen()["zto"] == 3


def test_a_quota_for_some_parcels_only_and_one_for_everybody():
    where = {"fact": "province", "operator": "in", "value": ["浙江省"]}
    bench = Lines(
        *(made := orders(3)), selection={"quotas": [{"name": "q", "carriers": ["zto"], "per_day": 0, "when": [where]}]}
    )
    bench.fulfil(*made)
    assert bench.chosen() == {"yto": 3}
    none = {"quotas": [{"name": "all", "carriers": list(NAMES), "per_day": 1}]}
    bench = Lines(*(made := orders(2)), selection=none)
    first, second = bench.fulfil(*made)
    assert first.ok and second.reason == "no_carrier" and second.error.sub_code == "quota"
    assert "the quota all is used up" in second.error.message
    assert bench.units()[1] == 0, "what is not sent holds no stock"


def test_a_split_divides_and_a_wish_or_haste_comes_before_it():
    bench = Lines(*(made := orders(5)), selection=SPLIT)
    bench.fulfil(*made)
    assert bench.chosen() == {"zto": 3, "yto": 2}
    wished = orders(4, seller_note="发圆通")
    bench = Lines(*wished, selection=SPLIT)
    bench.fulfil(*wished)
    assert bench.chosen() == {"yto": 4} and bench.stores.share_counts([f"main:{DAY}:yto"]) == {f"main:{DAY}:yto": 4}
    hurried = orders(3, labels=("expedite",))
    bench = Lines(*hurried, selection=SPLIT)
    bench.fulfil(*hurried)
    assert bench.chosen() == {"zto": 3}, "equal promises: the price decides, not the split"


def test_a_refused_parcel_moves_its_share_and_a_cancelled_order_gives_it_back():
    made = orders(3)
    bench = Lines(*made, selection=QUOTA)
    bench.lines["zto"].error = WaybillRejected("not here")
    assert bench.fulfil(made[0])[0].ok and bench.chosen() == {"yto": 1}
    assert bench.stores.share_counts([f"zto day:{DAY}"]) == {f"zto day:{DAY}": 0}
    bench.lines["zto"].error = None
    bench.shop.refuses.add("ship")
    (outcome,) = bench.fulfil(made[1])
    assert not outcome.ok and bench.stores.share_counts([f"zto day:{DAY}"]) == {f"zto day:{DAY}": 0}, outcome
    everybody = Lines(*(late := orders(1)), selection=QUOTA)
    for line in everybody.lines.values():
        line.error = WaybillRejected("no")
    (outcome,) = everybody.fulfil(late[0])
    assert outcome.reason == "no_carrier" and all(name in outcome.error.message for name in NAMES)
    assert everybody.stores.share_counts([f"zto day:{DAY}"]) == {f"zto day:{DAY}": 0}


def test_a_lost_reply_keeps_its_share_until_it_is_settled():
    made = orders(1)
    bench = Lines(*made, selection=QUOTA)
    bench.lines["zto"].loses.add("create")
    (outcome,) = bench.fulfil(*made)
    assert isinstance(outcome.error, OutcomeUnknown)
    bench.clock.at += timedelta(days=2)
    assert bench.stores.share_counts([f"zto day:{DAY}"]) == {f"zto day:{DAY}": 1}, "somebody may have the waybill"
    assert bench.fulfil(*made)[0].ok and bench.chosen() == {"zto": 1}
    assert bench.run(cancel_order(bench.plan, made[0])).reason != "nothing", "shipped by now"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=150), st.integers(0, 3), st.sampled_from([0, 1, 2]))
def test_workers_in_any_interleaving_never_exceed_a_quota(turns, most, broken):
    made = orders(6)
    policy = {
        "quotas": [
            {"name": "q", "carriers": ["zto"], "per_day": most},
            {"name": "r", "carriers": ["yto"], "per_day": 2},
        ]
    }
    bench = Lines(*made, selection=policy)
    if broken:
        bench.lines["zto" if broken == 1 else "yto"].loses.add("create")
    runs = [fulfil_orders(bench.plan, made[:4]), fulfil_orders(bench.plan, made[2:]), fulfil_orders(bench.plan, made)]
    bench.race(*runs, choose=iter(turns))
    bench.fulfil(*made)
    assert len(bench.lines["zto"].made) <= most and len(bench.lines["yto"].made) <= 2
    parcels = [reference for line in bench.lines.values() for reference in line.made]
    assert len(parcels) == len(set(parcels)) == 6 if bench.chosen().total() == 6 else True
    assert bench.stores.share_counts([f"q:{DAY}", f"r:{DAY}"]) == {
        f"q:{DAY}": len(bench.lines["zto"].live), f"r:{DAY}": len(bench.lines["yto"].live),
    }  # fmt: skip


def test_a_run_that_is_lost_before_it_asks_gives_its_share_back():
    made = orders(2)
    bench = Lines(*made, selection={"quotas": [{"name": "q", "carriers": ["zto"], "per_day": 1}], "hold_s": 60})
    operation = fulfil_orders(bench.plan, [made[0]])
    answer = None
    while True:
        step = operation.send(answer)
        if type(step).__name__ == "Gather":
            operation, answer = step.operations[0](), None
            continue
        answer = bench._perform(step)
        if getattr(step, "method", "") == "take_shares":
            operation.close()
            break
    assert bench.fulfil(made[1])[0].value.parcels[0].carrier == "yto", "it is held for a while"
    bench.clock.at += timedelta(minutes=2)
    late = order_of("9", skus=(("A", 1),))
    bench.stores.put_orders([late])
    bench.shop.orders["9"] = late
    assert bench.fulfil(late)[0].value.parcels[0].carrier == "zto"
    assert bench.fulfil(made[0])[0].value.parcels[0].carrier == "yto", (
        "the lost one was never asked for: it chooses anew"
    )


# --- down ------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(63)
def test_labels_that_exist_stay_when_their_carrier_goes_down():
    (made, more) = orders(2)
    bench = Lines(made, more)
    zto = bench.lines["zto"]
    (first,) = bench.fulfil(made)
    asked, zto.error = zto.asked, ConnectFailed("no route")
    (again,) = bench.fulfil(made)
    (other,) = bench.fulfil(more)
    assert [first.value.parcels[0].carrier, other.value.parcels[0].carrier] == ["zto", "yto"]
    assert again.value.parcels[0].waybill_no == first.value.parcels[0].waybill_no
    assert zto.asked == asked + 1, "only the second order asked"


@pytest.mark.fault(63)
def test_a_carrier_that_fails_three_times_goes_last_rests_and_comes_back():
    made = orders(7)
    bench = Lines(*made)
    zto = bench.lines["zto"]
    zto.error = ConnectFailed("no route")
    assert all(outcome.ok for outcome in bench.fulfil(*made[:5])) and bench.chosen() == {"yto": 5}
    assert zto.asked == 3, "after three failures nobody waits for it"
    health = read_health(bench.stores.get_cursor(HEALTH).position)["zto"]
    assert health.failures == 3 and health.error == "ConnectFailed"
    zto.error = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fulfil_model, "NOW", fulfil_model.NOW + timedelta(minutes=11))
        assert bench.fulfil(made[5])[0].value.parcels[0].carrier == "zto"
    assert read_health(bench.stores.get_cursor(HEALTH).position) == {}


def test_a_refusal_is_an_answer_and_a_failure_counts_until_the_next_answer():
    now = fulfil_model.NOW
    rules = {"failures": 2, "rest_minutes": 5}
    first = after(None, ConnectFailed("x"), now, **rules)
    assert first == Health(1, "ConnectFailed", now) and resting({"sf": first}, now) == {}
    second = after(first, OutcomeUnknown("x"), now, **rules)
    assert "failed 2 times in a row, last by OutcomeUnknown; asked again in 5 min" in resting({"sf": second}, now)["sf"]
    assert after(second, WaybillRejected("no"), now, **rules) is None and after(second, None, now, **rules) is None
    assert resting({"sf": second}, now + timedelta(minutes=5)) == {}
    third = after(second, ConnectFailed("x"), now + timedelta(minutes=6), **rules)
    assert third.until == now + timedelta(minutes=11), "half open: one more failure is enough"
    assert after(second, ConnectFailed("x"), now, failures=0, rest_minutes=5).until is None


# --- bad input -------------------------------------------------------------------------------------------------------


def person(**changes):
    address = {"country": "CN", "province": "浙江省", "city": "杭州市", "district": "西湖区", "street": "文三路1号"}
    return HOME.model_copy(update={"address": Address(**{**address, **changes})})


BAD = [
    ("unknown_province", {"recipient": person(province="某某省")}, {}),
    ("unknown_province", {"recipient": person(province=None)}, {}),
    ("weight_not_positive", {}, {"weights_g": {"A": 0}}),
    ("phone_missing", {"recipient": HOME.model_copy(update={"phone": " "})}, {}),
]


@pytest.mark.parametrize(("code", "fields", "plan"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_what_nobody_could_send_is_named_before_any_call(code, fields, plan):
    (bad,) = orders(1, **fields)
    bench = Lines(bad, **plan, audit_blocks=frozenset())
    (outcome,) = bench.fulfil(bad)
    assert not outcome.ok and isinstance(outcome.error, WaybillRejected)
    assert outcome.error.code == code and outcome.error.field and "王小明" not in str(outcome.error)
    assert all(line.asked == 0 for line in bench.lines.values()) and "ship" not in bench.shop.calls
    assert bench.units() == (0, 0)


def test_a_hidden_receiver_is_not_decrypted_for_a_parcel_that_nobody_could_send():
    hidden = person(province="某某省").model_copy(update={"privacy": Privacy(kind="encrypted", token="t")})
    (bad,) = orders(1, recipient=hidden)
    bench = Lines(bad, audit_blocks=frozenset())
    bench.shop.decrypt = lambda *_, **__: pytest.fail("decrypting costs")
    (outcome,) = bench.fulfil(bad)
    assert outcome.error.code == "unknown_province"


def test_overweight_parcels_find_nobody_and_negative_weights_are_refused_with_the_configuration():
    (heavy,) = orders(1)
    bench = Lines(heavy, weights_g={"A": 40_000})
    light = tuple(replace(one, weight_max_g=30_000) for one in bench.plan.services)
    (outcome,) = bench.fulfil(heavy, plan=replace(bench.plan, services=light))
    assert outcome.reason == "no_carrier" and outcome.error.sub_code == "weight"
    assert all(line.asked == 0 for line in bench.lines.values())
    for weights in ({"A": -1}, {"A": 1.5}, {"A": True}):
        with pytest.raises(ConfigurationError, match="weights_g: A weighs"):
            Hub(plan={"weights_g": weights})
