import json
import sqlite3
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.allocation import SQL
from links.database import migrations
from links.model import Link
from links.rows import PROTECTED, change_text, insert_row, link_of, to_json, update_row
from links.store import NEWEST
from tests.links.storing import TO, link

FULL = link(
    "a/b",
    id=7,
    domain="go.example",
    location="https://example.com/?utm_source=x",
    status=308,
    cache_seconds=0,
    forward_query=False,
    enabled=False,
    labels=("one", "zwei, drei", "ü😀"),
    title='A "title"\n',
    rules=[{"if": ["de", 1, None]}],
    utm={"source": "x"},
    extras={"comment": "é", "deep": {"n": 1.5}, "type": "QR"},
    expires_at=0,
    edits=3,
    rev=9,
    created_at=1,
    updated_at=2,
)
WINDOW = {
    "before": NEWEST,
    "enabled": None,
    "search": None,
    "kinds": None,
    "limit": 9,
    "offset": 0,
    "label": "one",
    "workspace": 1,
}


@pytest.fixture
def database():
    connection = sqlite3.connect(":memory:")
    for _, _, sql in migrations():
        connection.executescript(sql)
    yield connection
    connection.close()


def put(database: sqlite3.Connection, one: Link) -> None:
    database.execute(SQL["insert_link"], insert_row(one, 5))
    database.execute(SQL["insert_code"], (one.domain, one.slug, one.id, "live", None, one.rev))
    database.executemany(SQL["insert_label"], [(label, one.id) for label in one.labels])


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("links_by_uuid", {"refs": json.dumps([FULL.uuid])}),
        ("links_by_id", {"refs": json.dumps([FULL.id])}),
        ("links_by_slug", {"domain": FULL.domain, "slugs": json.dumps([FULL.slug])}),
        ("list_links", WINDOW),
        ("list_labelled", WINDOW),
        ("list_typed", WINDOW | {"kinds": '["QR"]'}),
        ("export_page", {"after": 0, "limit": 9}),
    ],
)
def test_what_is_inserted_comes_back_from_every_statement(
    database: sqlite3.Connection, name: str, parameters: dict[str, Any]
) -> None:
    put(database, FULL)
    (row,) = database.execute(SQL[name], parameters).fetchall()
    assert link_of(row) == FULL


def test_a_plain_link_comes_back_with_its_destination_as_location(database: sqlite3.Connection) -> None:
    plain = link("abc", id=1)
    put(database, plain)
    (row,) = database.execute(SQL["links_by_uuid"], {"refs": json.dumps([plain.uuid])}).fetchall()
    assert link_of(row) == plain
    assert link_of(row).location == TO


def test_a_location_like_the_destination_is_stored_once(database: sqlite3.Connection) -> None:
    put(database, link("same", id=1))
    put(database, link("other", id=2, location="https://example.com/?utm_source=x", rev=1))
    stored = database.execute("SELECT location FROM links ORDER BY id").fetchall()
    assert stored == [(None,), ("https://example.com/?utm_source=x",)]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@given(
    labels=st.lists(texts, max_size=3).map(tuple),
    title=texts,
    rules=st.lists(jsons, max_size=3),
    program=st.none() | texts,
    password=st.none() | texts,
    utm=st.dictionaries(texts, texts, max_size=3),
    extras=st.dictionaries(texts, jsons, max_size=3),
    forward_query=st.none() | st.booleans(),
    enabled=st.booleans(),
    track=st.booleans(),
    expires_at=st.none() | st.integers(0, 2**53),
)
def test_any_link_comes_back(**fields: Any) -> None:
    one = link("abc", **fields)
    (id_, uuid, workspace, domain, slug, destination, _, location, *rest) = insert_row(one, 5)
    assert link_of((id_, uuid, workspace, domain, slug, destination, location, *rest)) == one


@pytest.mark.parametrize(
    ("value", "text"), [((), "[]"), ([], "[]"), ({}, "{}"), (("a",), '["a"]'), ({"ü": 1}, '{"ü":1}'), ([[]], "[[]]")]
)
def test_json(value: Any, text: str) -> None:
    assert to_json(value) == text


def test_the_history_keeps_every_field() -> None:
    kept = json.loads(change_text(FULL))
    assert kept["labels"] == list(FULL.labels)
    assert set(kept) == set(Link.__struct_fields__)
    assert kept["location"] == FULL.location


def test_the_history_tells_of_a_password_but_not_its_hash() -> None:
    hash_ = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"
    text = change_text(link(password=hash_))
    assert "argon2" not in text
    assert json.loads(text)["password"] == PROTECTED
    assert json.loads(change_text(link()))["password"] is None


# Each field but what an edit never changes and what is the database's.
EDITED = {
    "domain": "other.example",
    "slug": "new",
    "destination": "https://example.org/",
    "location": "https://example.org/?utm_source=y",
    "enabled": True,
    "labels": ("x",),
    "title": "New",
    "rules": [{"destination": "https://a.example/"}],
    "program": "[1]",
    "password": "hash",
    "utm": {"source": "y"},
    "extras": {"type": "BIO_LINK"},
    "track": False,
    "expires_at": 7,
    "edits": 4,
    "rev": 10,
    "updated_at": 3,
}


@pytest.mark.parametrize("name", EDITED)
def test_an_update_writes_each_field(database: sqlite3.Connection, name: str) -> None:
    put(database, FULL)
    changed = msgspec.structs.replace(FULL, **{name: EDITED[name]})
    assert changed != FULL
    database.execute(SQL["update_link"], update_row(changed, None))
    (row,) = database.execute(SQL["links_by_id"], {"refs": json.dumps([FULL.id])}).fetchall()
    assert link_of(row) == changed
