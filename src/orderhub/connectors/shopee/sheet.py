"""The whole data sheet of Shopee, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.shopee.aftersale import REFUND
from orderhub.connectors.shopee.spec import (
    ABSENT,
    ERRORS,
    EVIDENCE,
    LIMITS,
    LOGISTICS,
    RATES,
    RETURN_KIND,
    RETURN_STATUS,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.shopee.tables import LINE, ORDER
from orderhub.connectors.shopee.wire import push_sign, sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

SPEC = Spec(
    platform="shopee",
    title="Shopee",
    base_url="https://partner.shopeemobile.com/api/v2",
    token_url="https://partner.shopeemobile.com/api/v2",  # noqa: S106  # an address, not a secret
    authorize_url="https://partner.shopeemobile.com/api/v2/shop/auth_partner",
    hosts=(
        "partner.shopeemobile.com",
        "openplatform.shopee.cn",
        "openplatform.shopee.com.br",
        "openplatform.sandbox.test-stable.shopee.sg",
        "openplatform.test-stable.shopee.cn",
    ),
    source=SOURCE,
    limits=LIMITS,
    rates=RATES,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={"status": STATUS, "logistics": LOGISTICS, "return_status": RETURN_STATUS, "return_kind": RETURN_KIND},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
    evidence=EVIDENCE,
    push_answer={},
)

_KEY = "shopee-key"  # of the published vectors
_PUSH = (
    b'{"code":3,"shop_id":14701711,"timestamp":1700000000,"data":{"ordersn":"2311150001ABCD",'
    b'"status":"READY_TO_SHIP","update_time":1700000000}}'
)

VECTORS = (
    SignatureVector(
        "order list",
        lambda: sign(_KEY, "2001234", "/api/v2/order/get_order_list", 1700000000, "atok", "14701711"),
        "4315ae78c17ba1f55c67dc4316c638811ac7ae0502ecc77587a87085ea8c2418",
        f"{SOURCE}#signature",
    ),
    SignatureVector(
        "push",
        lambda: push_sign(_KEY, "https://erp.example/shopee", _PUSH),
        "153f00326809aff508d8d47aa9354d8c7709f67f7447172fd01a5dc1f8dd105a",
        f"{SOURCE}#push",
    ),
)
"""The first is calculated alike by a public client."""
