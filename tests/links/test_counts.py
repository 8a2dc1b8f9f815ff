"""The line that workers tell their counts with."""

import pytest

from links.counts import ANSWERS, Counts, line_of, proxy_warning, read

COUNTS = Counts(tuple(range(len(ANSWERS))), 100, 200, 1_000_000, 300, "172.18.0.2")


@pytest.mark.parametrize("counts", [COUNTS, COUNTS._replace(proxy=""), COUNTS._replace(proxy="fd00::7")])
def test_what_is_written_is_read(counts: Counts) -> None:
    word, *words = line_of(counts).split()
    assert word == b"COUNTS"
    assert read(words) == counts


def test_the_line() -> None:
    assert line_of(COUNTS) == b"COUNTS 0 1 2 3 4 5 6 7 8 9 100 200 1000000 300 172.18.0.2\n"


GOOD = line_of(COUNTS).split()[1:]


@pytest.mark.parametrize(
    "words",
    [
        [],
        [b"-"],
        GOOD[1:],
        [b"1", *GOOD],
        [b"-1", *GOOD[1:]],
        [b"+1", *GOOD[1:]],
        [b"1_0", *GOOD[1:]],
        [b"0x1", *GOOD[1:]],
        [b"9" * 20, *GOOD[1:]],
        ["٣".encode(), *GOOD[1:]],
        [*GOOD[:-1], b"localhost"],
        [*GOOD[:-1], b"\xff"],
    ],
)
def test_nothing_else_is(words: list[bytes]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever; the hub drops the connection
        read(words)


def test_the_warning_says_what_to_do() -> None:
    assert proxy_warning("172.18.0.2") == "all visitors look like 172.18.0.2; add it to server.trusted_proxies"
