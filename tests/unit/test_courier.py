"""The courier: who is reached and how, when, in which words, and each message once per channel."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, ConnectFailed, OutcomeUnknown, RequestRejected
from orderhub.models import Address, Buyer, Order, Recipient
from orderhub.models.person import Privacy
from orderhub.notify import Channel, Contact, Courier, NotifyPolicy, Rendered, read_notify_policy, read_templates
from orderhub.notify.engine import fill, fill_jinja
from orderhub.notify.events import TEMPLATES
from orderhub.notify.milestones import milestones
from orderhub.notify.zones import ZONES, allowed_from
from orderhub.ports import Message
from orderhub.stores.open import open_stores
from orderhub.testing.orders import sample_order

NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""
PHONE, MAIL = "13800138000", "ming@example.com"


class Clock:
    """Moved by hand."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Vendor:
    """Counts what it takes; `fails` is raised, after taking it where the reply is lost."""

    def __init__(self) -> None:
        self.taken: list[tuple[Contact, Rendered]] = []
        self.fails: Exception | None = None

    def __call__(self, contact: Contact, message: Rendered) -> str:
        if isinstance(self.fails, ConnectFailed | RequestRejected):
            raise self.fails
        self.taken.append((contact, message))
        if self.fails:
            raise self.fails
        return f"r-{len(self.taken)}"


def order_of(number: str = "1", *, kind: str = "clear", **recipient: Any) -> Order:
    person = {"name": "王小明", "phone": PHONE, "address": Address(country="CN", province="浙江省"), **recipient}
    token = "t-1" if kind != "clear" else None
    return sample_order(
        number, 0, buyer=Buyer(email=MAIL), recipient=Recipient(privacy=Privacy(kind=kind, token=token), **person)
    )


class Desk:
    """A store, a clock, three vendors and the courier over them."""

    def __init__(
        self, *orders: Order, url: str = "memory:", relays: frozenset[str] = frozenset(), **policy: Any
    ) -> None:
        self.clock, self.sms, self.mail, self.chat = Clock(), Vendor(), Vendor(), Vendor()
        self.store = open_stores(url, clock=self.clock)  # type: ignore[arg-type]
        self.store.put_orders(list(orders))
        self.channels = (Channel("sms", self.sms, relays=relays), Channel("mail", self.mail, "email"),
                         Channel("chat", self.chat, "room", "staff"))  # fmt: skip
        given: dict[str, Any] = {"routes": {"*": ("sms",)}, **policy}
        self.courier = Courier(self.channels, NotifyPolicy(**given), store=self.store, clock=self.clock)  # type: ignore[arg-type]

    def send(self, *messages: Message) -> list[str | None]:
        return [outcome.reason for outcome in self.courier.send(messages)]


def shipped(order: Order, **given: Any) -> Message:
    values = {"order": order.order_id, "carrier": "sf", "waybill_no": "SF1"}
    return Message(**{"key": f"order_shipped:{order.key}:SF1", "channel": "local", "to": order.key,
                      "template": "order_shipped", "values": values, **given})  # fmt: skip


def alert(code: str = "x") -> Message:
    return Message(
        f"staff_alert:o:{code}", "local", "staff", "staff_alert", {"code": code, "order": "o", "message": "m"}
    )


def test_a_buyer_is_reached_once_and_nothing_personal_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    order = order_of()
    desk = Desk(order)
    with caplog.at_level(logging.DEBUG):
        assert desk.send(shipped(order), shipped(order)) == [None, "already_done"]
    [(contact, said)] = desk.sms.taken
    assert (contact.kind, contact.address, said.locale) == ("phone", PHONE, "zh") and "顺丰" in said.body
    kept = str(desk.store._cursors) + str(desk.store._claims) + str(desk.store.events_of(order.key))
    for text in (
        caplog.text,
        str([vars(row) for row in caplog.records]),
        repr(contact),
        repr(said),
        repr(desk.courier),
        kept,
    ):
        assert PHONE not in text and MAIL not in text
    assert [event.what for event in desk.store.events_of(order.key)] == ["told"]
    assert desk.courier.entries(shipped(order).key)["sms"].receipt == "r-1"


def test_every_channel_of_the_route_is_asked_once() -> None:
    order = order_of()
    desk = Desk(order, routes={"order_shipped": ("sms", "mail"), "*": ()})
    assert desk.send(shipped(order)) == [None] and len(desk.sms.taken) == len(desk.mail.taken) == 1
    assert desk.mail.taken[0][0] == Contact("email", MAIL)


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [("masked", {"phone": "138****8000"}, "masked_number"), ("encrypted", {"phone": "~AAA~"}, "encrypted_number"),
     ("clear", {"phone": "138****8000"}, "masked_number"), ("clear", {"phone": PHONE, "phone_extension": "1234"}, "relay_number"),
     ("clear", {"phone": "010-88886666"}, "not_mobile"), ("clear", {"phone": None}, "no_number"),
     ("clear", {"phone": "12"}, "bad_number")],
)  # fmt: skip
def test_hidden_and_useless_numbers_are_reported_and_never_texted(kind: str, fields: dict[str, Any], why: str) -> None:
    order = order_of(kind=kind, **fields)
    desk = Desk(order)
    assert desk.send(shipped(order), shipped(order)) == [why, why] and not desk.sms.taken
    [event] = desk.store.events_of(order.key)
    assert (event.what, event.detail["reason"]) == ("not_told", why), "told once"
    desk.store.put_orders([order_of().model_copy(update={"updated_at": order.updated_at + timedelta(hours=1)})])
    assert desk.send(shipped(order)) == [None], "a number that came later is used"


def test_a_relay_is_used_only_by_channels_that_may() -> None:
    order = order_of(kind="masked", phone="138****8000")
    desk = Desk(order, relays=frozenset({"taobao"}))
    assert desk.send(shipped(order)) == [None]
    assert (desk.sms.taken[0][0].kind, desk.sms.taken[0][0].platform) == ("token", "taobao")


@pytest.mark.fault(64)
@pytest.mark.parametrize("failure", [OutcomeUnknown("lost"), TimeoutError(), RuntimeError("?")])
def test_a_lost_reply_is_unknown_and_not_sent_twice(failure: Exception) -> None:
    order = order_of()
    desk = Desk(order)
    desk.sms.fails = failure
    assert desk.send(shipped(order)) == ["outcome_unknown"]
    desk.sms.fails = None
    desk.clock.at += timedelta(days=3)
    assert desk.send(shipped(order)) == ["outcome_unknown"] and len(desk.sms.taken) == 1
    key = shipped(order).key
    assert desk.courier.settle(key, "sms", sent=False).ok and not desk.courier.settle(key, "sms", sent=True).ok
    assert desk.send(shipped(order), shipped(order)) == [None, "already_done"] and len(desk.sms.taken) == 2


@pytest.mark.parametrize("failure", [ConnectFailed("down"), RequestRejected("no")])
def test_what_was_refused_may_be_sent_later_and_costs_no_slot(failure: Exception) -> None:
    order = order_of()
    desk = Desk(order, per_day=1)
    desk.sms.fails = failure
    assert None not in desk.send(*[shipped(order)] * 3)
    desk.sms.fails = None
    assert desk.send(shipped(order)) == [None]


def test_staff_hear_again_after_a_while_of_doubt_and_only_then() -> None:
    desk = Desk(retell_after_s=600)
    desk.chat.fails = TimeoutError()
    assert desk.send(alert(), alert()) == ["outcome_unknown", "outcome_unknown"] and len(desk.chat.taken) == 1
    desk.chat.fails = None
    desk.clock.at += timedelta(seconds=600)
    assert desk.send(alert(), alert()) == [None, "already_done"] and len(desk.chat.taken) == 2
    desk.courier.forget([alert().key])
    assert desk.send(alert()) == [None], "the problem came again"


def test_night_messages_wait_for_the_morning_of_the_receiver() -> None:
    home, abroad = order_of("1"), order_of("2", phone="+14155550123", address=Address(country="US", province="CA"))
    desk = Desk(home, abroad, urgent={"parcel_exception"})
    desk.clock.at = datetime(
        2026, 11, 11, 15, 30, tzinfo=UTC
    )  # 23:30 in Shanghai, 10:30 in New York, 05:30 in Honolulu
    assert desk.send(shipped(home), shipped(home), shipped(abroad)) == ["deferred"] * 3
    values = {"order": "1", "carrier": "sf", "waybill_no": "SF1"}
    urgent = Message("e", "local", home.key, "parcel_exception", values)
    assert desk.send(urgent) == [None] and desk.courier.deliver_due() == []
    desk.clock.at = datetime(2026, 11, 11, 18, tzinfo=UTC)
    assert [one.reason for one in desk.courier.deliver_due()] == [None], "abroad, where all are up now"
    desk.clock.at = datetime(2026, 11, 12, 0, tzinfo=UTC)
    desk.sms.fails = ConnectFailed("down")
    assert [one.ok for one in desk.courier.deliver_due()] == [], "not dropped while the vendor is down"
    desk.sms.fails = None
    assert [one.reason for one in desk.courier.deliver_due()] == [None] and desk.courier.deliver_due() == []
    assert desk.send(shipped(home)) == ["already_done"] and len(desk.sms.taken) == 3


@given(st.integers(0, 48 * 60), st.sampled_from(sorted(ZONES)), st.integers(0, 23), st.integers(0, 23))
def test_nobody_is_woken(minutes: int, country: str, begin: int, end: int) -> None:
    at, quiet, zones = NOON + timedelta(minutes=minutes), (time(begin), time(end)), ZONES[country]
    found = allowed_from(at, quiet, zones)
    assert at <= found <= at + timedelta(days=2) and allowed_from(found, quiet, zones[:1]) == found


def test_at_most_so_many_a_day() -> None:
    orders = [order_of(str(number)) for number in range(4)]
    desk = Desk(*orders, per_day=2)
    assert desk.send(*map(shipped, orders)) == [None, None, "capped", "capped"]
    desk.clock.at += timedelta(days=1)
    assert desk.send(shipped(orders[2])) == [None]


def test_wishes_are_kept_by_hash_and_heeded() -> None:
    order = order_of()
    desk = Desk(order)
    assert desk.courier.opt_out("+86 138 0013 8000").ok and not desk.courier.opt_out("nothing").ok
    assert desk.send(shipped(order)) == ["opted_out"] and PHONE not in str(desk.store._cursors)
    desk.courier.opt_in(PHONE)
    desk.courier.speak(PHONE, "en")
    assert desk.send(shipped(order)) == [None] and "SF Express" in desk.sms.taken[0][1].body


def test_marketing_needs_consent(tmp_path: Path) -> None:
    (tmp_path / "sale.toml").write_text(
        'audience = "buyer"\npurpose = "marketing"\n[fields]\norder = "tail"\n[texts.zh]\nbody = "{{ order }} 有折扣"\n',
        encoding="utf-8",
    )
    order = order_of()
    desk = Desk(order)
    courier = Courier(
        desk.channels,
        NotifyPolicy(told=frozenset({"*"}), routes={"*": ("sms",)}),
        templates=read_templates(tmp_path),
        store=desk.store,
        clock=desk.clock,
    )  # type: ignore[arg-type]
    sale = Message("sale:1", "local", order.key, "sale", {"order": "1"})
    assert courier.send([sale])[0].reason == "no_consent"
    courier.consent(PHONE)
    assert courier.send([sale])[0].reason is None
    courier.consent(PHONE, given=False)
    assert courier.send([Message("sale:2", "local", order.key, "sale", {"order": "1"})])[0].reason == "no_consent"


def test_buyers_and_staff_never_share_a_channel() -> None:
    order = order_of()
    desk = Desk(order)
    bad = [
        shipped(order, channel="chat"),
        Message("s", "sms", "staff", "staff_alert", alert().values),
        shipped(order, channel="x"),
    ]
    assert desk.send(*bad) == ["refused"] * 3 and not (desk.sms.taken or desk.mail.taken or desk.chat.taken)
    with pytest.raises(ConfigurationError, match="no channel for staff"):
        Courier(desk.channels, NotifyPolicy(staff={"*": ("sms",)}))


def test_a_missing_field_is_refused_before_anything_is_claimed() -> None:
    order = order_of()
    desk = Desk(order)
    assert desk.send(shipped(order, values={"order": "1"})) == ["refused"] and not desk.sms.taken
    assert desk.send(shipped(order)) == [None]


@pytest.mark.parametrize("url", ["memory:", "sqlite", "postgres"])
def test_many_senders_send_once(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    place = {"sqlite": f"sqlite:///{tmp_path}/hub.db"}.get(url, url)
    place = request.getfixturevalue("postgres_url") if url == "postgres" else place
    order = order_of()
    desk = Desk(order, url=place)
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: desk.send(shipped(order))[0], range(18)))
    assert len(desk.sms.taken) == 1 and set(told) <= {None, "already_done", "outcome_unknown"}
    desk.store.close()


# --- words ---


def test_both_engines_agree_on_every_built_in_text() -> None:
    for template in TEMPLATES.values():
        values = {name: f"<{name}> & '值'" for name in template.fields}
        for pair in template.texts.values():
            assert [fill(text, values) for text in pair] == [fill_jinja(text, values) for text in pair]


@pytest.mark.parametrize(
    "text", ["{{ ''.__class__.__mro__ }}", "{% for x in range(10**9) %}{% endfor %}", "{{ order.x }}", "{{ nothing }}", "{{ 1/0 }}"],
)  # fmt: skip
def test_texts_can_do_no_harm(text: str) -> None:
    with pytest.raises(ConfigurationError):
        fill(text, {"order": "1"})


def test_files_are_laid_over_and_checked_when_read(tmp_path: Path) -> None:
    path = tmp_path / "order_shipped.toml"
    path.write_text(
        '[channels.sms.zh]\nbody = "{% if carrier %}{{ order }} 由{{ carrier }}发出{% endif %}"\n', encoding="utf-8"
    )
    found = read_templates(tmp_path)["order_shipped"]
    assert found.version == 2 and found.said("sms", "zh-CN")[2] != found.said("mail", "zh")[2]
    assert found.said("sms", "en")[0] == "en", "what the file leaves out stays"
    for broken in (
        '[texts.zh]\nbody = "{{ phone }}"',
        "[texts",
        "strange = 1",
        '[texts.zh]\nbody = "{% if %}"',
        '[texts]\nzh = "x"',
    ):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(ConfigurationError):
            read_templates(tmp_path)


@pytest.mark.parametrize("bad", [{"zone": "Mars/Base"}, {"per_day": -1}, {"strange": 1}, {"zones": {"XX": []}}])
def test_a_wrong_policy_is_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"notify: {next(iter(bad))}"):
        read_notify_policy(bad)


def test_old_milestones_are_not_told() -> None:
    order = order_of().model_copy(update={"payment_status": "paid", "paid_at": NOON})
    assert [one.template for one in milestones(order, (), (), NOON)][:1] == ["order_paid"]
    assert not [one for one in milestones(order, (), (), NOON + timedelta(seconds=1)) if one.template == "order_paid"]
