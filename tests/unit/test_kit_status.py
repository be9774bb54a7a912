"""Word and error tables: exact before prefix, the longest prefix, unknown stays unknown."""

from __future__ import annotations

import pytest

from orderhub.errors import (
    Conflict,
    InvalidParameter,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    RequestRejected,
)
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.models import OrderStatus

WORDS = WordTable(OrderStatus.UNKNOWN, {"PAID": OrderStatus.AWAITING_SHIPMENT}, "docs#x")
ERRORS = ErrorTable(
    "demo", "docs#errors",
    sub_exact={"isv.done": Conflict},
    exact={"15": PlatformError, "41": InvalidParameter, "7": RateLimited},
    prefix={"isv.": RequestRejected, "isv.invalid-": InvalidParameter, "isp.": PlatformUnavailable},
    transient=frozenset({"isv.try-later", "99"}),
)  # fmt: skip


def test_an_unlisted_word_is_unknown_and_never_a_neighbour() -> None:
    assert WORDS("PAID") is OrderStatus.AWAITING_SHIPMENT
    for raw in ("paid", "PAID ", "PAID_2", ""):
        assert WORDS(raw) is OrderStatus.UNKNOWN
        assert not WORDS.knows(raw)
    assert not WORDS.knows(None)


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    ("code", "sub_code", "kind"),
    [
        ("15", "isv.done", Conflict),  # exact sub code before everything
        ("41", "isv.done", Conflict),
        ("41", "isp.down", InvalidParameter),  # exact code before a prefix
        ("99", "isv.invalid-tid", InvalidParameter),  # the longest prefix
        ("99", "isv.other", RequestRejected),
        ("15", "isv.other", RequestRejected),  # a code that says nothing yields to the prefix
        ("15", "isp.down", PlatformUnavailable),
        ("15", None, PlatformError),
        ("99", "unheard-of", PlatformError),
        ("7", None, RateLimited),
    ],
)
def test_the_most_specific_entry_decides(code: str, sub_code: str | None, kind: type[PlatformError]) -> None:
    assert ERRORS.kind(code, sub_code) is kind


@pytest.mark.fault(8)
def test_an_error_carries_the_platform_s_own_words() -> None:
    error = ERRORS.error("41", "isv.invalid-tid", "bad tid", request_id="r-1")
    assert (error.platform, error.code, error.sub_code, error.request_id) == ("demo", "41", "isv.invalid-tid", "r-1")
    assert error.message == "bad tid"
    assert not error.retryable


@pytest.mark.parametrize(("code", "sub_code"), [("15", "isv.try-later"), ("99", None)])
def test_what_is_listed_as_transient_may_be_repeated(code: str, sub_code: str | None) -> None:
    assert ERRORS.error(code, sub_code, "later").retryable
