"""AES-128 in CBC with PKCS7, encryption only, as FIPS 197 describes it. Pure, imports nothing of the library.

The sandbox must not need a crypto package; its few short texts do not need speed.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["encrypt_cbc"]


def _boxes() -> tuple[bytes, bytes]:
    """The S-box and doubling in GF(2^8)."""
    power, log = [1] * 256, [0] * 256
    for step in range(1, 256):
        last = power[step - 1]
        power[step] = (last ^ (last << 1) ^ (0x11B if last & 0x80 else 0)) & 0xFF  # times three
        log[power[step]] = step
    box = bytearray(256)
    for value in range(256):
        inverse = power[255 - log[value]] if value > 1 else value
        spread = 0
        for turn in range(5):
            spread ^= (inverse << turn | inverse >> (8 - turn)) & 0xFF
        box[value] = spread ^ 0x63
    return bytes(box), bytes((value << 1 ^ (0x1B if value & 0x80 else 0)) & 0xFF for value in range(256))


_BOX, _TWICE = _boxes()
_SHIFT = tuple((row + 4 * ((column + row) % 4)) for column in range(4) for row in range(4))


@lru_cache(maxsize=16)
def _schedule(key: bytes) -> tuple[bytes, ...]:
    """Eleven round keys."""
    words = [key[at : at + 4] for at in range(0, 16, 4)]
    constant = 1
    for at in range(4, 44):
        word = words[at - 1]
        if at % 4 == 0:
            word = bytes(_BOX[byte] for byte in word[1:] + word[:1])
            word = bytes((word[0] ^ constant,)) + word[1:]
            constant = _TWICE[constant]
        words.append(bytes(a ^ b for a, b in zip(words[at - 4], word, strict=True)))
    return tuple(b"".join(words[at : at + 4]) for at in range(0, 44, 4))


def _block(block: bytes, keys: tuple[bytes, ...]) -> bytes:
    state = bytes(a ^ b for a, b in zip(block, keys[0], strict=True))
    for number, key in enumerate(keys[1:], 1):
        state = bytes(_BOX[state[at]] for at in _SHIFT)
        if number < 10:
            state = b"".join(_mixed(state[at : at + 4]) for at in range(0, 16, 4))
        state = bytes(a ^ b for a, b in zip(state, key, strict=True))
    return state


def _mixed(column: bytes) -> bytes:
    every = column[0] ^ column[1] ^ column[2] ^ column[3]
    return bytes(column[at] ^ every ^ _TWICE[column[at] ^ column[(at + 1) % 4]] for at in range(4))


def encrypt_cbc(key: bytes, vector: bytes, text: bytes) -> bytes:
    """Padded ciphertext of `text`; key and vector have 16 bytes."""
    pad = 16 - len(text) % 16
    padded, keys, last, told = text + bytes((pad,)) * pad, _schedule(key), vector, []
    for at in range(0, len(padded), 16):
        last = _block(bytes(a ^ b for a, b in zip(padded[at : at + 16], last, strict=True)), keys)
        told.append(last)
    return b"".join(told)
