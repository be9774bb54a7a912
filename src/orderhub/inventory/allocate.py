"""Which warehouse ships which line: the cheapest cover of each order, exactly. Pure. Imports `models`, `errors`.

Orders are served one after the other from a shrinking picture of the stock, so that together they never take more
than there is. Within an order every set of one, two or three warehouses is weighed, cheapest first, and search stops
where nothing cheaper can follow. A plan is not a stock change: reserve it, and allocate again if somebody was faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orderhub.errors import ConfigurationError
from orderhub.inventory.cover import Cover, Fare, Picks, Stock, join, pick, search
from orderhub.inventory.demand import AllocatedParcel, Allocation, Choice, DemandLine, Missing, OrderDemand, ParcelCosts
from orderhub.models.logistics import Warehouse
from orderhub.models.stock import Level

__all__ = ["allocate"]


def allocate(
    orders: Iterable[OrderDemand],
    levels: Iterable[Level],
    warehouses: Sequence[Warehouse],
    costs: ParcelCosts,
    *,
    allow_line_split: bool = False,
) -> list[Allocation]:
    """Plan every order, in the order given; served by `rank`, then key.

    Equal costs are decided by fewer parcels, then by the warehouses' priority and code, so that the plan depends
    neither on the sequence of lines nor on that of orders.

    Args:
        orders: Keys must differ; a line of less than one unit is refused.
        levels: The stock, from `ledger.levels(skus)`; warehouses that are not listed do not ship.
        warehouses: Those that ship.
        costs: What a parcel costs.
        allow_line_split: Whether a line may come from several warehouses, if it cannot come from one.
    Raises:
        ConfigurationError: Two orders or two warehouses share a name, a quantity is not positive, a cost is negative.
    """
    asked = list(orders)
    _check(asked, warehouses)
    desk = _Desk(levels, warehouses, costs, allow_line_split)
    plans = {
        order.order_key: desk.serve(order) for order in sorted(asked, key=lambda each: (each.rank, each.order_key))
    }
    return [plans[order.order_key] for order in asked]


def _check(orders: Sequence[OrderDemand], warehouses: Sequence[Warehouse]) -> None:
    if len({order.order_key for order in orders}) < len(orders):
        raise ConfigurationError("Two orders of one allocation share a key", field="order_key")
    if len({warehouse.code for warehouse in warehouses}) < len(warehouses):
        raise ConfigurationError("Two warehouses share a code", field="warehouses")
    for order in orders:
        if not order.lines or any(line.quantity < 1 for line in order.lines):
            raise ConfigurationError(f"Order {order.order_key} needs lines of one unit or more", field="lines")


class _Desk:
    """The stock as far as it is not promised yet, and the fares by province."""

    def __init__(
        self, levels: Iterable[Level], warehouses: Sequence[Warehouse], costs: ParcelCosts, allow_line_split: bool
    ) -> None:
        self._warehouses, self._costs, self._allow_line_split = warehouses, costs, allow_line_split
        self._fares: dict[str | None, list[Fare]] = {}
        self._stock: Stock = {}
        index = {warehouse.code: at for at, warehouse in enumerate(warehouses)}
        for level in levels:
            if level.warehouse in index and level.available > 0:
                self._stock.setdefault(level.sku, {})[index[level.warehouse]] = level.available

    def serve(self, order: OrderDemand) -> Allocation:
        """Plan one order and take its units."""
        lines = sorted(order.lines, key=lambda line: (line.line_id, line.sku, line.quantity))
        fares, is_split = self._fares_to(order.province), False
        if len({line.sku for line in lines}) == len(lines):
            best = join(lines, fares, self._stock)
        else:
            best = search(lines, fares, self._stock, is_split)
        if not best and self._allow_line_split:
            is_split = True
            best = search(lines, fares, self._stock, is_split)
        if not best:
            return Allocation(order.order_key, missing=self._missing(lines))
        picks = pick(lines, [fares[place][1] for place in best[0][2]], self._stock, is_split)
        assert picks is not None, order.order_key
        return Allocation(order.order_key, self._take(picks), (), *(self._choice(fares, cover) for cover in best))

    def _fares_to(self, province: str | None) -> list[Fare]:
        """Every warehouse, cheapest first; computed once a province."""
        found = self._fares.get(province)
        if found is None:
            rows = [(self._costs.of(province, each), each.priority, each.code, at) for at, each in self._numbered()]
            if any(row[0] < 0 for row in rows):
                raise ConfigurationError("The cost of a parcel cannot be negative", field="costs")
            found = [(place, at, cost) for place, (cost, _, _, at) in enumerate(sorted(rows))]
            self._fares[province] = found
        return found

    def _numbered(self) -> Iterable[tuple[int, Warehouse]]:
        return enumerate(self._warehouses)

    def _missing(self, lines: Sequence[DemandLine]) -> tuple[Missing, ...]:
        """The SKUs of which there is too little; if there is enough of each, those that no warehouse has whole."""
        asked: dict[str, int] = {}
        for line in lines:
            asked[line.sku] = asked.get(line.sku, 0) + line.quantity
        every = [Missing(sku, units, sum(self._stock.get(sku, {}).values())) for sku, units in sorted(asked.items())]
        short = [each for each in every if each.available < each.requested]
        broken = [each for each in every if max(self._stock.get(each.sku, {0: 0}).values()) < each.requested]
        return tuple(short or broken or every)

    def _take(self, picks: Picks) -> tuple[AllocatedParcel, ...]:
        for index, lines in picks.items():
            for line in lines:
                self._stock[line.sku][index] -= line.quantity
        parcels = (AllocatedParcel(self._warehouses[index].code, tuple(lines)) for index, lines in picks.items())
        return tuple(sorted(parcels, key=lambda parcel: parcel.warehouse))

    def _choice(self, fares: Sequence[Fare], cover: Cover) -> Choice:
        return Choice(tuple(self._warehouses[fares[place][1]].code for place in cover[2]), cover[0])
