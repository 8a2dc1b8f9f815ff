import pytest

from admin.errors import Problem
from admin.listing import ListLinks, decode_cursor, encode_cursor
from admin.validation import context, validated
from links.model import LinkQuery


def asked(**query):
    return validated(ListLinks, query, context("localhost"), "parameter").query(1)


def faults(**query):
    with pytest.raises(Problem) as caught:
        asked(**query)
    return {detail.field for detail in caught.value.details}


def test_defaults():
    assert asked() == LinkQuery(limit=50, offset=0)


def test_every_parameter():
    assert asked(limit="200", offset="2147483647", label="summer", enabled="false", q="exa") == LinkQuery(
        limit=200, offset=2**31 - 1, label="summer", enabled=False, search="exa"
    )


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("1", True), ("FALSE", False), ("0", False)]
)
def test_booleans(text, value):
    assert asked(enabled=text).enabled is value


@pytest.mark.parametrize("limit", ["0", "201", "-1", "+5", " 5", "5.0", "1e2", "", "ten", "٣", "9" * 400])
def test_a_bad_limit(limit):
    assert faults(limit=limit) == {"limit"}


@pytest.mark.parametrize("offset", ["-1", "2147483648", "", "x"])
def test_a_bad_offset(offset):
    assert faults(offset=offset) == {"offset"}


def test_all_bad_parameters_are_named():
    assert faults(limit="0", enabled="yes", lable="x", q="a\x00", cursor="?") == {
        "limit",
        "enabled",
        "lable",
        "q",
        "cursor",
    }


def test_an_empty_filter_asks_for_nothing():
    assert asked(label="", q="", cursor="") == LinkQuery()


@pytest.mark.parametrize("before", [1, 51, 2**63 - 1])
def test_a_cursor_comes_back_as_it_was(before):
    cursor = encode_cursor(before)
    assert decode_cursor(cursor) == before
    assert cursor.isascii() and cursor.replace("-", "").replace("_", "").isalnum()
    assert asked(cursor=cursor) == LinkQuery(before=before)


@pytest.mark.parametrize(
    "cursor", ["x", "!!!!", "YjA", "YTE", "Yi0x", "YjE=", "Yj Ex", "é", encode_cursor(2**63), encode_cursor(5) + "=="]
)
def test_what_is_not_a_cursor_of_ours_is_refused(cursor):
    assert decode_cursor(cursor) is None
    assert faults(cursor=cursor) == {"cursor"}


def test_there_is_one_way_to_page_at_a_time():
    assert faults(cursor=encode_cursor(5), offset="10") == {"cursor"}
