"""Every installed carrier passes the conformance kit against its emulator; nothing here is about one carrier."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from orderhub.logistics.carriers.common import md5_base64
from orderhub.logistics.carriers.yto.operations import YtoOperations
from orderhub.models import TrackingStatus
from orderhub.plugins import CARRIERS, find, names
from orderhub.testing.conformance import CARRIER_CHECKS, Bench, CarrierBench, Unfit, bench_of, run_check


@pytest.mark.parametrize("check", CARRIER_CHECKS)
@pytest.mark.parametrize("carrier", names(CARRIERS))
def test_conformance(carrier: str, check: str) -> None:
    try:
        CARRIER_CHECKS[check](CarrierBench.of(carrier))
    except Unfit as reason:
        pytest.skip(str(reason))


def test_the_command_and_pytest_prove_carriers_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orderhub", "check-connector", "yunda", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    results = json.loads(done.stdout)
    assert done.returncode == 0 and [row["check"] for row in results] == list(CARRIER_CHECKS)
    assert isinstance(bench_of("yunda"), CarrierBench) and isinstance(bench_of("jd"), Bench)


class Careless(YtoOperations):
    """Everything that a carrier's connector must not do."""

    def create(self, parcel: Any, sender: Any) -> Any:
        numbered = parcel.model_copy(update={"parcel_id": f"{parcel.parcel_id}-{next(COUNT)}"})
        waybill = yield from super().create(numbered, sender)
        return waybill.model_copy(update={"reference": parcel.parcel_id})

    def _track(self, waybill_no: str) -> Any:
        events = yield from super()._track(waybill_no)
        return [event.model_copy(update={"status": TrackingStatus.IN_TRANSIT}) for event in events]

    def decode_push(self, headers: Any, body: bytes) -> Any:
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        return (yield from super().decode_push(headers, signed(form.get("logistics_interface", "x"))))


COUNT = itertools.count()


def signed(xml: str) -> bytes:
    """What a connector that does not look at signatures sees in a push."""
    digest = md5_base64(f"{xml}sandbox-yto-push-secret")
    return urlencode({"logistics_interface": xml, "data_digest": digest}).encode()


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("create_gives_a_waybill", ""),
        ("create_is_idempotent", ""),
        ("journeys_are_understood", "delivered"),
        ("unknown_codes_are_kept", "swallowed"),
        ("pushes_are_verified", ""),
    ],
)
def test_a_careless_connector_does_not_pass(check: str, told: str) -> None:
    found = run_check(check, CarrierBench(replace(find("yto", CARRIERS), operations=Careless)))
    assert found.verdict == "failed" and told in found.message
