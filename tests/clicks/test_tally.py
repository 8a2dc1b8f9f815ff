"""The hot path of counting: the same rollups and single visits as by the long way, for whatever visitors send."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clicks import lookups, tally
from clicks.record import GONE, LOCKED, NOT_FOUND, PAGE, REDIRECT, rule_word
from tests.clicks.counting import (
    CURL,
    FIREFOX,
    GOOGLEBOT,
    IPHONE,
    NOON,
    WHATSAPP,
    Counting,
    Writer,
    everything,
    packed,
    table,
)

SEED = 4
VISITS = 3_000
SALTS = {day: bytes([day % 251]) * 32 for day in range(20_000, 21_000)}
FORWARDED = "\r\nX-Forwarded-For: "
REQUESTS = (
    "GET /x",
    "GET /x",
    "GET /x?a",
    "GET /x?qr=1",
    "GET /x?bio=1&utm_source=s",
    "HEAD /x",
    "POST /x",
    "GET",
    f"GET /x{FORWARDED}203.0.113.9",
    f"GET /x?qr=1{FORWARDED}192.0.2.1",
    f"GET /x{FORWARDED}2001:db8::9, 127.0.0.1{FORWARDED}127.0.0.2",
    f"GET /x\r\nX-Request-Id: ?qr=1{FORWARDED}unknown",
    f"GET /x{FORWARDED}{'192.0.2.9, ' * 20}203.0.113.9",
    f"GET /x{FORWARDED * 5}203.0.113.9",
)
ADDRESSES = ("198.51.100.7", "198.51.100.8", "2001:db8::7", "127.0.0.1", "192.0.2.1")


def place_of(address: bytes) -> tuple[str, str]:
    return ("DE", "Köln") if address == packed("192.0.2.1") else ("", "") if address[-1] == 8 else ("FR", "")


def write(directory: Path) -> None:
    """All kinds of visits, over the end of a day and back."""
    rng = random.Random(SEED)
    for boot in (1, 2):
        writer = Writer(directory / "journal", boot_ns=boot, size=4 << 20, now=NOON + 11 * 3_600 + rng.randrange(1_000))
        for _ in range(VISITS):
            if rng.random() < 0.02:
                writer.now += rng.randrange(-300, 900)
            headers = [
                line
                for line, share in (
                    ("Referer: https://a.example/", 0.3),
                    ("Accept-Language: de", 0.5),
                    ("DNT: 1", 0.1),
                    ("Sec-Purpose: prefetch", 0.05),
                    ("X-Forwarded-For: 203.0.113.5", 0.2),
                )
                if rng.random() < share
            ]
            writer.visit(
                rng.choice((0, 1, 2, 3, 4, 1 << 63)),
                agent=rng.choice((FIREFOX, IPHONE, CURL, GOOGLEBOT, WHATSAPP, None)),
                address=rng.choice(ADDRESSES),
                request=rng.choice(REQUESTS),
                headers=headers,
                kind=rng.choice((REDIRECT,) * 8 + (GONE, PAGE, LOCKED, NOT_FOUND, 77)),
                rule=rng.choice((0, 0, 0, rule_word(2), rule_word(1, 3))),
            )
        writer.close()


def counted(directory: Path) -> tuple[Any, ...]:
    directory.mkdir()
    write(directory)
    counting = Counting(
        directory, now=NOON + 12 * 3_600, place_of=place_of, is_untracked=lambda link: link == 4, addresses=True
    )
    counting.aggregate._salt_of = SALTS.__getitem__  # the same in both
    counting.run()
    counting.collector.finish()
    counting.close()
    with closing(sqlite3.connect(directory / "clicks-2026-03.db")) as connection:
        raw = connection.execute(
            "SELECT at, link, class, user_agent, kind, agent, language, referrer, country, city, utm, rule, address "
            "FROM visits JOIN profiles ON id = profile ORDER BY segment, offset"
        ).fetchall()
    return everything(directory), raw, table(directory, "activity"), table(directory, "state", "visits, lost, damaged")


def test_both_ways_count_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly = 0
    long_way = tally.Tally._count_one

    def spy(self: tally.Tally, *arguments: Any) -> None:
        nonlocal slowly
        slowly += 1
        long_way(self, *arguments)

    monkeypatch.setattr(tally.Tally, "_count_one", spy)
    usual = counted(tmp_path / "usual")
    assert 0 < slowly < 2 * VISITS * 0.9  # some of both
    slowly = 0
    monkeypatch.setattr(tally, "FEW", 1 << 30)
    assert counted(tmp_path / "long") == usual
    assert slowly == 2 * VISITS
    assert usual[3][0][0] > VISITS
    assert usual[3][0][2] > 0


@pytest.mark.parametrize(
    ("forwarded", "remembered"),
    [
        ("\r\nX-Forwarded-For: 203.0.113.9", 1),
        ("\r\nX-Forwarded-For: " * 4 + "203.0.113.9", 1),
        ("\r\nX-Forwarded-For: " * 5 + "203.0.113.9", 0),
        ("\r\nX-Forwarded-For: " + " ," * 128 + "203.0.113.9", 0),
    ],
)
def test_what_is_told_at_length_is_not_remembered(tmp_path: Path, forwarded: str, remembered: int) -> None:
    writer = Writer(tmp_path / "journal")
    for _ in range(2 * tally.FEW):
        writer.visit(7, address="127.0.0.1", request=f"GET /x{forwarded}")
    writer.close()
    counting = Counting(tmp_path, addresses=True).run()
    assert len(counting.collector._tally._lookups.peers.told) == remembered
    counting.close()
    with closing(sqlite3.connect(tmp_path / "clicks-2026-03.db")) as connection:
        assert connection.execute("SELECT DISTINCT address FROM visits").fetchall() == [(packed("203.0.113.9"),)]


def test_addresses_are_forgotten_with_the_day(tmp_path: Path) -> None:
    """Their hashes are of a day: the same visitor has another entry on each."""
    writer = Writer(tmp_path / "journal", now=NOON + 12 * 3_600 - 5)
    for _ in range(5):
        writer.visit(7)
    writer.now += 10
    for _ in range(5):
        writer.visit(7)
    writer.close()
    counting = Counting(tmp_path, now=writer.now).run()
    counting.close()
    (_, _, before), (_, _, after) = [row for row in everything(tmp_path)["visitors"] if row[1] == 7]
    assert len(before) == len(after) == 6
    assert before != after


def test_more_addresses_than_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "REMEMBERED_PEERS", 10)
    writer = Writer(tmp_path / "journal")
    for n in range(200):
        writer.visit(7, address=f"198.51.100.{n}")
    writer.close()
    counting = Counting(tmp_path).run()
    assert counting.statistics().counts_of([7])[7].total == 200
    counting.close()
