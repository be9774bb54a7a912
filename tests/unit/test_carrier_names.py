"""Carrier names to canonical codes: exact, stable, never a guess."""

import pytest

from orderhub.errors import ConfigurationError
from orderhub.kit.carriers import CARRIERS, carrier_name, carrier_of


@pytest.mark.parametrize("row", CARRIERS, ids=lambda row: row.code)
def test_every_name_leads_back_to_its_code(row):
    for name in (row.code, row.zh, row.en, *row.aliases):
        assert carrier_of(name) == carrier_of(f"  {name.upper()} ") == row.code
    assert carrier_of(carrier_name(row.code)) == carrier_of(carrier_name(row.code, "en")) == row.code


def test_codes_are_unique():
    assert len({row.code for row in CARRIERS}) == len(CARRIERS)


@pytest.mark.parametrize("name", ["德邦物流", "百世物流", "中国邮政", "中通快运", "快递", "顺丰速运有限公司", "", None])
def test_what_is_not_in_the_table_is_not_guessed(name):
    assert carrier_of(name) is None


def test_full_width_letters_are_the_same_name():
    assert carrier_of("ＥＭＳ") == "ems"


def test_an_unknown_code_has_no_name():
    with pytest.raises(ConfigurationError, match="nowhere"):
        carrier_name("nowhere")
