"""Credentials of carriers in a configuration file: by reference, also those of single interfaces."""

from __future__ import annotations

import pytest

from orderhub.errors import ConfigurationError
from orderhub.hub.settings import resolve


def test_secrets_of_interfaces_are_references_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTO_TRACK", "word")
    given = {"track": {"path_token": "abc123", "secret": "env:YTO_TRACK"}}
    assert resolve("interfaces", given) == {"track": {"path_token": "abc123", "secret": "word"}}
    for name in ("secret", "push_salt", "site_password", "account_password", "customer_password"):
        with pytest.raises(ConfigurationError, match=name):
            resolve("interfaces", {"track": {name: "word"}})
