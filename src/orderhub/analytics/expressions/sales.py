"""Orders, sales, refunds, shipping and carriers. Imports siblings, ibis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orderhub.analytics.expressions.facts import facts, measures, sold_lines
from orderhub.analytics.expressions.scope import Scope
from orderhub.analytics.expressions.tables import AMOUNT, SHARE

__all__ = ["by_sku", "carriers", "grouped", "refund_rate", "shipping", "top_skus", "trend"]


def grouped(*keys: str) -> Callable[[Scope], Any]:
    """A figure: the measures of every group, currencies apart."""

    def build(scope: Scope) -> Any:
        orders = facts(scope)
        return orders.group_by("currency", *keys).agg(**measures(orders))

    return build


def share(part: Any, whole: Any) -> Any:
    """`part / whole` to six places; None where the whole is nothing."""
    import ibis

    return (part.cast("float64") / ibis.ifelse(whole == 0, ibis.null(), whole).cast("float64")).round(6).cast(SHARE)


def refund_rate(scope: Scope) -> Any:
    """By shop: of the orders that count how many gave money back, and of the sales how much."""
    orders = facts(scope)
    gave = orders.counted & (orders.refunded > 0).fill_null(False)
    told = orders.counted & orders.refunded.notnull()
    found = orders.group_by("currency", "platform", "shop_id").agg(
        **measures(orders), refunded_orders=gave.cast("int32").sum(), told_orders=told.cast("int32").sum()
    )
    return found.mutate(
        order_rate=share(found.refunded_orders, found.told_orders), amount_rate=share(found.refunded, found.sales)
    )


def by_sku(scope: Scope) -> Any:
    """Lines of orders that count; an empty SKU is that of lines which no code names."""
    lines = sold_lines(scope)
    return lines.group_by("currency", "sku").agg(
        sku_orders=lines.order_key.nunique(), sku_units=lines.quantity.sum(), goods=lines.goods.sum(),
        unpriced_lines=lines.goods.isnull().cast("int32").sum(),
    )  # fmt: skip


def top_skus(scope: Scope) -> Any:
    """The SKUs that bring most in each currency; among equals the more units, then the name."""
    import ibis

    skus = by_sku(scope)
    skus = skus.filter(skus.goods.notnull() & skus.sku.notnull())
    order = [ibis.desc(skus.goods), ibis.desc(skus.sku_units), skus.sku]
    ranked = skus.mutate(place=ibis.row_number().over(group_by=skus.currency, order_by=order) + 1)
    return ranked.filter(ranked.place <= scope.top)


def _count(yes: Any) -> Any:
    return yes.cast("int32").sum()


def shipping(scope: Scope) -> Any:
    """By shop: parcels promised by an instant, sent in time or late; an order still open is due or overdue."""
    orders, parcels = facts(scope), scope.tables.shipments
    sent = parcels.group_by(sent_of=parcels.order_key).agg(last_sent=parcels.shipped_at.max())
    orders = orders.left_join(sent, orders.key == sent.sent_of)
    ours = orders.filter(orders.ship_by.notnull() & orders.counted & (orders.fulfilled_by != "platform"))
    is_open, at = ours.status.isin(("awaiting_shipment", "partially_shipped")), scope.instant()
    shipped = ours.shipped_at.fill_null(ours.last_sent)
    waiting = is_open & ~ours.held
    found = ours.group_by("platform", "shop_id").agg(
        on_time=_count(~is_open & (shipped <= ours.ship_by).fill_null(False)),
        late=_count(~is_open & (shipped > ours.ship_by).fill_null(False)),
        overdue=_count(waiting & (ours.ship_by < at)), due=_count(waiting & (ours.ship_by >= at)),
        time_unknown=_count(~is_open & shipped.isnull()),
    )  # fmt: skip
    return found.mutate(on_time_rate=share(found.on_time, found.on_time + found.late + found.overdue))


def carriers(scope: Scope) -> Any:
    """By carrier: parcels, those delivered, and how many hours from sending to delivery on average."""
    parcels = scope.tables.shipments
    both = parcels.shipped_at.notnull() & parcels.delivered_at.notnull() & (parcels.delivered_at >= parcels.shipped_at)
    seconds = parcels.delivered_at.epoch_seconds() - parcels.shipped_at.epoch_seconds()
    found = parcels.group_by("carrier").agg(
        parcels=parcels.count(), delivered=parcels.delivered_at.count(), timed=_count(both.fill_null(False)),
        seconds=seconds.sum(where=both),
    )  # fmt: skip
    return found.mutate(mean_hours=share(found.seconds, found.timed * 3600))


def trend(scope: Scope) -> Any:
    """Sales by period with a moving average and growth; periods without orders have no row and count as nothing."""
    import ibis

    orders = facts(scope)
    orders = orders.filter(orders.period.notnull())
    found = orders.group_by("currency", "period").agg(**measures(orders))
    found = found.mutate(step=scope.steps(found.period))
    line = ibis.window(group_by=found.currency, order_by=found.step)
    span = ibis.range_window(preceding=scope.window - 1, following=0, group_by=found.currency, order_by=found.step)
    found = found.mutate(
        window_sales=found.sales.sum().over(span), window_known=found.sales.count().over(span),
        window_rows=found.count().over(span), first=found.step.min().over(ibis.window(group_by=found.currency)),
        last_step=found.step.lag().over(line), last_sales=found.sales.lag().over(line),
    )  # fmt: skip
    full = (found.step - found.first >= scope.window - 1) & (found.window_known == found.window_rows)
    before = ibis.ifelse(found.last_step == found.step - 1, found.last_sales, ibis.null())
    average = (found.window_sales.cast("float64") / scope.window).round(6).cast(AMOUNT)
    return found.mutate(
        moving_average=ibis.ifelse(full, average, ibis.null()), growth=share(found.sales - before, before)
    )
