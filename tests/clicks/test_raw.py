"""Visits one by one, in monthly files."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clicks.database import FILE_NAME
from clicks.raw import RawVisits, month_of
from tests.clicks.counting import CURL, FIREFOX, NOON, Counting, Writer, count_all, packed

MARCH = "clicks-2026-03.db"
DAY_MS = 86_400_000


def visits(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT at, link, class, user_agent, referrer, country, utm FROM visits JOIN profiles ON id = profile "
            "ORDER BY segment, offset"
        ).fetchall()


def test_what_is_kept_of_a_visit(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    writer.visit(7, request="GET /x?utm_medium=mail", headers=["Referer: https://a.example/secret"])
    writer.visit(8, agent=CURL)
    writer.visit(9, headers=["DNT: 1"])
    writer.close()
    count_all(tmp_path)
    assert visits(tmp_path / MARCH) == [
        (NOON * 1_000, 7, 0, FIREFOX.encode(), "a.example", "DE", "\nmail\n"),
        (NOON * 1_000, 8, 1, CURL.encode(), "", "DE", None),
    ]


def private(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT link, address, referrer_url FROM visits ORDER BY segment, offset").fetchall()


FROM = "Referer: https://me:secret@a.example:8443/page?q=1#top"


def visit_thrice(directory: Path) -> None:
    writer = Writer(directory / "journal")
    writer.visit(7, headers=[FROM])
    writer.visit(8, address="127.0.0.1", headers=["X-Forwarded-For: 2001:db8::7"])
    writer.visit(9, headers=[FROM, "Sec-GPC: 1"])
    writer.close()


def test_addresses_and_whole_referrers_are_kept_only_if_asked_for(tmp_path: Path) -> None:
    visit_thrice(tmp_path)
    count_all(tmp_path)
    assert private(tmp_path / MARCH) == [(7, None, None), (8, None, None)]
    assert b"page?q=1" not in (tmp_path / MARCH).read_bytes()


def test_addresses_and_whole_referrers(tmp_path: Path) -> None:
    visit_thrice(tmp_path)
    count_all(tmp_path, addresses=True, keeps_referrers=True)
    assert private(tmp_path / MARCH) == [
        (7, packed("198.51.100.7"), "https://a.example:8443/page?q=1"),
        (8, packed("2001:db8::7"), None),
    ]
    raw = RawVisits(tmp_path)
    assert raw.erase(7, NOON * 1_000) == 1
    raw.close()
    assert private(tmp_path / MARCH) == [(8, packed("2001:db8::7"), None)]
    with closing(sqlite3.connect(tmp_path / MARCH)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM private").fetchone() == (1,)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"page?q=1" not in (tmp_path / MARCH).read_bytes()  # secure_delete


@pytest.mark.parametrize("count", [5, 500])
def test_a_batch_that_is_written_again_is_there_once(tmp_path: Path, count: int) -> None:
    writer = Writer(tmp_path / "journal", size=1 << 20)
    for _ in range(count):
        writer.visit(7)
    counting = Counting(tmp_path)
    counting.collector._monotonic = lambda: 0.0  # nothing is due
    counting.collector.step()
    counting.collector.step()  # what was there at the first look
    # Written, and the rollups not: the process is gone. The next one reads the same records.
    kept = counting.collector._kept
    assert len(kept) == count
    counting.raw.write(kept.few, kept.many)
    counting.close()
    assert len(visits(tmp_path / MARCH)) == count
    writer.close()
    count_all(tmp_path)
    assert len(visits(tmp_path / MARCH)) == count
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        assert connection.execute("SELECT n FROM totals WHERE subject = 7").fetchall() == [(count,)]


def test_months_are_files_and_dropped_whole(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal", now=datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC).timestamp())
    writer.visit(7)
    writer.now += 1
    writer.visit(7)
    writer.close()
    count_all(tmp_path)
    raw = RawVisits(tmp_path)
    assert raw.months() == ["2026-02", "2026-03"]
    end_of_february = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000
    assert raw.drop(end_of_february - 1) == []
    assert raw.drop(end_of_february) == ["2026-02"]
    assert [path.name for path in tmp_path.glob("clicks-*")] == [MARCH]
    raw.close()


def test_links_and_days_are_erased(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    for link in (7, 8):
        writer.visit(link)
    writer.now += 60
    writer.visit(7)
    writer.visit(8)
    writer.close()
    count_all(tmp_path)
    raw = RawVisits(tmp_path)
    assert raw.erase(7, NOON * 1_000) == 1
    assert raw.erase_before(NOON * 1_000 + 1) == 1
    raw.close()
    assert [row[:2] for row in visits(tmp_path / MARCH)] == [((NOON + 60) * 1_000, 7), ((NOON + 60) * 1_000, 8)]


@pytest.mark.parametrize(("ms", "month"), [(0, "1970-01"), (NOON * 1_000, "2026-03")])
def test_months(ms: int, month: str) -> None:
    assert month_of(ms) == month
