"""Forms are those of the standard library, whatever stands in them."""

from __future__ import annotations

from urllib import parse

from hypothesis import given
from hypothesis import strategies as st

from orderhub.kit.form import urlencode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUE = (
    TEXT
    | st.integers()
    | st.binary(max_size=8)
    | st.booleans()
    | st.none()
    | st.sampled_from(["a b", "~-._", "名/+&=%", ""])
)


@given(st.dictionaries(TEXT, VALUE, max_size=6))
def test_it_is_the_standard_librarys(fields: dict[str, object]) -> None:
    assert urlencode(fields) == parse.urlencode(fields)
