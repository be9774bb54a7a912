"""Bar codes and QR codes as modules, dark and light; the libraries of the extra `labels` work them out.

Imports `errors`, and `barcode` and `segno` when a code is asked for.
"""

from __future__ import annotations

from functools import lru_cache

from orderhub.errors import ConfigurationError

__all__ = ["QUIET_BARS", "QUIET_SQUARES", "bars_of", "missing", "squares_of"]

QUIET_BARS, QUIET_SQUARES = 10, 4
"""Light modules that each side of a Code 128 and of a QR code needs."""
TEXT_MAX = 80


def missing(name: str) -> ConfigurationError:
    """The error that names the extra."""
    return ConfigurationError(f'labels need {name}: pip install "orderhub[labels]"', field=name)


@lru_cache(maxsize=512)
def bars_of(text: str) -> str:
    """The modules of a Code 128 as `1` and `0`, without quiet zones.

    Raises:
        ConfigurationError: The extra is missing, or the text is empty, too long, or not printable ASCII.
    """
    try:
        from barcode.codex import Code128
    except ImportError:
        raise missing("python-barcode") from None
    if not 0 < len(text) <= TEXT_MAX or not all(32 <= ord(letter) < 127 for letter in text):
        raise ConfigurationError(f"a bar code holds 1 to {TEXT_MAX} characters of ASCII", field="waybill_no")
    return str(Code128(text).build()[0])


@lru_cache(maxsize=512)
def squares_of(text: str) -> tuple[bytes, ...]:
    """The modules of a QR code row by row, 1 is dark, without quiet zone; error correction M.

    Raises:
        ConfigurationError: The extra is missing, or the text is longer than any QR code holds.
    """
    try:
        import segno
    except ImportError:
        raise missing("segno") from None
    try:
        made = segno.make(text, error="m", micro=False, boost_error=False)
    except segno.DataOverflowError:
        raise ConfigurationError("the text is longer than a QR code holds", field="qr") from None
    return tuple(bytes(row) for row in made.matrix)
