"""Provinces by name and by division code, as rate cards and carriers need them. Pure; imports `models`.

Source: the two-digit province codes of GB/T 2260; docs/platforms/carriers.md#addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.models.person import Address

__all__ = ["MUNICIPALITIES", "PROVINCES", "is_province", "province_key", "province_of"]

PROVINCES: Mapping[str, str] = MappingProxyType({
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
})  # fmt: skip
"""First two digits of a division code -> full name."""

MUNICIPALITIES = frozenset({"北京", "天津", "上海", "重庆"})
_SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")


def province_key(name: str) -> str:
    """The short form by which provinces are compared: 广西壮族自治区 and 广西 are one."""
    found = name.strip()
    for suffix in _SUFFIXES:
        if found.endswith(suffix) and len(found) > len(suffix):
            return found.removesuffix(suffix)
    return found


_KEYS = frozenset(map(province_key, PROVINCES.values()))


def is_province(name: str) -> bool:
    """Whether it is the name of one of the country's provinces, short or in full."""
    return province_key(name) in _KEYS


def province_of(address: Address) -> str | None:
    """The short name of the address's province, by name or else by division code; None when neither tells."""
    if address.province and (key := province_key(address.province)):
        return key
    full = PROVINCES.get((address.division_code or "")[:2])
    return province_key(full) if full else None
