"""JD's error codes: gateway codes, and the business codes that each family of calls answers inside a success.

Source: docs/platforms/jd.md#errors. A code may mean different things in two families (`503` is throttling in stock
calls), so a family's own row `family:code` is looked up first. Imports `kit`, `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.errors import (
    AuthError,
    ClockSkewed,
    Conflict,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
    SignatureRejected,
    TokenExpired,
)
from orderhub.kit.status import ErrorTable

__all__ = ["ERRORS", "TOKEN_WORDS", "business_error", "gateway_error"]

TOKEN_WORDS = ("token", "授权")
"""Words of a gateway text that mean the access token; its exact codes are UNVERIFIED."""

_SHIP: Mapping[str, type[PlatformError]] = {
    "10100041": NotFound, "101000014": Conflict,
    **dict.fromkeys(
        ("10100012", "10100034", "10100036", "10100013", "10100017", "10100035", "10200001", "10200002", "10200003",
         "10200005", "10200008", "10300009", "101000022", "50011"), InvalidParameter),
    **dict.fromkeys(("10400035", "10400038", "12000003", "101000021", "10100014", "13200007", "101000013"), Conflict),
    "50010": PlatformUnavailable, "400300124": RequestRejected,
    **dict.fromkeys(("LOGI_NO_REPEAT_ERR", "LOGI_NO_ERR_ALPHA", "NotEmpty", "JD_DELIVERY_NOT_SUPPORT_MULTI_OUT"),
                    InvalidParameter),
    "NotExisted": NotFound, "150000": RequestRejected,
}  # fmt: skip

ERRORS = ErrorTable(
    "jd",
    "docs/platforms/jd.md#errors",
    sub_exact={
        **_SHIP,
        "10100039": InvalidParameter, "10100040": InvalidParameter, "20011": InvalidParameter, "10400033": Conflict,
        "999999": PlatformUnavailable, "99999999": PlatformUnavailable,
        "10500001": RequestRejected, "10100021": Conflict, "103": RequestRejected, "99904030005": PermissionDenied,
        "stock:403": InvalidParameter, "stock:500": PlatformUnavailable, "stock:503": RateLimited,
        "number:403": PermissionDenied, "number:404": NotFound, "number:405": InvalidParameter,
        "number:406": RequestRejected,
        "waybill:2000": InvalidParameter, "waybill:2001": RequestRejected, "waybill:3000": RequestRejected,
        "waybill:4000": PlatformUnavailable,
        **{f"service:{code}": RequestRejected for code in ("10002", "10003", "10004", "10005", "10200", "12800",
                                                           "30005")},
    },
    exact={
        "2": RateLimited, "4": RequestRejected, "5": RequestRejected, "7": RequestRejected, "8": ClockSkewed,
        "11": SignatureRejected, "12": SignatureRejected, "14": RequestRejected, "15": RequestRejected,
        "21": AuthError, "2001": PermissionDenied,
    },
    prefix={
        "isp.": PlatformUnavailable, "isv.": RequestRejected, "isv.invalid-parameter": InvalidParameter,
        "isv.invalid-permission": PermissionDenied,
        **dict.fromkeys(("10100", "10200", "10400", "1010000"), RequestRejected),
    },
)  # fmt: skip


def gateway_error(code: str, words: str, **context: Any) -> PlatformError:
    """The error of an `error_response`; a code that no table lists is judged by the words about tokens."""
    if code.startswith(("isv.", "isp.")) or code in ERRORS.sub_exact:
        return ERRORS.error("0", code, words, **context)
    if code not in ERRORS.exact and any(word in words.lower() for word in TOKEN_WORDS):
        return TokenExpired(words, platform="jd", code=code, **context)
    return ERRORS.error(code, None, words, **context)


def business_error(family: str, code: str, words: str, **context: Any) -> PlatformError:
    """The error of a refusal inside a reply, by the family of the call, then by the code alone."""
    own = f"{family}:{code}"
    error = ERRORS.error("0", own if own in ERRORS.sub_exact else code, words or "refused without a text", **context)
    if type(error) is PlatformError:
        error = RequestRejected(words or "refused without a text", platform="jd", code="0", **context)
    error.sub_code = code or None
    return error
