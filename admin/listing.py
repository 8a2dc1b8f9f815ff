"""The query of ``GET /links``: its parameters, and cursors, which name a place in a listing that grows."""

import base64
import binascii
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from admin.errors import refused
from admin.fields import Text
from admin.validation import rule
from links.model import LinkQuery

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
MAX_OFFSET = 2**31 - 1

# Characters: a destination that somebody looks for, without room for a request that is all search.
_MAX_SEARCH = 2048
_MAX_ID = 2**63 - 1

_INTEGER = re.compile(r"[0-9]{1,10}")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def encode_cursor(before: int) -> str:
    """The cursor of the page that starts below link id ``before``."""
    return base64.urlsafe_b64encode(b"b%d" % before).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str) -> int | None:
    """The link id in a cursor of :func:`encode_cursor`; ``None`` if it is not one."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        before = int(text[1:]) if text[:1] == "b" else 0
    except (binascii.Error, ValueError):
        return None
    # A number that the database can hold, and one spelling for each page.
    return before if 1 <= before <= _MAX_ID and encode_cursor(before) == cursor else None


def integer(text: str) -> int:
    """A decimal number as it is written in a query: no sign, space or fraction, which ``int`` would take."""
    if not _INTEGER.fullmatch(text):
        raise rule("must be a whole number")
    return int(text)


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.lower())  # "True" is what Python clients send
    if value is None:
        raise rule("must be true or false")
    return value


def _cursor(text: str) -> int | None:
    before = decode_cursor(text) if text else None
    if text and before is None:
        raise rule("must be a cursor that this API has answered")
    return before


def _blank(text: str) -> Any:
    """An empty parameter asks for nothing."""
    return text or None


Whole = Annotated[int, BeforeValidator(integer)]
"""A whole number in a query."""


class ListLinks(BaseModel):
    """Which links to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Links a page.")
    offset: Whole = Field(
        default=0, ge=0, le=MAX_OFFSET, description="Links to skip. Deep pages are faster with `cursor`."
    )
    label: Annotated[Text | None, BeforeValidator(_blank)] = Field(
        default=None, description="Only links with this label."
    )
    enabled: Annotated[bool | None, BeforeValidator(_boolean)] = Field(
        default=None, description="Only links that are enabled (`true`), or only those that are not (`false`)."
    )
    q: Annotated[Annotated[Text, Field(max_length=_MAX_SEARCH)] | None, BeforeValidator(_blank)] = Field(
        default=None, description="Only links with this text in their short code or destination."
    )
    cursor: Annotated[int | None, BeforeValidator(_cursor), WithJsonSchema({"type": "string"})] = Field(
        default=None, description="`meta.next_cursor` of the page before. Not together with `offset`."
    )

    def query(self, workspace: int) -> LinkQuery:
        """What the links are asked for. Raises :class:`Problem` for two ways to page at once."""
        if self.cursor is not None and "offset" in self.model_fields_set:
            raise refused("cursor", "cannot be given together with offset")
        return LinkQuery(
            workspace=workspace,
            limit=self.limit,
            offset=self.offset,
            before=self.cursor,
            label=self.label,
            enabled=self.enabled,
            search=self.q,
        )
