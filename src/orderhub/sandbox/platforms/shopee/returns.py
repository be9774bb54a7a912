"""Returns: lists, one case, answers. Source: docs/platforms/shopee.md#returns."""

from __future__ import annotations

from orderhub.sandbox.platforms.shopee.ask import Ask, bad
from orderhub.sandbox.platforms.shopee.moves import Illegal, move_return
from orderhub.sandbox.platforms.shopee.orders import illegal
from orderhub.sandbox.platforms.shopee.spec import RETURN_MOVES
from orderhub.sandbox.platforms.shopee.state import Return
from orderhub.sandbox.platforms.shopee.wire import Doc

__all__ = ["accept_offer", "confirm", "detail", "dispute", "listed"]

PAGE_MAX, PAGE_DEFAULT = 100, 40
NEW_STATUS = "SELLER_ON_HOLIDAY"
STATUSES = {status for status, _ in RETURN_MOVES} | set(RETURN_MOVES.values())


def listed(ask: Ask) -> Doc:
    """returns/get_return_list: pages count from 0; by creation or change, all of them when no time is told."""
    number, size = ask.number("page_no", 0, 10**6, 0), ask.number("page_size", 1, PAGE_MAX, PAGE_DEFAULT)
    axes = [axis for axis in ("create_time", "update_time")
            if f"{axis}_from" in ask.params or f"{axis}_to" in ask.params]  # fmt: skip
    wanted = ask.text("status")
    if len(axes) > 1 or (wanted and wanted not in STATUSES):
        raise bad("one of the two times, and a status that is known")
    start, end = ask.window(f"{axes[0]}_from", f"{axes[0]}_to") if axes else (0, 10**11)
    rows = ask.market.index(ask.shop_id, f"returns {(axes or ['create_time'])[0]}").window(start, end)
    cases = [ask.market.returns[sn] for _, sn in rows]
    cases = [case for case in cases if wanted in ("", case.doc["status"])]
    first = int(ask.page_start(number)) * size
    page = [dict(case.doc) for case in cases[first : first + size]]
    if ask.fault("unknown_status") and page:
        page[0]["status"] = NEW_STATUS
    return {"more": first + size < len(cases), "return": page}


def _case(ask: Ask) -> Return:
    case = ask.market.returns.get(ask.needed("return_sn"))
    if case is None or case.shop.shop_id != ask.shop_id:
        raise ask.missing("return_sn")
    return case


def detail(ask: Ask) -> Doc:
    """returns/get_return_detail."""
    return dict(_case(ask).doc)


def _answer(ask: Ask, what: str, **told: object) -> Doc:
    case = _case(ask)
    try:
        move_return(ask.market, case, what, ask.market.stamp(), **told)
    except Illegal as error:
        raise illegal(error) from None
    return {"return_sn": case.doc["return_sn"]}


def confirm(ask: Ask) -> Doc:
    """returns/confirm: the money may go back."""
    return _answer(ask, "confirm")


def accept_offer(ask: Ask) -> Doc:
    """returns/accept_offer: the buyer's offer is taken, which leads to the same."""
    return _answer(ask, "confirm")


def dispute(ask: Ask) -> Doc:
    """returns/dispute: Shopee decides."""
    for name in ("email", "dispute_reason_id"):
        ask.needed(name)
    text, images = ask.needed("dispute_text_reason"), ask.params.get("image_list", [])
    if not isinstance(images, list):
        raise bad("image_list is not a list")
    return _answer(ask, "dispute", dispute_text_reason=[text], dispute_reason=[ask.needed("dispute_reason_id")])
