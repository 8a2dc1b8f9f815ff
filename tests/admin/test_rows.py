import asyncio
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from admin.errors import Problem
from admin.rows import LATER, SLICE, Rows, in_slices
from admin.validation import context, validated

CONTEXT = context("localhost:8080")


class Row(BaseModel):
    """A row."""

    model_config = ConfigDict(strict=True)

    number: int


async def test_each_row_is_checked_by_itself():
    checked = await Rows([{"number": 1}, {"number": "x"}, 3, None, {"number": 2}], CONTEXT).checked(Row)
    assert [row.number if isinstance(row, Row) else row.message for row in checked] == [
        1,
        "number: must be an integer",
        "body: must be an object",
        "body: must be an object, not null",
        2,
    ]


async def test_others_get_their_turn():
    turns = 0

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert [number async for number in in_slices(range(10 * SLICE))] == list(range(10 * SLICE))
    task.cancel()
    assert turns == 10


def test_too_many():
    Rows([1, 2], CONTEXT).require_at_most(2, "rows")
    with pytest.raises(Problem, match="rows: must have at most 2 items, this has 3"):
        Rows([1, 2, 3], CONTEXT).require_at_most(2, "rows")


@pytest.mark.parametrize(("row", "text"), [({"a": "x"}, "x"), ({"a": 1}, None), ({}, None), ("a", None), (None, None)])
def test_what_a_row_has_for_a_field(row, text):
    assert Rows([row], CONTEXT).text(0, "a") == text


class Body(BaseModel):
    """Rows."""

    rows: Annotated[list[Row], Field(min_length=1), LATER]


def test_a_field_of_rows_is_documented_but_checked_later():
    assert Body.model_json_schema()["properties"]["rows"]["items"] == {"$ref": "#/$defs/Row"}
    assert validated(Body, {"rows": [{}, 1]}, CONTEXT).rows == Rows([{}, 1], CONTEXT)
    for rows in ([], {}, None):
        with pytest.raises(Problem, match="rows: must"):
            validated(Body, {"rows": rows}, CONTEXT)
