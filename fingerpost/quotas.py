"""The options with which quotas are set on the command line. Loads none of the rooms."""

from collections.abc import Callable
from typing import Any

import click

MOST_DIGITS = 18
"""Of a quota: what the database can hold."""

THINGS = {
    "links": "links",
    "edits": "link edits",
    "qr_codes": "QR codes",
    "bio_pages": "bio pages",
    "domains": "domains",
}
"""As in ``links.quotas``: what there are quotas of, and how it is said."""


class Quota(click.ParamType[int | None]):
    """A whole number from 0, or ``none``, which becomes ``None``."""

    name = "N|none"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int | None:
        if value == "none":
            return None
        if not (value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS):
            self.fail("must be a whole number from 0, or none", param, context)
        return int(value)


def options(function: Callable[..., None]) -> Callable[..., None]:
    """An option for each quota. Without a default: see :func:`given`."""
    for thing, words in reversed(THINGS.items()):
        flag, text = f"--{thing.replace('_', '-')}", f"How many {words} it may have."
        function = click.option(flag, type=Quota(), metavar="N|none", callback=_noted, help=text)(function)
    return function


def _noted(context: click.Context, param: click.Parameter, value: int | None) -> tuple[bool, int | None]:
    """The value, after whether it was given: ``none`` is not the same as nothing."""
    source = context.get_parameter_source(param.name or "")
    return source is click.core.ParameterSource.COMMANDLINE, value


def given(options: dict[str, tuple[bool, int | None]]) -> dict[str, int | None]:
    """The quotas that were given, ``None`` for none."""
    return {thing: value for thing, (is_given, value) in options.items() if is_given}
