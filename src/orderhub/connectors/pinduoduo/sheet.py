"""The whole data sheet of Pinduoduo, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.pinduoduo.aftersale import DETAIL, REFUND
from orderhub.connectors.pinduoduo.spec import (
    ABSENT,
    AFTERSALE,
    DETAIL_KIND,
    ERRORS,
    LIMITS,
    LIST_KIND,
    LISTING_WORDS,
    RATES,
    REFUND_STATUS,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.pinduoduo.tables import GIFT, LINE, LISTING, ORDER
from orderhub.connectors.pinduoduo.waybill_sheet import ACCOUNT, WAYBILL_ABSENT, WAYBILL_LIMITS, WAYBILL_SETTINGS
from orderhub.connectors.pinduoduo.wire import sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="pinduoduo",
    title="Pinduoduo 拼多多",
    base_url="https://gw-api.pinduoduo.com/api/router",
    token_url="https://open-api.pinduoduo.com/oauth/token",  # noqa: S106  # an address, not a secret
    authorize_url="https://fuwu.pinduoduo.com/service-market/auth",
    hosts=("gw-api.pinduoduo.com", "opengw-api.yangkeduo.com", "open-api.pinduoduo.com"),
    source=SOURCE,
    limits={**LIMITS, **WAYBILL_LIMITS},
    rates=RATES,
    tables={
        "order": ORDER,
        "line": LINE,
        "gift": GIFT,
        "refund": REFUND,
        "refund_detail": DETAIL,
        "listing": LISTING,
        "waybill_account": ACCOUNT,
    },
    words={
        "order_status": STATUS,
        "refund_status": REFUND_STATUS,
        "after_sales_status": AFTERSALE,
        "after_sales_type": LIST_KIND,
        "after_sales_type_of_detail": DETAIL_KIND,
        "is_onsale": LISTING_WORDS,
    },
    errors=ERRORS,
    absent={**ABSENT, **WAYBILL_ABSENT},
    settings=(*SETTINGS, *WAYBILL_SETTINGS),
)

_PUBLISHED = {
    "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211", "client_id": "1", "data_type": "XML", "order_status": "1",
    "page": "1", "page_size": "10", "timestamp": "1480411125", "type": "pdd.order.number.list.get",
}  # fmt: skip
VECTORS = (
    SignatureVector(
        "published example",
        lambda: sign(_PUBLISHED, "testSecret"),
        "E4DE3ED21002510DED352819E7AE6775",
        f"{SOURCE}#signature",
    ),
)
"""The example of the official guide; the other vectors of that page stand with the tests."""
