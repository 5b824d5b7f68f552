"""Bodies in three encodings: what cannot be understood is refused in words, whatever it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.http.errors import InvalidRequest
from studio.videos.request_body import nest, read_json

SEGMENTS = ("", "[]", "[0]", "[1]", "[99]", "[a]", "[][a]", "[0][a]", "[][a][]", "[a][]", "[a][b][c]", "[", "]")


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("characters", "consent", "x")),
            st.sampled_from(SEGMENTS),
            st.sampled_from(("v", "[1]", '{"a": 1}', "[", '["\\ud800"]', "\ud7ff")),
        ),
        max_size=6,
    )
)
def test_fields_in_any_brackets_are_nested_or_refused(fields: list[tuple[str, str, str]]) -> None:
    try:
        nested = nest([(name + brackets, value) for name, brackets, value in fields])
    except InvalidRequest:
        return
    assert set(nested) <= {name for name, _, _ in fields}


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\\ud800"}', b'{"\\uDFFF": 1}', b'["\\udc00\\ud800"]', b'{"a": "\xff"}', b"1" * 5000, b"{",
        '{"a": "\\ud800"}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_half_a_character_and_what_is_no_json_are_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (of whichever kind: the caller has one answer)
        read_json(body)


def test_whole_characters_are_read_in_whichever_way_they_are_written() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}') == {"a": "😀", "b": "\\ud800"}
