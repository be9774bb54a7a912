"""Recordings pin what each verb sends, byte for byte; none holds a secret or what orders tell about people."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from orderhub.plugins import find, names
from orderhub.testing.cassettes import forbidden_words, replay, verbs_of
from orderhub.testing.conformance import Bench

ROOT = Path(__file__).parents[2] / "cassettes"
SPEAKING = [name for name in names() if find(name).spec.base_url.startswith("https://")]
RECORDED = [(platform, verb) for platform in SPEAKING for verb in verbs_of(Bench.of(platform))]
MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9])")


@cache
def bench(platform: str) -> Bench:
    return Bench.of(platform)


@cache
def words(platform: str) -> tuple[str, ...]:
    return tuple(forbidden_words(bench(platform)))


@pytest.mark.parametrize(("platform", "verb"), RECORDED)
def test_a_verb_sends_what_was_recorded(platform: str, verb: str) -> None:
    recorded, direct = replay(bench(platform), verb, ROOT / platform / f"{verb}.yaml")
    assert recorded == direct


@pytest.mark.parametrize(("platform", "verb"), RECORDED)
def test_no_recording_holds_secrets_or_people(platform: str, verb: str) -> None:
    path = ROOT / platform / f"{verb}.yaml"
    text = path.read_text("utf-8") if path.exists() else ""
    escaped = text.encode("ascii", "backslashreplace").decode()
    held = [word for word in words(platform) if len(word) > 3 and (word in text or word in escaped)]
    assert not held, f"{len(held)} words that must not be kept, e.g. {held[0][:1]}…"
    assert not MOBILE.findall(text)


def test_every_recording_belongs_to_a_verb() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.yaml")} <= {
        f"{platform}/{verb}.yaml" for platform, verb in RECORDED
    }
