"""Between :class:`links.model.Link` and the columns of ``links``. Pure.

The order of the columns is that of the SELECT lists in sql/links.sql.
"""

from typing import Any

import msgspec

from links.model import Link

_encode = msgspec.json.encode
_decode = msgspec.json.decode
EMPTY_LIST = "[]"
EMPTY_OBJECT = "{}"

PROTECTED = "*"
"""What the history has in the place of a password's hash."""


def to_json(value: Any) -> str:
    """JSON text; the two empty values, which most links have, without encoding."""
    if not value:
        return EMPTY_OBJECT if isinstance(value, dict) else EMPTY_LIST
    return _encode(value).decode()


def link_of(row: tuple[Any, ...]) -> Link:
    """The link in a row of the SELECT lists of sql/links.sql."""
    (
        id_,
        uuid,
        workspace,
        domain,
        slug,
        destination,
        location,
        status,
        cache_seconds,
        forward_query,
        enabled,
        labels,
        title,
        rules,
        program,
        password,
        utm,
        extras,
        track,
        expires_at,
        edits,
        rev,
        created_at,
        updated_at,
    ) = row
    return Link(
        id=id_,
        uuid=uuid,
        workspace=workspace,
        domain=domain,
        slug=slug,
        destination=destination,
        location=destination if location is None else location,
        status=status,
        cache_seconds=cache_seconds,
        forward_query=None if forward_query is None else bool(forward_query),
        enabled=bool(enabled),
        labels=() if labels == EMPTY_LIST else tuple(_decode(labels)),
        title=title,
        rules=[] if rules == EMPTY_LIST else _decode(rules),
        program=program,
        password=password,
        utm={} if utm == EMPTY_OBJECT else _decode(utm),
        extras={} if extras == EMPTY_OBJECT else _decode(extras),
        track=bool(track),
        expires_at=expires_at,
        edits=edits,
        rev=rev,
        created_at=created_at,
        updated_at=updated_at,
    )


def insert_row(link: Link, destination_hash: int) -> tuple[Any, ...]:
    """The parameters of ``insert_link``. A location equal to the destination is stored once."""
    return (
        link.id,
        link.uuid,
        link.workspace,
        link.domain,
        link.slug,
        link.destination,
        destination_hash,
        None if link.location == link.destination else link.location,
        link.status,
        link.cache_seconds,
        link.forward_query,
        link.enabled,
        to_json(link.labels),
        link.title,
        to_json(link.rules),
        link.program,
        link.password,
        to_json(link.utm),
        to_json(link.extras),
        link.track,
        link.expires_at,
        link.edits,
        link.rev,
        link.created_at,
        link.updated_at,
    )


def change_text(link: Link) -> str:
    """What a link was, for the history. Of a password only that there was one: nothing needs the hash there, and it
    would outlive the password."""
    if link.password is not None:
        link = msgspec.structs.replace(link, password=PROTECTED)
    return _encode(link).decode()


def update_row(link: Link, destination_hash: int | None) -> dict[str, Any]:
    """The parameters of ``update_link``; ``destination_hash`` is ``None`` where the destination stays."""
    return {
        "id": link.id,
        "domain": link.domain,
        "slug": link.slug,
        "destination": link.destination,
        "destination_hash": destination_hash,
        "location": None if link.location == link.destination else link.location,
        "enabled": link.enabled,
        "labels": to_json(link.labels),
        "title": link.title,
        "rules": to_json(link.rules),
        "program": link.program,
        "password": link.password,
        "utm": to_json(link.utm),
        "extras": to_json(link.extras),
        "track": link.track,
        "expires_at": link.expires_at,
        "edits": link.edits,
        "rev": link.rev,
        "updated_at": link.updated_at,
    }
