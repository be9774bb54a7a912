"""The data sheet of own channels, put together. Imports `kit`."""

from __future__ import annotations

from orderhub.connectors.file.spec import ABSENT, LIMITS, SETTINGS, SOURCE, WORDS
from orderhub.connectors.file.tables import LINE, ORDER
from orderhub.kit.spec import Spec
from orderhub.kit.status import WordTable
from orderhub.models.status import OrderStatus

__all__ = ["SPEC"]

SPEC = Spec(
    platform="file",
    title="Tables and own channels 自有渠道",
    base_url="",
    source=SOURCE,
    limits=LIMITS,
    tables={"order": ORDER, "line": LINE},
    words={"status": WordTable(OrderStatus.UNKNOWN, WORDS, f"{SOURCE}#status")},
    absent=ABSENT,
    settings=SETTINGS,
    needs_credentials=False,
    ports={"source": "orderhub.drivers.tables:open_source"},
)
