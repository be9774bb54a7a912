"""The host's hook for listings that are sold out and that are back. Imports `flow`, `models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from orderhub.errors import OrderHubError
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.channel_stock.state import Told
from orderhub.models import ListingStock

__all__ = ["Delister", "tell_delister"]


class Delister(Protocol):
    """What a host does about listings that have nothing to sell: take them off the shelf, hide them, tell somebody.

    Called once the platform shows the figure, at least once per crossing. An `OrderHubError` means: ask me again in
    the next run; the push itself stands.
    """

    def sold_out(self, shop: str, listings: Sequence[ListingStock]) -> None:
        """These listings of `platform:shop_id` show zero now."""
        ...

    def back_in_stock(self, shop: str, listings: Sequence[ListingStock]) -> None:
        """These listings were sold out and show more than zero now."""
        ...


def tell_delister(
    shop: str, told: Mapping[str, Told], listings: Sequence[ListingStock]
) -> Operation[tuple[dict[str, bool], OrderHubError | None]]:
    """Tell the hook about listings that crossed zero.

    Returns:
        Listing key -> whether it counts as delisted now, for those that the hook took; and the hook's refusal, if any.
    """
    crossed = [each for each in listings if (each.quantity == 0) != told[each.key].is_delisted]
    done: dict[str, bool] = {}
    for method, gone in (("sold_out", True), ("back_in_stock", False)):
        some = [each for each in crossed if (each.quantity == 0) is gone]
        try:
            if some:
                yield from ask("delister", method, shop, some)
        except OrderHubError as error:
            return done, error
        done |= {each.key: gone for each in some}
    return done, None
