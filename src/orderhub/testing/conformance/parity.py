"""Sync and async are one implementation: every verb gives equal results in twin worlds. Imports `conformance.bench`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from orderhub.errors import OrderHubError
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.models import Address, ListingStock, Outcome, Recipient, Refusal, ReturnAddress, Waybill
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench, awaited
from orderhub.testing.conformance.platform_waybills import waybill_request

__all__ = ["ARGUMENTS", "plain"]

Arguments = Callable[[Bench, Any, World], tuple[tuple[Any, ...], dict[str, Any]]]


def _nothing(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (), {}


def _order(*more: Any) -> Arguments:
    return lambda bench, shop, world: ((bench.shippable(shop, world)[0].order_id, *more), {})


def _recipient(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    order = bench.shippable(shop, world)[0]
    return (order.order_id, order.recipient), {}


def _receivers(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    orders = bench.shippable(shop, world)[:3]
    return ([(order.order_id, order.recipient.privacy.token or "none") for order in orders],), {}


def _offered(bench: Bench, shop: Any, world: World) -> tuple[str, str | None]:
    """Ids of something that the shop sells; a platform that lists no goods names them in its orders."""
    if bench.capability("listings").available:
        row = next(iter(shop.listings()))
        return row.listing_id, row.platform_sku_id
    line = bench.shippable(shop, world)[0].lines[0]
    return line.platform_item_id or line.platform_sku_id or line.line_id, line.platform_sku_id


def _listing(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    listing_id, sku_id = _offered(bench, shop, world)
    return ([ListingStock(listing_id=listing_id, platform_sku_id=sku_id, quantity=3, version=1)],), {}


def _delta(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    listing_id, sku_id = _offered(bench, shop, world)
    return (listing_id, 2), {"platform_sku_id": sku_id}


def _case(*more: Any, open_for: str = "") -> Arguments:
    """A case that a verb may answer, else any; refusals compare as well as answers do."""

    def arguments(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
        cases = list(shop.refunds(updated_since=bench.since(world)))
        asked = [
            case for case in cases if case.status.value == "requested" and case.kind.value in _FOR.get(open_for, ())
        ]
        return ((asked or cases)[0], *more), {}

    return arguments


_FOR = {"agree_refund": ("refund_only",), "refuse_refund": ("refund_only", "return_and_refund"),
        "agree_return": ("return_and_refund",)}  # fmt: skip
"""Verb -> kinds of cases that it is for, as the buyer asks."""
_NO = Refusal(text="已经发货 shipped", code="1")
_HOME = ReturnAddress(address_id="1", contact=Recipient(name="仓库", phone="02155550100", address=Address(
    province="上海市", city="上海市", district="浦东新区", street="仓储路1号", postal_code="200000")))  # fmt: skip


def _refund(bench: Bench, shop: Any, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (next(iter(shop.refunds(updated_since=bench.since(world)))).refund_id,), {}


def _waybill(bench: Bench, shop: Any, world: World) -> Waybill:
    """A number that was just made for a parcel."""
    request = waybill_request(bench, shop, world)
    (outcome,) = shop.create_waybills([request])
    if outcome.value is not None:
        return cast(Waybill, outcome.value)
    return Waybill(carrier=request.carrier, waybill_no="none", reference=request.key,
                   order_ids=request.parcel.order_ids)  # fmt: skip


ARGUMENTS: dict[str, Arguments] = {
    "orders": lambda bench, shop, world: ((), {"updated_since": bench.since(world)}),
    "get_order": _order(),
    "count_orders": lambda bench, shop, world: ((bench.window(world, hours=1),), {}),
    "refunds": lambda bench, shop, world: ((), {"updated_since": bench.since(world)}),
    "get_refund": _refund,
    "agree_refund": _case(open_for="agree_refund"),
    "refuse_refund": _case(_NO, open_for="refuse_refund"),
    "agree_return": _case(_HOME, open_for="agree_return"),
    "confirm_return": _case(),
    "refuse_return": _case(_NO),
    "ship_exchange": _case("sf", "SF1000000000009"),
    "refuse_reasons": _case(),
    "return_addresses": _nothing,
    "list_invoice_requests": _order(),
    "ship": lambda bench, shop, world: (([bench.dispatch(shop, bench.shippable(shop, world)[0])],), {}),
    "carriers": _nothing,
    "change_address": _recipient,
    "set_memo": _order("packed 已打包", 1),
    "close_order": _order("other"),
    "push_stock": _listing,
    "change_stock": _delta,
    "listings": _nothing,
    "exchange_code": lambda bench, shop, world: (("no-such-code",), {}),
    "authorize_url": lambda bench, shop, world: (("https://shop.example/back", "state-1"), {}),
    "decode_message": lambda bench, shop, world: (({}, b"{}"), {}),
    "pull_messages": _nothing,
    "confirm_messages": lambda bench, shop, world: (([],), {}),
    "permit_messages": _nothing,
    "decrypt": _receivers,
    "merge_groups": _receivers,
    "server_time": _nothing,
    "waybill_accounts": _nothing,
    "waybill_templates": _nothing,
    "create_waybills": lambda bench, shop, world: (([waybill_request(bench, shop, world)],), {}),
    "find_waybills": lambda bench, shop, world: (([waybill_request(bench, shop, world)],), {}),
    "query_waybills": lambda bench, shop, world: (([_waybill(bench, shop, world)],), {}),
    "cancel_waybill": lambda bench, shop, world: ((_waybill(bench, shop, world),), {}),
}
"""Arguments for each verb, found in the world itself. A verb without a row fails the check."""


def every_verb_sync_and_async(bench: Bench) -> None:
    """Each available verb, refusals included, has the same result in both drivers and the same wire operations."""
    for verb, how in CHANNEL_VERBS.items():
        if not bench.capability(verb).available:
            continue
        ours, theirs = _sync(bench, verb, how.kind), _async(bench, verb, how.kind)
        assert ours == theirs, f"{verb}: sync {ours[0]!r:.300}, async {theirs[0]!r:.300}"


def _arguments(bench: Bench, verb: str, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return ARGUMENTS[verb](bench, bench.shop(world), world)


def _sync(bench: Bench, verb: str, kind: str) -> tuple[Any, list[Any]]:
    world = bench.world(orders=10)
    args, named = _arguments(bench, verb, world)
    shop, before = bench.shop(world), len(world.log(100_000))
    try:
        found = getattr(shop, verb)(*args, **named)
        result = sorted(map(plain, found), key=repr) if kind == "stream" else plain(found)
    except OrderHubError as error:
        result = plain(error)
    return result, _operations(world, before)


def _async(bench: Bench, verb: str, kind: str) -> tuple[Any, list[Any]]:
    world = bench.world(orders=10)
    args, named = _arguments(bench, verb, world)
    before = len(world.log(100_000))

    async def play() -> Any:
        shop = bench.async_shop(world)
        found = getattr(shop, verb)(*args, **named)
        if kind == "stream":
            return sorted([plain(item) async for item in found], key=repr)
        return plain(found if kind == "local" else await found)

    try:
        result = awaited(play)
    except OrderHubError as error:
        result = plain(error)
    return result, _operations(world, before)


def _operations(world: World, before: int) -> list[Any]:
    log = world.log(100_000)
    return sorted(str(row["operation"]) for row in log[: len(log) - before])


def plain(value: Any) -> Any:
    """A value that compares by content: errors by type and text, outcomes by their parts."""
    if isinstance(value, OrderHubError):
        return type(value).__name__, str(value)
    if isinstance(value, Outcome):
        return value.ok, value.key, value.reason, plain(value.error), plain(value.value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
