"""Names of rows in URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum import errors, ids


@given(st.binary(min_size=16, max_size=16))
def test_a_name_goes_into_a_url_and_back(identifier: bytes) -> None:
    text = ids.to_text(identifier)
    assert len(text) == 22
    assert ids.from_text(text) == identifier


@given(st.text(max_size=40))
def test_whatever_else_stands_in_a_url_is_not_found(text: str) -> None:
    try:
        identifier = ids.from_text(text)
    except errors.NotFound:
        return
    assert ids.to_text(identifier) == text


@pytest.mark.parametrize("text", ["", "A" * 21, "A" * 23, "A" * 21 + "B", "+" * 22, "あ" * 22])
def test_a_second_spelling_of_a_name_is_not_found(text: str) -> None:
    with pytest.raises(errors.NotFound):
        ids.from_text(text)
