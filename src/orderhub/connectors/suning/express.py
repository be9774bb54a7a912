"""Suning's company codes of carriers as one client's table had them in 2018. Pure; imports `kit`.

The platform's own list decides when parcels are sent; this table reads the codes that orders and cases carry, and
stands in while that list is empty. Source: docs/platforms/suning.md#express-codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from orderhub.kit.carriers import carrier_of

__all__ = ["EXPRESS", "carrier_of_code"]

EXPRESS: Mapping[str, tuple[str, str | None]] = {
    "S02": ("顺丰", "sf"),
    "S01": ("申通", "sto"),
    "Y01": ("圆通", "yto"),
    "Z01": ("中通", "zto"),
    "Y02": ("韵达", "yunda"),
    "E01": ("EMS", "ems"),
    "B03": ("邮政小包", "chinapost"),
    "H01": ("百世汇通", "best"),
    "T02": ("天天", "ttk"),
    "D04": ("德邦", "deppon"),
    "Z04": ("宅急送", "zjs"),
    "Y10": ("优速", "uc"),
    "G05": ("国通", "gto"),
    "Q03": ("全峰", None),
    "K01": ("快捷", None),
    "H02": ("天地华宇", None),
    "Z02": ("中铁", None),
    "L01": ("龙邦", None),
    "B07": ("安能", "ane"),
    "S03": ("速尔", None),
    "L03": ("联邦", "fedex"),
    "D01": ("DHL", "dhl"),
    "J01": ("佳吉", None),
}
"""Company code -> (name, our code where we have one). JD's code stands in no source."""


def carrier_of_code(code: str | None) -> str | None:
    """Our code of the carrier that the platform calls `code`, None when it is not in the table."""
    if not code:
        return None
    name, ours = EXPRESS.get(code.strip().upper(), (code, None))
    return ours or carrier_of(name)
