"""Notes, carriers, warehouses. Source: docs/platforms/suning.md §3, §6, §7. No source tells the reply of
logisticsnews.query, so it is not offered."""

from __future__ import annotations

from functools import partial

from orderhub.sandbox.platforms.suning.ask import SUCCESS, Ask, Told, done, no_result
from orderhub.sandbox.platforms.suning.spec import COMPANIES
from orderhub.sandbox.platforms.suning.state import Order

__all__ = ["companies", "company", "note", "note_write", "parallel_warehouses", "warehouses"]


def _order(ask: Ask) -> Order:
    order = ask.order(ask.needed("orderCode"))
    if order is None:
        raise no_result()
    return order


def note(ask: Ask) -> Told:
    """suning.custom.ordernote.get: answered in the words of ordernote.modify."""
    order = _order(ask)
    told = {"noteContent": order.doc["sellerOrdRemark"], "colorMarkFlag": order.doc["colorMarkFlags"]}
    return Told({"orderCode": order.code, **told}, dict(SUCCESS))


def note_write(ask: Ask) -> Told:
    """suning.custom.ordernote.modify: no line changes, so the lists by change do not move."""
    order = _order(ask)
    order.doc["sellerOrdRemark"] = ask.needed("noteContent")
    order.doc["colorMarkFlags"] = ask.text("colorMarkFlag", order.doc["colorMarkFlags"])
    return done()


def companies(ask: Ask) -> Told:
    """suning.custom.logisticcompany.query."""
    first, last, head = ask.page(len(COMPANIES))
    key = ask.switch("company_name_field")
    return Told([{"expressCompanyCode": code, key: name} for code, name in COMPANIES[first:last]], head)


def company(ask: Ask) -> Told:
    """suning.custom.logisticcompany.get: by the exact name."""
    asked = ask.needed("companyName")
    found = [{"expressCompanyCode": code} for code, name in COMPANIES if name == asked]
    if not found:
        raise no_result()
    return Told(found, dict(SUCCESS))


def warehouses(ask: Ask, key: str = "invAddrId") -> Told:
    """suning.custom.invaddress.query: in the words of the calls that take a warehouse; the name is left out."""
    rows = list(ask.market.shops[ask.shop_id].warehouses)
    first, last, head = ask.page(len(rows))
    return Told([{key: code} for code in rows[first:last]], head)


parallel_warehouses = partial(warehouses, key="invCode")
"""suning.custom.parallelinvaddress.query."""
