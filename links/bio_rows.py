"""Between the vocabulary of bio pages and the columns of ``bio_pages`` and ``bio_buttons``. Pure.

The order of the columns is that of the SELECT lists in sql/bio.sql.
"""

import gzip
import re
from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from links.bio_model import BioPage, Button, Rendered
from links.rows import EMPTY_OBJECT, to_json

_decode = msgspec.json.decode
_PAGE_COLUMNS = BioPage.__struct_fields__[:-1]  # without the buttons

ETAG_BYTES = 12
_HEADER_SAFE = re.compile(r"[\x20-\x7e]*")


class Document(msgspec.Struct, frozen=True):
    """What workers get of a published page. ``body`` is compressed by gzip; ``etag`` changes with it and ``policy``."""

    body: bytes | None = None
    etag: str = ""
    policy: str = ""
    due_at: int | None = None


NO_DOCUMENT = Document()
"""That of a page that is not published."""


def document_of(rendered: Rendered) -> Document:
    """What was rendered, as it is stored: the same bytes give the same. Raises ``ValueError`` for a policy that is not
    visible ASCII and spaces: no header field may hold it."""
    if not _HEADER_SAFE.fullmatch(rendered.policy):
        raise ValueError(f"a Content-Security-Policy with other than visible ASCII: {rendered.policy!r}")
    hashed = blake2b(rendered.policy.encode() + b"\n" + rendered.html, digest_size=ETAG_BYTES)
    body = gzip.compress(rendered.html, 9, mtime=0)
    return Document(body, hashed.hexdigest(), rendered.policy, rendered.due_at)


def page_of(row: tuple[Any, ...], buttons: Iterable[Button]) -> BioPage:
    """The page in a row of the SELECT lists of sql/bio.sql."""
    values = dict(zip(_PAGE_COLUMNS, row, strict=True))
    data = values["page_data"]
    values["page_data"] = {} if data == EMPTY_OBJECT else _decode(data)
    for name in ("is_published", "at_root"):
        values[name] = bool(values[name])
    return BioPage(**values, buttons=tuple(buttons))


def page_row(page: BioPage, document: Document) -> dict[str, Any]:
    """The parameters of ``insert`` and ``update``."""
    values = {name: getattr(page, name) for name in _PAGE_COLUMNS}
    return values | {
        "page_data": to_json(page.page_data),
        "due_at": document.due_at,
        "etag": document.etag,
        "policy": document.policy,
        "document": document.body,
    }


def buttons_by_page(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Button]]:
    """The buttons in rows of ``buttons``."""
    found: defaultdict[int, list[Button]] = defaultdict(list)
    for page, link, label, kind, icon, enabled, starts_at, ends_at, extras in rows:
        found[page].append(
            Button(
                link=link,
                label=label,
                kind=kind,
                icon=icon,
                enabled=bool(enabled),
                starts_at=starts_at,
                ends_at=ends_at,
                extras={} if extras == EMPTY_OBJECT else _decode(extras),
            )
        )
    return found


def button_rows(page: BioPage) -> list[tuple[Any, ...]]:
    """The parameters of ``insert_button``."""
    return [
        (
            page.id,
            position,
            button.link,
            button.label,
            button.kind,
            button.icon,
            button.enabled,
            button.starts_at,
            button.ends_at,
            to_json(button.extras),
        )
        for position, button in enumerate(page.buttons)
    ]


def history_text(page: BioPage) -> str:
    """What a page was, for the history: without its content, of which every keystroke may be a change."""
    content = ("page_data", "buttons")
    return msgspec.json.encode(
        {name: getattr(page, name) for name in page.__struct_fields__ if name not in content}
    ).decode()
