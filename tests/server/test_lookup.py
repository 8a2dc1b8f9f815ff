import pytest

from links.slug import slug_path
from server.entry import pack
from server.lookup import domain_of, find, key_of
from server.table import Table

SLUGS = {1: "abc", 2: "ABC", 3: "a/b", 4: "a.b_c~d-e", 5: "😀", 6: "é", 7: "❤", 8: "x/😀/y"}


@pytest.fixture
def table() -> Table:
    table = Table()
    for link_id, slug in SLUGS.items():
        table.put(b"", slug_path(slug), pack(link_id, b"https://e.com/"))
    table.put(b"x.test", b"abc", pack(11, b"https://e.com/"))
    return table


@pytest.mark.parametrize(
    ("path", "link_id"),
    [
        ("/abc", 1),
        ("/ABC", 2),
        ("/a/b", 3),
        ("/a.b_c~d-e", 4),
        ("/%F0%9F%98%80", 5),
        ("/%C3%A9", 6),
        ("/%E2%9D%A4", 7),
        # Another spelling of the same.
        ("/abc/", 1),
        ("/%61bc", 1),
        ("/a%62c/", 1),
        ("/%41BC", 2),
        ("/a/b/", 3),
        ("/a%2Eb_c%7Ed-e", 4),
        ("/%f0%9f%98%80", 5),
        ("/😀", 5),
        ("/😀/", 5),
        ("/e%CC%81", 6),
        ("/%E2%9D%A4%EF%B8%8F", 7),
        ("/x/%F0%9F%98%80/y/", 8),
        # Not the same.
        ("/Abc", None),
        ("/", None),
        ("//", None),
        ("/abc//", None),
        ("//abc", None),
        ("/abc/d", None),
        ("/a%2Fb", None),
        ("/abc%00", None),
        ("/abc%0A", None),
        ("/abc%", None),
        ("/abc%4", None),
        ("/abc%zz", None),
        ("/%2561bc", None),
        ("/%F0%9F%98", None),
        ("/%C0%AFabc", None),
        ("/./abc", None),
        ("/abc+", None),
    ],
)
def test_a_path_finds_its_link_in_every_spelling(table: Table, path: str, link_id: int | None) -> None:
    found = find(table, b"", path.encode())
    assert (None if found is None else found.link_id) == link_id


@pytest.mark.parametrize(
    ("host", "path", "link_id"),
    [
        (b"", b"/abc", 1),
        (b"unknown.test", b"/abc", 1),
        (b"x.test", b"/abc", 11),
        (b"x.test", b"/abc/", 11),
        (b"x.test", b"/a/b", None),  # the default domain's link is not this domain's
    ],
)
def test_a_host_with_a_table_is_answered_from_it_alone(
    table: Table, host: bytes, path: bytes, link_id: int | None
) -> None:
    found = find(table, domain_of(table, host), path)
    assert (None if found is None else found.link_id) == link_id


def test_a_host_without_a_table_is_the_default_domain(table: Table) -> None:
    assert [domain_of(table, host) for host in (b"x.test", b"y.test", b"")] == [b"x.test", b"", b""]


@pytest.mark.parametrize(
    ("path", "key"),
    [(b"/abc", b"abc"), (b"/abc/", b"abc"), (b"/%61", b"a"), (b"/%c3%a9", b"%C3%A9"), (b"/%zz", None), (b"/", None)],
)
def test_the_key_is_the_canonical_spelling(path: bytes, key: bytes | None) -> None:
    assert key_of(path) == key
