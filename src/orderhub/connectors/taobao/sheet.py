"""The whole data sheet of Taobao and Tmall, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.taobao.aftersale import REFUND
from orderhub.connectors.taobao.exchanges import EXCHANGE
from orderhub.connectors.taobao.invoices import INVOICE
from orderhub.connectors.taobao.spec import (
    ABSENT,
    ERRORS,
    EXCHANGE_STATUS,
    INVOICE_STATUS,
    LIMITS,
    LINE_REFUND,
    LISTING_WORDS,
    REFUND_KIND,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.taobao.tables import LINE, ORDER
from orderhub.connectors.taobao.waybill_sheet import ACCOUNT, WAYBILL_LIMITS, WAYBILL_SETTINGS
from orderhub.kit.spec import Spec

__all__ = ["SPEC"]

SPEC = Spec(
    platform="taobao",
    title="Taobao / Tmall 淘宝天猫",
    base_url="https://gw.api.taobao.com/router/rest",
    token_url="https://oauth.taobao.com/token",  # noqa: S106  # an address, not a secret
    authorize_url="https://oauth.taobao.com/authorize",
    hosts=("gw.api.taobao.com", "api.taobao.com", "eco.taobao.com", "oauth.taobao.com", "gw.api.tbsandbox.com"),
    source=SOURCE,
    limits={**LIMITS, **WAYBILL_LIMITS},
    tables={
        "order": ORDER,
        "line": LINE,
        "refund": REFUND,
        "waybill_account": ACCOUNT,
        "invoice": INVOICE,
        "exchange": EXCHANGE,
    },
    words={
        "status": STATUS,
        "refund_status": LINE_REFUND,
        "dispute_type": REFUND_KIND,
        "approve_status": LISTING_WORDS,
        "invoice_status": INVOICE_STATUS,
        "exchange_status": EXCHANGE_STATUS,
    },
    errors=ERRORS,
    absent=ABSENT,
    settings=(*SETTINGS, *WAYBILL_SETTINGS),
)
