"""The whole data sheet of JD, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.jd.cases import APPLICATION, SERVICE, SP_CASE
from orderhub.connectors.jd.codes import ERRORS
from orderhub.connectors.jd.invoices import INVOICE
from orderhub.connectors.jd.spec import (
    ABSENT,
    APPLICATION_STATUS,
    INVOICE_STATUS,
    LIMITS,
    ORDER_TYPES,
    SERVICE_KIND,
    SERVICE_STATUS,
    SETTINGS,
    SOURCE,
    SP_REFUND_STATUS,
    STATUS,
    STORE_ORDERS,
)
from orderhub.connectors.jd.tables import LINE, ORDER
from orderhub.connectors.jd.waybill_sheet import ACCOUNT, WAYBILL_ABSENT, WAYBILL_LIMITS, WAYBILL_SETTINGS
from orderhub.kit.spec import Spec

__all__ = ["SPEC"]

SPEC = Spec(
    platform="jd",
    title="JD.com 京东",
    base_url="https://api.jd.com/routerjson",
    token_url="https://open-oauth.jd.com/oauth2/access_token",  # noqa: S106  # an address, not a secret
    authorize_url="https://open-oauth.jd.com/oauth2/to_login",
    hosts=("api.jd.com", "api-cn.jd.com", "api-dev.jd.com", "open-oauth.jd.com"),
    source=SOURCE,
    limits={**LIMITS, **WAYBILL_LIMITS},
    tables={
        "order": ORDER,
        "line": LINE,
        "refund": APPLICATION,
        "service": SERVICE,
        "sp_refund": SP_CASE,
        "invoice": INVOICE,
        "waybill_account": ACCOUNT,
    },
    words={
        "order_state": STATUS,
        "order_type": ORDER_TYPES,
        "store_order": STORE_ORDERS,
        "refund_status": APPLICATION_STATUS,
        "service_status": SERVICE_STATUS,
        "customer_expect": SERVICE_KIND,
        "sp_refund_status": SP_REFUND_STATUS,
        "invoice_status": INVOICE_STATUS,
    },
    errors=ERRORS,
    absent={**ABSENT, **WAYBILL_ABSENT},
    settings=(*SETTINGS, *WAYBILL_SETTINGS),
)
