"""Bodies of many rows, each of which is checked by itself: a bad one does not stop the others.

Checking takes some 50 µs a row: it is done in slices, between which other requests get their turn.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from admin.errors import Problem, refused
from admin.validation import Context, validated

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")

SLICE = 20
"""Rows that are checked or rendered in a row: about a millisecond."""


class Rows(msgspec.Struct, frozen=True):
    """Rows as they were sent, none of them checked, and what checking them needs to know."""

    sent: list[Any]
    context: Context

    async def checked(self, model: type[Model]) -> list[Model | Problem]:
        """Each row as ``model``, or what is wrong with it."""
        checked: list[Model | Problem] = []
        async for row in in_slices(self.sent):
            try:
                checked.append(validated(model, row, self.context))
            except Problem as problem:
                checked.append(problem)
        return checked

    def require_at_most(self, most: int, field: str) -> None:
        """Raises :class:`Problem` ``VALIDATION`` where there are more rows; ``field``: what they are called."""
        if len(self.sent) > most:
            raise refused(field, f"must have at most {most:,} items, this has {len(self.sent):,}")

    def text(self, index: int, field: str) -> str | None:
        """What the row has for ``field``, if that is a text: to name the row in an answer."""
        row = self.sent[index]
        value = row.get(field) if isinstance(row, dict) else None
        return value if isinstance(value, str) else None


def _unchecked(rows: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo[Context]) -> Any:
    if not isinstance(rows, list) or not rows:
        check(rows)  # says what is wrong with that
    return Rows(rows, info.context)


LATER = WrapValidator(_unchecked)
"""Of a field that is a list of models, one at least: makes :class:`Rows` of it, and leaves its schema as it is."""


async def in_slices(items: Iterable[Item]) -> AsyncIterator[Item]:
    """``items`` one by one, with turns of the event loop between."""
    for number, item in enumerate(items, 1):
        yield item
        if number % SLICE == 0:
            await asyncio.sleep(0)
