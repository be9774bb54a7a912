"""AES-128-CBC decryption with PKCS#7 padding, for the few texts of a receiver. Pure; imports nothing of the library.

The library needs no cipher elsewhere, and this one is small: FIPS 197 for one key size and one direction.
"""

from __future__ import annotations

__all__ = ["decrypt_cbc"]

BLOCK = 16
ROUNDS = 10


def _doubled(value: int) -> int:
    return ((value << 1) ^ 0x1B) & 0xFF if value & 0x80 else value << 1


def _product(left: int, right: int) -> int:
    """Product in GF(2^8)."""
    found = 0
    while right:
        found ^= left if right & 1 else 0
        left, right = _doubled(left), right >> 1
    return found


def _boxes() -> tuple[bytes, bytes]:
    """The substitution box and its inverse, from inverses in the field and the affine map."""
    forward, back = bytearray(256), bytearray(256)
    p = q = 1
    while True:
        p ^= _doubled(p)
        for shift in (1, 2, 4):
            q ^= (q << shift) & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        turned = q ^ _turn(q, 1) ^ _turn(q, 2) ^ _turn(q, 3) ^ _turn(q, 4) ^ 0x63
        forward[p] = turned
        if p == 1:
            break
    forward[0] = 0x63
    for value, box in enumerate(forward):
        back[box] = value
    return bytes(forward), bytes(back)


def _turn(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (8 - bits))) & 0xFF


SBOX, INVERSE = _boxes()
MIX = {factor: bytes(_product(value, factor) for value in range(256)) for factor in (9, 11, 13, 14)}
_UNSHIFT = tuple((index - 4 * (index % 4)) % BLOCK for index in range(BLOCK))


def _round_keys(key: bytes) -> list[bytes]:
    words = [key[start : start + 4] for start in range(0, BLOCK, 4)]
    constant = 1
    for index in range(4, 4 * (ROUNDS + 1)):
        word = words[-1]
        if index % 4 == 0:
            word = bytes(SBOX[value] for value in word[1:] + word[:1])
            word, constant = bytes([word[0] ^ constant]) + word[1:], _doubled(constant)
        words.append(_xor(words[index - 4], word))
    return [b"".join(words[start : start + 4]) for start in range(0, len(words), 4)]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _unmixed(state: bytes) -> bytes:
    found = bytearray()
    for start in range(0, BLOCK, 4):
        a, b, c, d = state[start : start + 4]
        for w, x, y, z in ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c)):
            found.append(MIX[14][w] ^ MIX[11][x] ^ MIX[13][y] ^ MIX[9][z])
    return bytes(found)


def _block(block: bytes, keys: list[bytes]) -> bytes:
    state = _xor(block, keys[ROUNDS])
    for number in range(ROUNDS - 1, -1, -1):
        state = bytes(INVERSE[state[place]] for place in _UNSHIFT)
        state = _xor(state, keys[number])
        state = _unmixed(state) if number else state
    return state


def decrypt_cbc(key: bytes, start: bytes, sealed: bytes) -> bytes:
    """The text under `key` (16 bytes) with start vector `start`, padding removed.

    Raises:
        ValueError: The lengths or the padding are wrong, as with a wrong key.
    """
    if len(key) != BLOCK or len(start) != BLOCK or not sealed or len(sealed) % BLOCK:
        raise ValueError("AES-128 needs a key, a start vector and blocks of 16 bytes")
    keys, found, before = _round_keys(key), bytearray(), start
    for place in range(0, len(sealed), BLOCK):
        block = sealed[place : place + BLOCK]
        found += _xor(_block(block, keys), before)
        before = block
    pad = found[-1]
    if not 1 <= pad <= BLOCK or found[-pad:] != bytes([pad]) * pad:
        raise ValueError("the padding is wrong; the key may be another one")
    return bytes(found[:-pad])
