"""What is counted of visits, read back from what the collector stores."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clicks.calendar_days import number_of
from clicks.classes import Kind, Outcome, Via, class_of
from clicks.dimensions import EVERYBODY, Dimension, workspace_subject
from clicks.hyperloglog import count
from clicks.record import GONE, LOCKED, NOT_FOUND, PAGE, rule_word
from tests.clicks.counting import CURL, GOOGLEBOT, NOON, WHATSAPP, Writer, count_all, everything, table

TODAY = number_of(datetime.fromtimestamp(NOON, UTC).date())
PERSON = class_of(Outcome.REDIRECT, Via.CLICK, Kind.PERSON)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "journal")


def counted(writer: Writer, directory: Path, **options: Any) -> dict[str, list[tuple[Any, ...]]]:
    writer.close()
    count_all(directory, **options)
    return everything(directory)


def of(rows: list[tuple[Any, ...]], subject: int) -> list[tuple[Any, ...]]:
    """The rows of one subject, without it."""
    return [(*row[:1], *row[2:]) for row in rows if row[1] == subject]


def test_hours_classes_and_totals(writer: Writer, tmp_path: Path) -> None:
    for agent, request in [
        (CURL, "GET /x"),
        (GOOGLEBOT, "GET /x"),
        (WHATSAPP, "GET /x?qr=1"),
        (GOOGLEBOT, "HEAD /x"),
    ]:
        writer.visit(7, agent=agent, request=request)
    writer.visit(7)
    writer.now += 3_600
    writer.visit(7, request="GET /x?qr=1")
    writer.visit(7, request="GET /x?bio=1")
    found = counted(writer, tmp_path)
    classes = {
        class_of(Outcome.REDIRECT, Via.CLICK, Kind.TOOL): (12, NOON),
        class_of(Outcome.REDIRECT, Via.CLICK, Kind.BOT): (12, NOON),
        class_of(Outcome.REDIRECT, Via.QR, Kind.PREVIEW): (12, NOON),
        class_of(Outcome.REDIRECT, Via.CLICK, Kind.HEAD): (12, NOON),
        PERSON: (12, NOON),
        class_of(Outcome.REDIRECT, Via.QR, Kind.PERSON): (13, NOON + 3_600),
        class_of(Outcome.REDIRECT, Via.BIO, Kind.PERSON): (13, NOON + 3_600),
    }
    hours = sorted((TODAY, hour, class_, 1) for class_, (hour, _) in classes.items())
    totals = sorted((class_, 1, at * 1_000) for class_, (_, at) in classes.items())
    for subject in (7, EVERYBODY, workspace_subject(1)):
        assert of(found["hours"], subject) == hours
        assert [row[1:] for row in found["totals"] if row[0] == subject] == totals
    assert table(tmp_path, "activity") == [(7, 1, TODAY)]


def test_values(writer: Writer, tmp_path: Path) -> None:
    writer.visit(
        7,
        request="GET /x?utm_source=mail&utm_campaign=autumn",
        headers=["Accept-Language: fr-CH", "Referer: https://a.example/x?secret=1"],
        rule=rule_word(3, 2),
    )
    writer.visit(7)
    found = counted(writer, tmp_path, place_of=lambda address: ("DE", "Köln"))
    values = [(row[2], row[3], row[5]) for row in found["days"] if row[1] == 7]
    assert values == [
        (Dimension.COUNTRY, "DE", 2),
        (Dimension.CITY, "DE\nKöln", 2),
        (Dimension.AGENT, "desktop\nFirefox\nLinux", 2),
        (Dimension.LANGUAGE, "fr", 1),
        (Dimension.REFERRER, "a.example", 1),
        (Dimension.UTM_SOURCE, "mail", 1),
        (Dimension.UTM_CAMPAIGN, "autumn", 1),
        (Dimension.RULE, "3\n2", 1),
    ]


def test_views_of_their_own(writer: Writer, tmp_path: Path) -> None:
    writer.visit(7, kind=GONE)
    writer.visit(7, kind=LOCKED)
    writer.visit(9, kind=PAGE)
    writer.visit(0, kind=NOT_FOUND, request="GET /wp-login.php?x=1")
    found = counted(writer, tmp_path)
    by_class = {(row[0], row[1]): row[2] for row in found["totals"] if row[0] >= 0}
    for subject, outcome in ((7, Outcome.GONE), (7, Outcome.LOCKED), (9, Outcome.PAGE), (0, Outcome.NOT_FOUND)):
        assert by_class[subject, class_of(outcome, Via.CLICK, Kind.PERSON)] == 1
    # Charts are made of redirects and pages; of a 404 only what was asked for is kept, without its query.
    assert {row[1] for row in found["days"] if row[2] == Dimension.AGENT and row[1] > 0} == {9}
    assert [row[3] for row in found["days"] if row[2] == Dimension.PATH] == ["/wp-login.php"]


def test_days_are_those_of_the_zone_and_hours_those_of_utc(writer: Writer, tmp_path: Path) -> None:
    writer.now = datetime(2026, 3, 10, 23, 30, tzinfo=UTC).timestamp()
    writer.visit(7)
    found = counted(writer, tmp_path, zone=ZoneInfo("Europe/Berlin"), now=writer.now)
    assert {row[0] for row in found["hours"]} == {TODAY}
    assert {row[0] for row in found["days"]} == {TODAY + 1}
    assert {row[0] for row in found["visitors"]} == {TODAY + 1}


# Visitors


def visitors(found: dict[str, list[tuple[Any, ...]]], subject: int) -> int:
    (registers,) = [bytes.fromhex(row[2]) for row in found["visitors"] if row[1] == subject]
    return count(registers)


def test_visitors_are_told_apart_by_address_and_user_agent(writer: Writer, tmp_path: Path) -> None:
    for _ in range(3):
        writer.visit(7)
        writer.visit(8)
        writer.visit(7, agent="Another/1.0")
        writer.visit(7, address="198.51.100.8")
        writer.visit(7, address="2001:db8::8")
        writer.visit(7, agent=CURL, address="192.0.2.99")  # no person
    found = counted(writer, tmp_path)
    assert (visitors(found, 7), visitors(found, 8)) == (4, 1)
    assert visitors(found, workspace_subject(1)) == visitors(found, EVERYBODY) == 4


def test_a_restart_counts_nobody_again(tmp_path: Path) -> None:
    for boot in (1, 2):
        writer = Writer(tmp_path / "journal", boot_ns=boot)
        writer.visit(7)
        writer.close()
        count_all(tmp_path)
    assert visitors(everything(tmp_path), 7) == 1


def test_old_visits_have_no_salt_and_no_visitors(writer: Writer, tmp_path: Path) -> None:
    writer.visit(7)
    found = counted(writer, tmp_path, now=NOON + 48 * 3_600)
    assert found["visitors"] == []
    assert len(of(found["hours"], 7)) == 1


# Who is not to be counted, or not in full


@pytest.mark.parametrize(("respects", "rows"), [(True, 0), (False, 1)])
def test_of_who_asks_for_it_only_totals_are_kept(writer: Writer, tmp_path: Path, respects: bool, rows: int) -> None:
    writer.visit(7, headers=["Sec-GPC: 1"])
    found = counted(writer, tmp_path, respects_privacy=respects)
    assert len(of(found["hours"], 7)) == 1
    assert len(found["visitors"]) == 3 * rows
    assert bool(found["days"]) is bool(rows)


def test_nothing_is_counted_of_links_that_are_not_tracked(writer: Writer, tmp_path: Path) -> None:
    writer.visit(7)
    writer.visit(8)
    found = counted(writer, tmp_path, is_untracked=lambda link: link == 7)
    assert {row[0] for row in found["totals"]} == {8, EVERYBODY, workspace_subject(1)}
    assert {row[2] for row in found["totals"]} == {1}


def test_links_of_nobody_count_for_everybody_only(writer: Writer, tmp_path: Path) -> None:
    writer.visit(7)
    writer.visit(8)
    found = counted(writer, tmp_path, owners=lambda ids: {8: 3})
    assert {(row[0], row[2]) for row in found["totals"]} == {(7, 1), (8, 1), (EVERYBODY, 2), (workspace_subject(3), 1)}
    assert table(tmp_path, "activity") == [(8, 3, TODAY)]
