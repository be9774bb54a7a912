"""The whole data sheet of Xiaohongshu, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.xiaohongshu.spec import (
    ABSENT,
    CASE_KIND,
    CASE_STATUS,
    ERRORS,
    LIMITS,
    SETTINGS,
    SOURCE,
    STATUS,
)
from orderhub.connectors.xiaohongshu.tables import LINE, ORDER, REFUND
from orderhub.connectors.xiaohongshu.wire import sign
from orderhub.kit.spec import SignatureVector, Spec

__all__ = ["SPEC", "VECTORS"]

_GATEWAY = "https://ark.xiaohongshu.com/ark/open_api/v3/common_controller"

SPEC = Spec(
    platform="xiaohongshu",
    title="Xiaohongshu 小红书",
    base_url=_GATEWAY,
    token_url=_GATEWAY,
    hosts=("ark.xiaohongshu.com",),
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE, "refund": REFUND},
    words={"status": STATUS, "refund_status": CASE_STATUS, "refund_kind": CASE_KIND},
    errors=ERRORS,
    absent=ABSENT,
    settings=SETTINGS,
)

VECTORS = (
    SignatureVector(
        "product.createItem",
        lambda: sign("429aa3aee9ef9e4a858210", "product.createItem", "21d6748be8de0", "1612518379"),
        "1e039e3cd6e0d895e59133029602297e", f"{SOURCE}#signature",
    ),
)  # fmt: skip
"""The platform's own published example."""
