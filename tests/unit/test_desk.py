"""What people do with stored orders, in both hubs; read models with a schema that does not drift."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from orderhub import AsyncHub, Hub
from orderhub.errors import ConfigurationError, NotFound
from orderhub.fulfil.pipeline import Fulfilled
from orderhub.fulfil.record import ParcelRecord
from orderhub.hub.desk import told
from orderhub.hub.settings import load_settings
from orderhub.models import (
    Address,
    Buyer,
    Discount,
    LineItem,
    Order,
    Outcome,
    Privacy,
    PrivacyKind,
    Recipient,
    Shipment,
)
from orderhub.orders.privacy import closed_at, redact
from orderhub.orders.views import OrderPage, OrderView, mask_name, mask_phone, order_view
from orderhub.ports import Event, OrderQuery
from orderhub.stores.vault import new_key
from orderhub.testing.orders import at, sample_order, sample_refund

GOLDEN = Path(__file__).parents[1] / "contract" / "golden"
NOW = datetime(2024, 8, 1, tzinfo=UTC)


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


class Both:
    """One hub's commands, whichever hub it is: awaited ones are awaited here."""

    def __init__(self, hub: Any) -> None:
        self.hub, self.loop = hub, asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def act(*args: Any, **kwargs: Any) -> Any:
            found = getattr(self.hub, name)(*args, **kwargs)
            return self.loop.run_until_complete(found) if inspect.isawaitable(found) else found

        return act

    def listed(self, **given: Any) -> list[Order]:
        stream = self.hub.iter_orders(**given)
        if not hasattr(stream, "__anext__"):
            return list(stream)

        async def drain() -> list[Order]:
            return [order async for order in stream]

        return self.loop.run_until_complete(drain())


@pytest.fixture(params=["sync", "async"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    kind = Hub if request.param == "sync" else AsyncHub
    both = Both(kind(database=f"sqlite:///{tmp_path}/hub.db", clock=Clock(), encryption_keys=[new_key()]))
    both.hub.stores.put_orders([
        sample_order(f"{i:02}", i, status="delivered" if i % 2 else "awaiting_shipment", created_at=at(-i) if i % 5 else None)
        for i in range(23)
    ])  # fmt: skip
    yield both
    both.close()
    both.loop.close()


@pytest.mark.parametrize("query", [
    OrderQuery(), OrderQuery(descending=True), OrderQuery(sort="created"), OrderQuery(sort="created", descending=True),
    OrderQuery(status=("delivered",), sort="ship_by"),
])  # fmt: skip
def test_pages_of_a_list_cover_it_once(hub: Both, query: OrderQuery) -> None:
    seen, after = [], None
    while True:
        page = hub.page(query, size=4, after=after)
        seen += [row.key for row in page.rows]
        after = page.next
        if after is None:
            break
        assert len(page.rows) == 4
    assert seen == [order.key for order in hub.hub.stores.find_orders(query)] and hub.count(query) == len(seen)


def test_a_token_of_another_list_is_refused(hub: Both) -> None:
    token = hub.page(size=2).next
    for after in (token, "nonsense", "bnVsbA=="):
        with pytest.raises(ConfigurationError, match="another list"):
            hub.page(OrderQuery(descending=True), size=2, after=after)


def test_an_exact_last_page_has_no_next(hub: Both) -> None:
    assert hub.page(size=23).next is None and hub.page(size=22).next is not None


def test_a_stream_is_the_list(hub: Both) -> None:
    keys = [order.key for order in hub.orders()]
    assert [order.key for order in hub.listed(batch=4)] == keys
    assert [order.key for order in hub.listed(query=OrderQuery(limit=9), batch=4)] == keys[:9]
    assert [order.key for order in hub.listed(query=OrderQuery(limit=8), batch=4)] == keys[:8]
    assert [order.key for order in hub.orders(sort="updated", descending=True)] == keys[::-1]


def test_kept_filters_serve_pages_and_streams(hub: Both) -> None:
    hub.tag(["taobao:tb-1:03", "taobao:tb-1:04"], add=["urgent"], who="anna")
    hub.save_filter("urgent", OrderQuery(tag="urgent", descending=True))
    assert [row.order_id for row in hub.page(saved="urgent").rows] == ["04", "03"]
    assert [order.order_id for order in hub.listed(saved="urgent")] == ["04", "03"] and hub.count(saved="urgent") == 2
    assert hub.page(saved="urgent").rows[0].tags == ("urgent",) and list(hub.filters()) == ["urgent"]
    hub.drop_filter("urgent")
    with pytest.raises(ConfigurationError, match="no filter 'urgent'"):
        hub.page(saved="urgent")


def test_a_timeline_tells_who_did_what_when(hub: Both) -> None:
    key = "taobao:tb-1:02"
    hub.hub.stores.put_orders([sample_order("02", 50, status="shipped", shipments=(Shipment(waybill_no="SF1"),))])
    hub.tag([key], add=["vip"], who="anna")
    hub.note(key, "called", who="bo", detail={"reason": "address"})
    told = [(entry.who, entry.what, entry.status) for entry in hub.timeline(key)]
    assert told[:2] == [("taobao", "inserted", "awaiting_shipment"), ("taobao", "updated", "shipped")]
    assert told[2:] == [("anna", "tagged", None), ("bo", "called", None)]
    changes = {change.path: (change.before, change.after) for change in hub.timeline(key)[1].changes}
    assert changes["status"] == ("awaiting_shipment", "shipped") and changes["shipments"] == (None, None)
    assert {entry.at for entry in hub.timeline(key)} == {NOW} and hub.timeline("no:such:order") == []


def test_a_view_is_masked_unless_revealed(hub: Both) -> None:
    key = "taobao:tb-1:02"
    hub.hub.stores.put_refunds([sample_refund(order_id="02"), sample_refund("r2")])
    view, open_view = hub.view(key), hub.view(key, reveal=True)
    assert view.receiver.name == "王**" and view.receiver.phone == "138****8000" and view.row.buyer == "小**"
    assert open_view.receiver.name == "王小明" and open_view.receiver.phone == "13800138000"
    assert [refund.refund_id for refund in view.refunds] == ["r1"]
    assert "王小明" not in view.model_dump_json() + repr(open_view) + repr(hub.page(reveal=True))
    with pytest.raises(NotFound):
        hub.view("no:such:order")


def test_search_by_what_is_at_hand(hub: Both) -> None:
    assert [order.order_id for order in hub.search("02-1")] == ["02"]
    assert len(hub.search("8000", limit=5)) == 5


def test_a_person_is_exported_and_erased(hub: Both) -> None:
    li = Recipient(name="李四", phone="13900001234")
    hub.hub.stores.put_orders([
        sample_order("li-1", 90, status="delivered", recipient=li), sample_order("li-2", 91, recipient=li),
    ])  # fmt: skip
    hub.hub.stores.put_refunds([sample_refund("r9", order_id="li-1", reason="李四说", raw=b"doc")])
    data = hub.export_person(phone="13900001234")
    dumped = json.dumps(data.dump(), ensure_ascii=False)
    assert (
        [order.order_id for order in data.orders] == ["li-1", "li-2"] and "李四说" in dumped and '\\"tid\\"' in dumped
    )
    assert repr(data) == "PersonalData(2 orders, 1 refunds, 0 unread)"
    outcomes = hub.erase_person(phone="13900001234", who="anna")
    assert [(o.key.split(":")[-1], o.ok, o.value or o.reason) for o in outcomes] == [
        ("li-1", True, "redacted"), ("li-2", False, "order_open"),
    ]  # fmt: skip
    assert [order.order_id for order in hub.export_person(phone="13900001234").orders] == ["li-2"]
    assert hub.erase_person(phone="13900001234", force=True)[0].ok
    assert hub.export_person(phone="13900001234").orders == () and hub.search("李四") == []
    assert hub.timeline("taobao:tb-1:li-1")[-1].what == "erased" and hub.timeline("taobao:tb-1:li-1")[-1].who == "anna"


def test_a_name_alone_is_nobody(hub: Both) -> None:
    with pytest.raises(TypeError):
        hub.erase_person("王小明")
    for act in (hub.export_person, hub.erase_person):
        with pytest.raises(ConfigurationError, match="a name alone"):
            act(name="王小明")


def test_purge_follows_the_policy(hub: Both) -> None:
    amazon = {
        days: sample_order(f"az-{days}", platform="amazon", status="delivered",
                           shipments=(Shipment(delivered_at=NOW - timedelta(days=days)),))
        for days in (29, 30, 31)
    }  # fmt: skip
    hub.hub.stores.put_orders(list(amazon.values()))
    assert [(o.key, o.value) for o in hub.purge()] == [("amazon:tb-1:az-31", "redacted")]
    assert hub.purge() == []
    assert len(hub.purge({"taobao": 1})) == 11, "what was delivered; what waits for shipment stays"
    assert hub.hub.stores.get_order("amazon:tb-1:az-30").recipient.name == "王小明"
    assert hub.reseal() == 0


@pytest.mark.parametrize("kind", [Hub, AsyncHub])
def test_the_policy_is_a_setting(kind: Any) -> None:
    assert dict(kind(purge_days={"taobao": 90}).ops.purge_days) == {"amazon": 30, "taobao": 90}


def test_settings_take_keys_by_reference_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, key = tmp_path / "orderhub.toml", new_key()
    monkeypatch.setenv("HUB_KEY", key)
    place.write_text('encryption_keys = ["env:HUB_KEY"]\nkeep_raw = false\n[purge_days]\ntaobao = 60\n')
    found = load_settings(place)
    assert (found.encryption_keys, found.keep_raw, found.purge_days) == ((key,), False, {"taobao": 60})
    assert key not in repr(found)
    place.write_text(f'encryption_keys = ["{key}"]\n')
    with pytest.raises(ConfigurationError, match="stands in the configuration file"):
        load_settings(place)


def test_a_fulfilment_run_tells_what_is_new() -> None:
    shipped = Outcome(True, "k", value=Fulfilled("k", (ParcelRecord("p", "sh", (), (), waybill_no="SF1"),)))
    outcomes = [shipped, Outcome(True, "k2", "already_done"), Outcome(False, "k3", "on_hold")]
    assert told(outcomes) == [
        Event("k", "fulfilled", detail={"waybills": "SF1"}), Event("k3", "refused", detail={"reason": "on_hold"}),
    ]  # fmt: skip


# --- pure ------------------------------------------------------------------------------------------------------------


def full_order() -> Order:
    """An order with something in every field of a view."""
    line = LineItem(
        line_id="1-1", sku="A-1", title="茶杯", variant="蓝", quantity=2, unit_price=Decimal("9.95"), status="shipped"
    )
    place = Address(
        country="CN", province="浙江省", city="杭州市", district="西湖区", street="文三路1号", postal_code="310000"
    )
    return sample_order(
        "1", lines=(line,), labels=("vip",), buyer_note="轻放", items_total=Decimal("19.90"), created_at=at(-60),
        discounts=(Discount(kind="coupon", amount=Decimal("1.00")),), shipments=(Shipment(carrier="sf", waybill_no="SF1"),),
        recipient=Recipient(name="王小明", phone="13800138000", address=place, privacy=Privacy(kind=PrivacyKind.CLEAR)),
    )  # fmt: skip


@pytest.mark.parametrize("reveal", [False, True])
def test_a_view_is_golden(reveal: bool) -> None:
    view = order_view(full_order(), tags=("urgent",), refunds=[sample_refund()], reveal=reveal)
    _golden(f"order_view{'_revealed' if reveal else ''}.json", json.loads(view.model_dump_json()))


@pytest.mark.parametrize("model", [OrderView, OrderPage])
def test_schemas_are_golden(model: Any) -> None:
    _golden(f"{model.__name__}.schema.json", TypeAdapter(model).json_schema(mode="serialization"))


def _golden(name: str, found: Any) -> None:
    """Delete a golden file to have it written anew; the test then fails once, so that nobody does it by accident."""
    place = GOLDEN / name
    if not place.exists():
        place.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
        raise AssertionError(f"{name} was written: look at it and commit it")
    assert found == json.loads(place.read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [("13800138000", "138****8000"), ("+86 138-0013-8000", "138****8000"), ("0571-8888", "****88"), ("138****8000", "138****8000"), ("1", "****1")],
)  # fmt: skip
def test_phones_are_masked(text: str, masked: str) -> None:
    assert mask_phone(text) == masked


def test_names_are_masked_to_one_length() -> None:
    assert {mask_name("王明"), mask_name(" 王小明 "), mask_name("王" * 9)} == {"王**"} and mask_name("王*") == "王*"


def test_redaction_keeps_what_figures_need() -> None:
    before = full_order()
    after = redact(before)
    assert (after.total, after.items_total, after.lines, after.shipments) == (
        before.total, before.items_total, before.lines, before.shipments,
    )  # fmt: skip
    told = after.model_dump_json()
    assert (
        not any(text in told for text in ("王", "13800138000", "杭州", "文三路", "轻放", "小明")) and "浙江省" in told
    )
    assert redact(after) == after


@pytest.mark.parametrize(
    ("changes", "closed"),
    [
        ({"status": "awaiting_shipment"}, None), ({"status": "shipped"}, None), ({"status": "unknown"}, None),
        ({"status": "delivered", "shipments": (Shipment(delivered_at=at(1)), Shipment(delivered_at=at(5)))}, at(5)),
        ({"status": "completed", "completed_at": at(7)}, at(7)), ({"status": "cancelled", "updated_at": at(3)}, at(3)),
    ],
)  # fmt: skip
def test_when_an_order_is_closed(changes: dict[str, Any], closed: datetime | None) -> None:
    assert closed_at(sample_order(**changes)) == closed


def test_notebooks_show_tables_and_no_people() -> None:
    order = full_order().model_copy(update={"buyer": Buyer(nickname="<b>小明</b>")})
    line = LineItem(line_id="x", title="<script>", quantity=1)
    shown = order.model_copy(update={"lines": (*order.lines, line)})._repr_html_()
    assert "茶杯" in shown and "&lt;script&gt;" in shown and "<script>" not in shown
    assert not any(text in shown for text in ("王小明", "小明", "13800138000", "文三路"))
    page = Hub()
    page.stores.put_orders([order])
    assert "王**" in page.page()._repr_html_() and "王小明" not in page.page()._repr_html_()
    page.close()
