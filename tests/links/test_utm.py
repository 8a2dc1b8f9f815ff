from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from links.errors import LinkError
from links.utm import UTM_KEYS, apply_utm

ALL = {"id": "6", "content": "5", "term": "4", "campaign": "3", "medium": "2", "source": "1"}
S = {"source": "x"}


def test_order() -> None:
    assert apply_utm("https://e.com/p", ALL) == (
        "https://e.com/p?utm_source=1&utm_medium=2&utm_campaign=3&utm_term=4&utm_content=5&utm_id=6"
    )


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://e.com/", "https://e.com/?utm_source=x"),
        ("https://e.com/?", "https://e.com/?utm_source=x"),
        ("https://e.com/#f", "https://e.com/?utm_source=x#f"),
        ("https://e.com/#f?a=b", "https://e.com/?utm_source=x#f?a=b"),
        ("https://e.com/#", "https://e.com/?utm_source=x#"),
        ("https://e.com/?a=b#f", "https://e.com/?a=b&utm_source=x#f"),
        ("https://e.com/?a?b", "https://e.com/?a?b&utm_source=x"),
        ("https://e.com/?a&&b=%zz&=c&d=+%2f", "https://e.com/?a&&b=%zz&=c&d=+%2f&utm_source=x"),
        ("https://e.com/?b=2&a=1&b=1", "https://e.com/?b=2&a=1&b=1&utm_source=x"),
        ("https://e.com/?a&", "https://e.com/?a&&utm_source=x"),
    ],
)
def test_the_rest_stays_byte_for_byte(href: str, expected: str) -> None:
    assert apply_utm(href, S) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("utm_source=old", "utm_source=x"),
        ("a=1&utm_source=old&b=2", "a=1&b=2&utm_source=x"),
        ("utm_source=1&a&utm_source=2", "a&utm_source=x"),
        ("utm_source", "utm_source=x"),
        ("utm%5Fsource=old", "utm_source=x"),
        ("%75tm_%73ource=old", "utm_source=x"),
        ("utm+source=1", "utm+source=1&utm_source=x"),
        ("UTM_SOURCE=1", "UTM_SOURCE=1&utm_source=x"),
        ("utm_sources=1", "utm_sources=1&utm_source=x"),
        ("utm_medium=1", "utm_medium=1&utm_source=x"),
        ("a=utm_source=1", "a=utm_source=1&utm_source=x"),
    ],
)
def test_the_same_name_is_replaced(query: str, expected: str) -> None:
    assert apply_utm(f"https://e.com/?{query}", S) == f"https://e.com/?{expected}"


def test_values_are_percent_encoded() -> None:
    assert apply_utm("https://e.com/", {"source": "aZ0-._~ +&=#?/%é😀\r\n"}) == (
        "https://e.com/?utm_source=aZ0-._~%20%2B%26%3D%23%3F%2F%25%C3%A9%F0%9F%98%80%0D%0A"
    )


@pytest.mark.parametrize("utm", [{}, {"source": ""}, {"source": "", "id": ""}])
def test_nothing_given_changes_nothing(utm: dict[str, str]) -> None:
    assert apply_utm("https://e.com/?&utm_source=1&#", utm) == "https://e.com/?&utm_source=1&#"


def test_an_empty_value_leaves_the_destinations_own() -> None:
    assert apply_utm("https://e.com/?utm_id=1", {"id": "", "source": "x"}) == "https://e.com/?utm_id=1&utm_source=x"


@pytest.mark.parametrize(
    ("utm", "message"),
    [
        ({"sauce": "x"}, 'must not contain "sauce": allowed are source, medium, campaign, term, content, id'),
        ({"term": "\ud800"}, "must be Unicode text: term holds half of a character"),
    ],
)
def test_refused(utm: dict[str, str], message: str) -> None:
    with pytest.raises(LinkError) as caught:
        apply_utm("https://e.com/", utm)
    assert (caught.value.field, caught.value.message) == ("utm", message)


@settings(derandomize=True, deadline=None)
@given(
    st.text("a=&+%5F_utmsorce?1", max_size=40),
    st.dictionaries(st.sampled_from(UTM_KEYS), st.text(st.characters(exclude_categories=["Cs"])), max_size=6),
)
def test_each_given_parameter_is_there_once_and_last(query: str, utm: dict[str, str]) -> None:
    href = apply_utm(f"https://e.com/?{query}#f", utm)
    given_ones = [(f"utm_{key}", utm[key]) for key in UTM_KEYS if utm.get(key)]
    pairs = parse_qsl(urlsplit(href).query, keep_blank_values=True)
    assert pairs[len(pairs) - len(given_ones) :] == given_ones
    names = {name for name, _ in given_ones}
    assert [pair for pair in pairs if pair[0] in names] == given_ones
    assert apply_utm(href, utm) == href
