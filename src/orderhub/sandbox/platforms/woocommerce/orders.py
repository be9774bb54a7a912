"""Orders listed, read, made, changed, thrown away, and their notes. Source: docs/platforms/woocommerce.md."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.woocommerce.ask import Ask, Told, batch
from orderhub.sandbox.platforms.woocommerce.moves import add_note, put_meta, recount, set_status
from orderhub.sandbox.platforms.woocommerce.seed import make_order, reprice
from orderhub.sandbox.platforms.woocommerce.spec import ORDER_BY, STATUSES, invalid_id
from orderhub.sandbox.platforms.woocommerce.state import Doc, Order
from orderhub.sandbox.platforms.woocommerce.wire import Refusal, cents, money, stamps

__all__ = ["change", "create", "delete", "get", "listed", "many", "note", "notes", "shown"]

UNKNOWN_STATUS = "on-the-moon"
TEXTS = ("customer_note", "transaction_id", "payment_method", "payment_method_title")
_BOUNDS = ("after", "before", "modified_after", "modified_before")
_FILTERS = ("status", "customer", "product", "include", "exclude")


def listed(ask: Ask) -> Told:
    """GET orders."""
    if ask.fault("shifting_pages"):
        _shift(ask)
    rows = ask.market.by_shop[ask.shop.shop_id]
    return ask.page(_found(ask), lambda number: shown(ask, rows[number]))


def _shift(ask: Ask) -> None:
    seen = [order for order in ask.market.by_shop[ask.shop.shop_id].values() if order.shown_from <= ask.market.now()]
    if seen:
        ask.market.touch(max(seen, key=lambda order: (order.created, order.number)))


def _found(ask: Ask) -> list[int]:
    """Ids that every filter lets through, in the order asked for; kept until something changes."""
    names = (*_BOUNDS, *_FILTERS, "dates_are_gmt", "order", "orderby")
    inclusive = ask.switch("bounds_inclusive")
    key = (ask.shop.shop_id, inclusive, ask.switch("any_shows_trash"), *(ask.params.get(name) for name in names),
           tuple(pair for pair in ask.call.request.query if "[" in pair[0]))  # fmt: skip
    if key not in ask.market.lists or ask.market.late:
        ask.market.lists[key] = _sorted(ask, _filtered(ask, _windows(ask, inclusive=inclusive)))
    return ask.market.lists[key]


def _windows(ask: Ask, *, inclusive: bool) -> list[Order]:
    """Orders inside both windows, oldest first by creation."""
    end, mine, market = float("inf"), ask.market.by_shop[ask.shop.shop_id], ask.market
    shop_id = ask.shop.shop_id
    made = market.window(shop_id, "created", ask.bound("after", -1), ask.bound("before", end), inclusive=inclusive)
    if not any(ask.params.get(name) for name in _BOUNDS[2:]):
        return [mine[number] for number in made]
    changed = market.window(
        shop_id, "modified", ask.bound("modified_after", -1), ask.bound("modified_before", end), inclusive=inclusive
    )
    if any(ask.params.get(name) for name in _BOUNDS[:2]):
        both = set(made)
        changed = [number for number in changed if number in both]
    return [mine[number] for number in changed]


def _filtered(ask: Ask, orders: list[Order]) -> list[Order]:
    """By status, customer, product, ids; late orders are not there yet."""
    statuses, now = _statuses(ask), ask.market.now()
    customer, product = ask.params.get("customer"), ask.params.get("product")
    include, exclude = set(ask.numbers("include")), set(ask.numbers("exclude"))
    return [
        order for order in orders
        if order.shown_from <= now
        and (order.doc["status"] in statuses if statuses else order.doc["status"] != "trash"
             or ask.switch("any_shows_trash"))
        and (customer is None or str(order.doc["customer_id"]) == customer)
        and (product is None or any(str(line["product_id"]) == product for line in order.doc["line_items"]))
        and (not include or order.number in include) and order.number not in exclude
    ]  # fmt: skip


def _statuses(ask: Ask) -> set[str]:
    """Statuses asked for; empty means any."""
    asked, known = set(ask.listed("status")), _known(ask) | {"any"}
    if asked - known:
        raise ask.bad("status", f"is not one of {', '.join(sorted(known))}")
    return set() if "any" in asked else asked


def _known(ask: Ask) -> frozenset[str]:
    return STATUSES | {word.strip() for word in ask.switch("extra_statuses").split(",") if word.strip()}


def _sorted(ask: Ask, orders: list[Order]) -> list[int]:
    by = ask.choice("orderby", ORDER_BY, "date")
    down = ask.choice("order", frozenset({"asc", "desc"}), "desc") == "desc"
    if by == "include" and (wanted := ask.numbers("include")):
        found = {order.number for order in orders}
        return [number for number in dict.fromkeys(wanted) if number in found]
    if by == "date":
        return [order.number for order in sorted(orders, key=lambda one: (one.created, one.number), reverse=down)]
    return sorted((order.number for order in orders), reverse=down)


def shown(ask: Ask, order: Order) -> Doc:
    """An order as this call tells it: decimals as `dp` asks, faults that hit the call."""
    told = order.told(ask.shop)
    if ask.params.get("dp", "2") != "2":
        _decimals(told, ask.number("dp", 2, 0, 8))
    if ask.fault("unknown_status"):
        told["status"] = UNKNOWN_STATUS
    if ask.fault("drifted_field"):
        told |= {"total": float(told["total"]), "attribution": {"source": "sandbox"}}
    return told


_MONEY = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax",
          "subtotal", "subtotal_tax", "discount")  # fmt: skip


def _decimals(told: Doc, places: int) -> None:
    """Amounts with another number of decimals; the cents of the shop are rounded half up below two."""

    def rounded(text: str) -> str:
        if places >= 2:
            return text + "0" * (places - 2)
        step = 10 ** (2 - places)
        units = (abs(cents(text)) * 2 + step) // (2 * step)
        sign = "-" if text.startswith("-") and units else ""
        return f"{sign}{units}" if places == 0 else f"{sign}{units // 10}.{units % 10}"

    for group in ("line_items", "shipping_lines", "fee_lines", "coupon_lines", "refunds"):
        told[group] = [
            {name: rounded(value) if name in _MONEY and value else value for name, value in row.items()}
            for row in told[group]
        ]  # fmt: skip
    told |= {name: rounded(told[name]) for name in _MONEY if name in told}


def get(ask: Ask) -> Told:
    """GET orders/{id}."""
    return Told(shown(ask, ask.order()))


def change(ask: Ask) -> Told:
    """PUT orders/{id}."""
    return Told(shown(ask, _changed(ask, ask.order(), ask.body)))


def _changed(ask: Ask, order: Order, given: Doc) -> Order:
    """Everything is checked before anything is written."""
    status = given.get("status")
    if status is not None and status not in _known(ask):
        raise ask.bad("status", f"is not one of {', '.join(sorted(_known(ask)))}")
    cards = {name: _card(ask, given[name], name) for name in ("billing", "shipping") if name in given}
    meta = given.get("meta_data", [])
    if not (isinstance(meta, list) and all(isinstance(row, dict) for row in meta)):
        raise ask.bad("meta_data", "is not a list of objects")
    order.doc |= {name: str(given[name]) for name in TEXTS if name in given}
    for name, card in cards.items():
        order.doc[name] = {**order.doc[name], **card}
    put_meta(ask.market, order, meta)
    if given.get("set_paid") and order.paid is None:
        status = status or "processing"
    if status is not None and status != order.doc["status"]:
        set_status(ask.market, order, status)
    else:
        ask.market.touch(order)
    return order


def _card(ask: Ask, card: Any, name: str) -> Doc:
    if not isinstance(card, dict) or not all(isinstance(value, str) for value in card.values()):
        raise ask.bad(name, "is not an address")
    return card


def create(ask: Ask) -> Told:
    """POST orders."""
    return Told(shown(ask, _created(ask, ask.body)), 201)


def _created(ask: Ask, given: Doc) -> Order:
    """A pending order of goods that the shop sells; `set_paid` pays it at once."""
    order = make_order(ask.market, ask.shop, ask.market.now(), lines=1, plain=True)
    rows, pattern = given.get("line_items") or [], order.doc["line_items"][0]
    order.doc["line_items"] = [_line(ask, row, pattern) for row in rows]
    order.doc |= {"created_via": "rest-api", "customer_note": "", "customer_id": int(given.get("customer_id", 0))}
    for name in ("billing", "shipping"):
        order.doc[name] = dict.fromkeys(order.doc[name], "")
    recount(order.doc)
    ask.market.add(order)
    return _changed(ask, order, given)


def _line(ask: Ask, row: Any, pattern: Doc) -> Doc:
    number = row.get("variation_id") or row.get("product_id") if isinstance(row, dict) else None
    good = ask.market.goods.get((ask.shop.shop_id, number)) if isinstance(number, int) else None
    units = row.get("quantity", 1) if isinstance(row, dict) else 0
    if good is None or isinstance(units, bool) or not isinstance(units, int) or units < 1:
        raise Refusal(invalid_id("product"), "Product ID or quantity is missing or wrong.", 400)
    line = pattern | {
        "id": ask.market.serial(ask.shop), "product_id": good.product_id, "variation_id": good.variation_id,
        "sku": good.sku, "name": good.title, "quantity": units, "subtotal": money(good.price_cents * units),
        "meta_data": [],
    }  # fmt: skip
    reprice(ask.market, ask.shop, line, 0)
    return line


def delete(ask: Ask) -> Told:
    """DELETE orders/{id}: into the trash, or with `force` for good."""
    return Told(_deleted(ask, ask.order(), force=ask.flag("force")))


def _deleted(ask: Ask, order: Order, *, force: bool) -> Doc:
    if force:
        ask.market.drop(order)
    else:
        set_status(ask.market, order, "trash")
    return shown(ask, order)


def many(ask: Ask) -> Told:
    """POST orders/batch."""

    def found(row: Doc) -> Order:
        number = row.get("id")
        return ask.order(number if isinstance(number, int) else -1)

    return batch(ask, {
        "create": lambda row: shown(ask, _created(ask, row)),
        "update": lambda row: shown(ask, _changed(ask, found(row), row)),
        "delete": lambda row: _deleted(ask, found(row), force=True),
    })  # fmt: skip


def _note(ask: Ask, note: Doc) -> Doc:
    told = {name: value for name, value in note.items() if name != "at"}
    return told | stamps("date_created", note["at"], ask.shop.offset_h)


def notes(ask: Ask) -> Told:
    """GET orders/{id}/notes, newest first."""
    return Told([_note(ask, note) for note in reversed(ask.order().notes)])


def note(ask: Ask) -> Told:
    """POST orders/{id}/notes."""
    text = ask.body.get("note")
    if not isinstance(text, str) or not text:
        raise ask.bad("note", "is missing")
    made = add_note(ask.market, ask.order(), text, customer=bool(ask.body.get("customer_note")))
    return Told(_note(ask, made), 201)
