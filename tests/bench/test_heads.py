"""bench/heads.py: what is sent is what clients send, and what the fast path takes."""

import random

import pytest

from bench import heads
from bench.heads import FIRST_LINE, HOST, SHAPES, header_sections, once_each
from server.head import check

HEADS = 1_200


def host_of(section: str) -> bytes | None:
    """As the fast path sees it: the key of the host, ``None`` where it declines."""
    plain = check(b"\r\n" + section.encode())
    return None if plain is None else plain.host


@pytest.fixture(scope="module")
def sections() -> list[str]:
    return header_sections(HEADS)


def test_they_are_as_many_as_wanted_and_different(sections: list[str]) -> None:
    assert len(set(sections)) == len(sections) == HEADS


def test_they_are_the_same_in_every_run(sections: list[str]) -> None:
    assert header_sections(HEADS) == sections


def test_their_sizes_are_spread_from_100_to_900_bytes(sections: list[str]) -> None:
    sizes = [len(FIRST_LINE + section) for section in sections]
    assert heads.LEAST_BYTES <= min(sizes) < 150
    assert 850 < max(sizes) <= heads.MOST_BYTES
    hundreds = {size // 100 for size in sizes}
    assert {1, 3, 4, 5, 6, 7, 8} <= hundreds


def test_every_one_is_plain(sections: list[str]) -> None:
    assert [section for section in sections if host_of(section) != HOST.encode()] == []


@pytest.mark.parametrize("shape", [heads._chrome, heads._chrome_plain, heads._firefox, heads._safari])
def test_browsers_say_keep_alive(shape: heads.Shape) -> None:
    assert "Connection: keep-alive" in shape(random.Random(1))


@pytest.mark.parametrize("shape", [heads._curl, heads._nginx, heads._haproxy])
def test_curl_and_proxies_say_nothing_about_the_connection(shape: heads.Shape) -> None:
    assert [line for line in shape(random.Random(1)) if line.lower().startswith("connection")] == []


@pytest.mark.parametrize("shape", [heads._nginx, heads._haproxy])
def test_proxies_name_the_visitor(shape: heads.Shape) -> None:
    assert any(line.lower().startswith("x-forwarded-for: ") for line in shape(random.Random(1)))


def test_haproxy_writes_names_in_lower_case() -> None:
    names = [line.partition(":")[0] for line in heads._haproxy(random.Random(1))]
    assert names == [name.lower() for name in names]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_field_stands_twice(shape: heads.Shape) -> None:
    for seed in range(50):
        names = [line.partition(":")[0].lower() for line in shape(random.Random(seed))]
        assert len(set(names)) == len(names)


def test_heads_that_come_once_do(sections: list[str]) -> None:
    once = once_each(3 * HEADS)
    assert len(set(once)) == 3 * HEADS
    assert all(host_of(section) == HOST.encode() for section in once)
