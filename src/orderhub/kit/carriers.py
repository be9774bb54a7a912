"""Our carrier codes and the names that platforms give carriers. Pure; imports `errors`.

A name is looked up exactly (width, case and outer spaces do not matter); nothing is guessed from parts of a name,
because "德邦快递" and "德邦快运", or "百世快递" and "百世物流", are different networks.
Source: docs/platforms/carriers.md#carrier-codes and the carrier names on the pages of the marketplaces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from orderhub.errors import ConfigurationError, DecodeError
from orderhub.kit.json import loads

__all__ = ["CARRIERS", "CarrierName", "carrier_name", "carrier_of", "read_marks"]


@dataclass(frozen=True, slots=True)
class CarrierName:
    """One carrier: canonical `code`, name in Chinese and English, other names in use for the same network."""

    code: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()


CARRIERS: tuple[CarrierName, ...] = (
    CarrierName("sf", "顺丰速运", "SF Express", ("顺丰", "顺丰快递")),
    CarrierName("yto", "圆通速递", "YTO Express", ("圆通", "圆通快递")),
    CarrierName("sto", "申通快递", "STO Express", ("申通",)),
    CarrierName("zto", "中通快递", "ZTO Express", ("中通", "中通速递")),
    CarrierName("yunda", "韵达快递", "Yunda Express", ("韵达", "韵达速递")),
    CarrierName("jt", "极兔速递", "J&T Express (China)", ("极兔", "极兔快递", "J&T Express")),
    CarrierName("ems", "邮政EMS", "China Post EMS", ("EMS", "邮政特快专递")),
    CarrierName("chinapost", "邮政快递包裹", "China Post parcel", ("China Post",)),
    CarrierName("jd", "京东物流", "JD Logistics", ("京东快递",)),
    CarrierName("deppon", "德邦快递", "Deppon Express"),
    CarrierName("best", "百世快递", "Best Express", ("百世汇通", "汇通快递")),
    CarrierName("ttk", "天天快递", "TTK Express"),
    CarrierName("uc", "优速快递", "UC Express", ("优速",)),
    CarrierName("zjs", "宅急送", "ZJS Express"),
    CarrierName("gto", "国通快递", "GTO Express", ("国通",)),
    CarrierName("kye", "跨越速运", "KYE Express"),
    CarrierName("ane", "安能物流", "ANE Logistics"),
    CarrierName("sf_freight", "顺丰快运", "SF Freight"),
    CarrierName("deppon_freight", "德邦快运", "Deppon Freight"),
    CarrierName("jd_freight", "京东快运", "JD Freight"),
    CarrierName("ems_economy", "EMS经济快递", "EMS economy (EYB)"),
    CarrierName("danniao", "丹鸟物流", "Cainiao Danniao"),
    CarrierName("fengwang", "丰网速运", "Fengwang Express"),
    CarrierName("zhongyou", "众邮快递", "Zhongyou Express"),
    CarrierName("ups", "UPS", "UPS"),
    CarrierName("fedex", "联邦快递", "FedEx"),
    CarrierName("dhl", "DHL", "DHL Express"),
    CarrierName("usps", "美国邮政", "USPS"),
    CarrierName("yunexpress", "云途物流", "YunExpress", ("Yun Express",)),
    CarrierName("yanwen", "燕文物流", "Yanwen"),
    CarrierName("4px", "递四方", "4PX"),
    CarrierName("other", "其他", "Other"),
)
"""Every carrier we have a code for. "德邦物流", "百世物流", "中国邮政" are left out: they may mean either of two."""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _index() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for row in CARRIERS:
        for name in (row.code, row.zh, row.en, *row.aliases):
            if found.setdefault(_folded(name), row.code) != row.code:
                raise ConfigurationError(f"two carriers share the name {name}")
    return found


_CODES = _index()
_ROWS: Mapping[str, CarrierName] = {row.code: row for row in CARRIERS}


def carrier_of(name: str | None) -> str | None:
    """The canonical code of the carrier that a platform calls `name`, None when the name is not in the table.

    A canonical code is answered as it is. Never matches a part of a name.
    """
    return _CODES.get(_folded(name)) if name else None


def carrier_name(code: str, locale: str = "zh") -> str:
    """The name of the carrier with canonical `code`, in Chinese or (`locale="en"`) English.

    Raises:
        ConfigurationError: No carrier has this code.
    """
    row = _ROWS.get(code)
    if row is None:
        raise ConfigurationError(f"no carrier has the code {code!r}; see orderhub.kit.carriers.CARRIERS")
    return row.en if locale == "en" else row.zh


def read_marks(print_payload: str, paths: Mapping[str, str]) -> dict[str, str]:
    """What a carrier gave for its sorting, out of its own label data; what is not there is left out.

    Args:
        paths: `sort_code`, `hub` or `qr` -> dotted path in the label data; a number is a place in a list.
    """
    try:
        document = loads(print_payload.encode())
    except DecodeError:
        return {}
    found = {name: _at(document, path.split(".")) for name, path in paths.items()}
    return {name: value.strip() for name, value in found.items() if isinstance(value, str) and value.strip()}


def _at(document: object, path: list[str]) -> object:
    for part in path:
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document
