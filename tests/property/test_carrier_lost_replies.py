"""A waybill was created and the reply lost: one number a parcel, whatever the carrier; see `tests/proof` for more."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from carrier_lost_replies import CREATING, check_histories

from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.plugins import CARRIERS, find, names

COUNT = 60


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", CREATING)
def test_a_lost_reply_never_makes_a_second_waybill(name: str) -> None:
    told = check_histories(name, range(COUNT))
    assert told.parcels and told.lost > COUNT / 2, "replies were lost indeed"
    if name != "kdniao":
        assert told.unsettled <= COUNT // 20, "nearly everything settles by itself"
        assert told.voided or name == "jdl"


def test_every_carrier_that_can_create_is_tried() -> None:
    able = {name for name in names(CARRIERS) if find(name, CARRIERS).capabilities(CARRIER_VERBS)["create"].available}
    assert set(CREATING) == able
