"""What one order contributes, as an expression; the meanings are those of `analytics.facts`. Imports siblings, ibis."""

from __future__ import annotations

from typing import Any, Final

from orderhub.analytics.expressions.scope import Scope
from orderhub.analytics.expressions.tables import AMOUNT

__all__ = ["facts", "known", "measures", "shaped", "sold_lines"]

_RECEIVED: Final = ("paid", "partially_refunded", "refunded")
_RETURNED: Final = ("refunded", "partially_refunded")
_NOTHING_BACK: Final = ("paid", "unpaid")


def facts(scope: Scope) -> Any:
    """One row per order: when and where in the shop's zone, whether it counts as a sale, units, amounts, customer."""
    orders, units, returned = scope.tables.orders, _units(scope), _returned(scope)
    joined = orders.left_join(units, orders.key == units.units_of).left_join(
        returned, (orders.key == returned.returned_of) & (orders.currency == returned.returned_in)
    )
    shop = joined.platform + ":" + joined.shop_id
    local = scope.local(joined.created_at, shop)
    return joined.select(
        "key", "platform", "shop_id", "status", "fulfilled_by", "held", "shipped_at", "ship_by", "customer",
        counted=_counted(joined), units=joined.units.fill_null(0), day=local.date(), period=scope.cut(local),
        region=_region(joined, scope.division_digits), currency=scope.currency(joined.currency),
        total=scope.amount(joined.total, joined.currency),
        refunded=scope.amount(_refunded(joined), joined.currency),
    )  # fmt: skip


def _units(scope: Scope) -> Any:
    lines = scope.tables.lines
    return lines.group_by(units_of=lines.order_key).agg(units=lines.quantity.sum())


def _returned(scope: Scope) -> Any:
    """Money that settled cases gave back; None as soon as one does not say how much."""
    import ibis

    cases = scope.tables.refunds
    settled = cases.filter(cases.status.isin(_RETURNED))
    whole = settled.amount.count() == settled.count()
    amount = ibis.ifelse(whole, settled.amount.sum(), ibis.null()).cast(AMOUNT)
    return settled.group_by(returned_of=settled.order_key, returned_in=settled.currency).agg(
        returned=amount, cases=settled.count()
    )


def _counted(orders: Any) -> Any:
    """Its money is here, or it is cash on delivery, and it is neither cancelled nor unclear."""
    clear = ~orders.status.isin(("cancelled", "unknown")) & (orders.payment_status != "unknown")
    on_delivery = orders.is_cod & (orders.status != "pending_payment")
    return clear & (orders.payment_status.isin(_RECEIVED) | on_delivery)


def _refunded(orders: Any) -> Any:
    import ibis

    nothing = ibis.ifelse(orders.payment_status.isin(_NOTHING_BACK), 0, ibis.null()).cast(AMOUNT)
    return ibis.cases(
        (orders.refunded.notnull(), orders.refunded), (orders.cases.notnull(), orders.returned), else_=nothing
    )


def _region(orders: Any, digits: int) -> Any:
    """A division code of China cut to its level, elsewhere the country's two letters; free text never passes."""
    import ibis

    code, country = orders.division_code, orders.country
    home = country.isnull() | country.isin(("", "CN", "CHN", "China", "中国"))
    return ibis.cases(
        (home & code.re_search("^[0-9]{6}"), code.left(digits) + "0" * (6 - digits)),
        (~home & country.re_search("^[A-Z]{2}$"), country),
    )


def known(amounts: Any, where: Any) -> Any:
    """The sum of the known amounts; zero where there are no rows, None where none of them says its amount."""
    import ibis

    nobody = where.cast("int32").sum().fill_null(0) == 0
    return ibis.ifelse(nobody, ibis.literal(0).cast(AMOUNT), amounts.sum(where=where).cast(AMOUNT))


def measures(orders: Any) -> dict[str, Any]:
    """What every group of orders is measured by; the names mean what they mean in the report."""
    sales, refunded = known(orders.total, orders.counted), known(orders.refunded, orders.counted)
    return {
        "orders": orders.count(), "counted": orders.counted.cast("int32").sum().fill_null(0),
        "units": orders.units.sum(where=orders.counted).fill_null(0), "sales": sales, "refunded": refunded,
        "net": sales - refunded,
        "unpriced": (orders.counted & orders.total.isnull()).cast("int32").sum().fill_null(0),
    }  # fmt: skip


def sold_lines(scope: Scope) -> Any:
    """Lines of orders that count as sales; `currency` is the one that `goods` is told in."""
    orders, lines = scope.tables.orders, scope.tables.lines
    sold = orders.filter(_counted(orders))
    sold = sold.select("key", code=sold.currency, currency=scope.currency(sold.currency))
    joined = lines.inner_join(sold, lines.order_key == sold.key)
    return joined.select("order_key", "sku", "quantity", "currency", goods=scope.amount(joined.total, joined.code))


def shaped(table: Any, columns: dict[str, str]) -> Any:
    """Exactly these columns, in these types, whatever the engine made of a sum."""
    return table.select(**{name: table[name].cast(dtype) for name, dtype in columns.items()})
