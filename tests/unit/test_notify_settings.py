"""Channels, words and policy of messages out of `orderhub.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from orderhub import Hub
from orderhub.errors import ConfigurationError

TEXT = """
[notify]
per_day = 2
quiet = ["21:30", "07:30"]
templates = "words"

[notify.staff]
"*" = ["chat"]

[[notify.channels]]
name = "chat"
kind = "apprise"
audience = "staff"
apprise_url = "env:CHAT_URL"

[[notify.channels]]
name = "sms"
kind = "tencent"
secret_id = "id"
secret_key = "env:SMS_KEY"
app_id = "1400"
book.order_shipped.zh = {code = "1", sign = "小店", fields = {order = "1"}}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHAT_URL", "json://127.0.0.1:9/secret")
    monkeypatch.setenv("SMS_KEY", "secret")
    (tmp_path / "words").mkdir()
    return tmp_path / "orderhub.toml"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_courier_comes_out_of_the_configuration(place: Path) -> None:
    place.write_text(TEXT, encoding="utf-8")
    with Hub.from_config(place) as hub:
        assert repr(hub.notifier) == "Courier(chat, sms)" and "secret" not in repr(hub.settings)
        assert hub.ops.notify_policy.per_day == 2 and hub.opt_out("13800138000").ok


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [('"env:SMS_KEY"', '"secret"', "secret_key stands in"), ('kind = "tencent"', 'kind = "pigeon"', "kind is one of"),
     ("per_day = 2", "per_week = 2", "per_week"), ('app_id = "1400"', 'app = "secret"', "other fields"),
     ('["chat"]', '["sms"]', "no channel for staff"), ('"words"', '"nowhere"', "no folder of templates"),
     ('{order = "1"}', '{phone = "1"}', "phone")],
)  # fmt: skip
def test_mistakes_are_named_without_their_values(place: Path, old: str, new: str, told: str) -> None:
    assert old in TEXT
    place.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told) as caught:
        Hub.from_config(place)
    assert "secret" not in str(caught.value).replace("secret_key", "").replace("secret_id", "")
