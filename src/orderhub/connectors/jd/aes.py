"""AES-128-CBC with PKCS#7 padding, as JD's key service seals texts of receivers. Imports `errors`; loads cryptography.

The package comes with the extra `crypto` and is loaded when a receiver is opened.
"""

from __future__ import annotations

from orderhub.errors import ConfigurationError

__all__ = ["decrypt_cbc"]

BLOCK = 16


def decrypt_cbc(key: bytes, start: bytes, sealed: bytes) -> bytes:
    """The text under `key` (16 bytes) with start vector `start`, padding removed.

    Raises:
        ValueError: The lengths or the padding are wrong, as with a wrong key.
        ConfigurationError: The extra `crypto` is missing.
    """
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        from cryptography.hazmat.primitives.padding import PKCS7
    except ImportError:
        raise ConfigurationError("opening JD's receivers needs cryptography: pip install 'orderhub[crypto]'") from None
    if len(key) != BLOCK or not sealed:
        raise ValueError("AES-128 needs a key of 16 bytes and something to open")
    opener, pad = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor(), PKCS7(8 * BLOCK).unpadder()
    return pad.update(opener.update(sealed) + opener.finalize()) + pad.finalize()
