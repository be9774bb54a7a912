"""Native payloads to canonical orders, without any connection. Imports `kit`, `plugins`, `models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.errors import DecodeError, UnsupportedOperation
from orderhub.kit.decode import finding_of
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.models import Finding, Order
from orderhub.plugins import find

__all__ = ["Normalized", "normalize"]


@dataclass(frozen=True, slots=True)
class Normalized:
    """What a payload holds.

    Attributes:
        orders: Those that could be decoded.
        findings: What could not be, or was not understood; each names its order where that could be read.
        quarantined: (order id or None, raw bytes, finding) of documents that could not be decoded.
    """

    orders: tuple[Order, ...] = ()
    findings: tuple[Finding, ...] = ()
    quarantined: tuple[tuple[str | None, bytes, Finding], ...] = ()


def normalize(
    platform: str,
    payload: bytes | str | Mapping[str, Any] | Sequence[Any],
    *,
    shop_id: str = "default",
    wire: str | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    trusted: bool = False,
    **settings: Any,
) -> Normalized:
    """Decode a native reply, the document inside, one native order, or a list of these.

    Args:
        platform: A connector's name.
        payload: JSON as bytes or text, or what a JSON parser made of it. Amounts as float are refused.
        shop_id: Part of the orders' keys.
        wire: Which wire format of the platform, where it has several.
        overrides: Row overrides as for `connect`.
        trusted: The documents were decoded before, such as those of an archive: equal orders, made without validating
            them again. A document that would be refused may pass.
    Returns:
        Orders and findings; a bad order is a finding and never loses the good ones. An empty page is neither.
    Raises:
        ConfigurationError: Unknown platform or setting.
        UnsupportedOperation: The connector has no pure decoder.
    """
    connector = find(platform)
    if connector.decode is None:
        raise UnsupportedOperation(f"{platform} has no decoder for stored payloads", platform=platform)
    if wire is not None:
        settings["wire"] = wire
    config = ShopConfig.of(
        connector.spec, shop_id, settings=settings, overrides=overrides, foreign=not isinstance(payload, bytes | str),
        trusted=trusted,
    )  # fmt: skip
    try:
        document = loads(payload) if isinstance(payload, bytes | str) else payload
        page = connector.decode(list(document) if isinstance(document, tuple) else document, config)
    except DecodeError as error:
        finding = finding_of(error, platform=platform, order_id=None)
        raw = (
            payload
            if isinstance(payload, bytes)
            else payload.encode(errors="replace")
            if isinstance(payload, str)
            else b""
        )
        return Normalized(findings=(finding,), quarantined=((None, raw, finding),))
    return Normalized(page.items, page.findings, page.quarantined)
