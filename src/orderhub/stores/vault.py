"""Sealing what a database keeps, under the host's own keys. Imports `errors`; a key needs the extra `crypto`.

AES-256-GCM. The nonce is a keyed digest of place and text, so that equal texts of one row give equal bytes and no
randomness is needed; two different texts never share one (but for a chance of 2^-96 a pair). A sealed value names its
key and is bound to its place: moved to another row it does not open. Search words of persons become keyed digests:
they can be looked up by who has the key, and not be read back.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from orderhub.errors import ConfigurationError, SecurityError
from orderhub.stores.terms import PERSONAL

__all__ = ["Vault", "new_key"]

KEY_BYTES: Final = 32
_NAME, _NONCE, _BLIND = 4, 12, 16
_TEXT: Final = "oh1:"
"""Begins every sealed text; the plain ones are JSON and never begin so."""
_BYTES: Final = b"\0oh1"
"""The same for bytes; no platform's document begins with the character NUL."""


def new_key() -> str:
    """A fresh key as text, to be kept where the host keeps its secrets."""
    import secrets

    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


class _Key:
    """One key of the host, and what is derived from it."""

    def __init__(self, text: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        master = _master(text)
        self.name = _derived(master, b"name", _NAME)
        self.cipher = AESGCM(_derived(master, b"seal"))
        self.nonces, self.words = _derived(master, b"nonce"), _derived(master, b"words")


def _master(text: str) -> bytes:
    try:
        found = base64.urlsafe_b64decode(text.encode())
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise ConfigurationError(
            "an encryption key is 32 bytes as URL-safe base64: orderhub.stores.vault.new_key() makes one",
            field="encryption_keys",
        )
    return found


def _derived(master: bytes, purpose: bytes, size: int = 32) -> bytes:
    return hashlib.blake2b(purpose, key=master, digest_size=size, person=b"orderhub").digest()


class Vault:
    """The host's keys, the current one first; without any, everything passes in the clear."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = _opened(keys)
        self._by_name = {key.name: key for key in self._keys}

    def __repr__(self) -> str:
        return f"Vault({len(self._keys)} keys)"

    @property
    def is_on(self) -> bool:
        """Whether new values are sealed."""
        return bool(self._keys)

    @property
    def name(self) -> bytes:
        """Which key seals, four bytes that tell nothing of it; empty without keys."""
        return self._keys[0].name if self._keys else b""

    def knows(self, name: bytes) -> bool:
        """Whether values under that key can be opened."""
        return name in self._by_name

    def seal(self, data: bytes, place: str) -> bytes:
        """Seal for `place`, under the current key."""
        key, where = self._keys[0], place.encode()
        told = len(where).to_bytes(4, "big") + where + data
        nonce = hashlib.blake2b(told, key=key.nonces, digest_size=_NONCE).digest()
        sealed: bytes = key.cipher.encrypt(nonce, data, where)
        return key.name + nonce + sealed

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for `place`.

        Raises:
            ConfigurationError: The key is not among those configured.
            SecurityError: The value was changed, or stands in another place than it was sealed for.
        """
        name, rest = bytes(sealed[:_NAME]), bytes(sealed[_NAME:])
        key = self._by_name.get(name)
        if key is None:
            raise ConfigurationError(
                f"a stored value is sealed under key {name.hex()}, which is not configured: add it to encryption_keys",
                field="encryption_keys",
            )
        from cryptography.exceptions import InvalidTag

        try:
            found: bytes = key.cipher.decrypt(rest[:_NONCE], rest[_NONCE:], place.encode())
        except InvalidTag:
            table = place.split("\n")[1]
            raise SecurityError(f"a sealed value of {table} was changed or does not belong where it stands") from None
        return found

    def seal_text(self, text: str, place: str) -> str:
        """Sealed, as text; as it is without keys."""
        return _TEXT + base64.b64encode(self.seal(text.encode(), place)).decode() if self._keys else text

    def unseal_text(self, text: str, place: str) -> str:
        """What `seal_text` was given; a text that was stored before there was a key is answered as it is."""
        if not text.startswith(_TEXT):
            return text
        return self.unseal(base64.b64decode(text[len(_TEXT) :]), place).decode()

    def seal_bytes(self, data: bytes, place: str) -> bytes:
        """Sealed; as it is without keys."""
        return _BYTES + self.seal(data, place) if self._keys else data

    def unseal_bytes(self, data: bytes, place: str) -> bytes:
        """What `seal_bytes` was given; what was stored before there was a key is answered as it is."""
        return self.unseal(data[len(_BYTES) :], place) if data.startswith(_BYTES) else data

    def is_current(self, value: str | bytes) -> bool:
        """Whether a text or bytes are in the form that is written today, under today's key."""
        if isinstance(value, str):
            sealed = base64.b64decode(value[len(_TEXT) :]) if value.startswith(_TEXT) else None
        else:
            sealed = value[len(_BYTES) :] if value.startswith(_BYTES) else None
        return sealed is None if not self._keys else sealed is not None and sealed.startswith(self.name)

    def word(self, term: str) -> str:
        """The form in which a search word is stored."""
        return self._blind(self._keys[0], term) if self._keys else term

    def words(self, terms: Iterable[str]) -> list[str]:
        """Every form in which the words may be stored: under each key, and as they were before there was one."""
        plain = list(dict.fromkeys(terms))
        blind = [self._blind(key, term) for key in self._keys for term in plain]
        return list(dict.fromkeys(plain + blind))

    def _blind(self, key: _Key, term: str) -> str:
        kind = term.partition(":")[0]
        if kind not in PERSONAL:
            return term
        return f"{kind}#{hashlib.blake2b(term.encode(), key=key.words, digest_size=_BLIND).hexdigest()}"


def _opened(keys: Sequence[str]) -> tuple[_Key, ...]:
    try:
        return tuple(_Key(text) for text in keys)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            'encryption keys need the package cryptography: pip install "orderhub[crypto]"'
        ) from error
