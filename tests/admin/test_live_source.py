import pytest

from admin import live_source as room
from admin.live_source import Place, Source, classifier_of
from clicks.classes import Kind
from clicks.journal import Section
from clicks.record import NOT_FOUND
from clicks.segment import Name
from clicks.settings import CollectorSettings, GeoipSettings, StatsSettings
from tests.clicks.desk import Desk

SETTINGS = CollectorSettings(StatsSettings(), GeoipSettings(), "", (), "X-Forwarded-For")


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path, segments=3)
    yield made
    made.close()


@pytest.fixture
def source(tmp_path):
    made = Source(tmp_path, lambda: classifier_of(SETTINGS))
    yield made
    made.close()


def section():
    return Section(b"\r\nHost: s.test\r\nUser-Agent: curl/8.5.0\r\n\r\n")


def numbers(*batches):
    return [seen.link for batch in batches for seen in batch.seen]


def test_what_comes_is_classified(desk, source):
    of = section()
    desk.visit(of)
    source.begin()
    desk.visit(of)
    desk.visit(of, kind=NOT_FOUND)
    found = [source.more(), source.more()]
    # The third is a link's by number: a 404 has none, which the desk does not know.
    assert numbers(*found) == [2, 3]
    seen = found[1].seen[0]
    assert (seen.time_ns, seen.visit.kind, seen.visit.via) == (2, Kind.TOOL, 0)
    assert source.more().seen == []


def test_what_comes_after_a_visit(desk, source):
    of = section()
    source.begin()
    for _ in range(4):
        desk.visit(of)
    source.more()
    places = [seen.place for seen in source.more().seen]
    again = Source(desk.directory, lambda: classifier_of(SETTINGS))
    batch = again.begin_after(places[1], lambda: None)
    assert (numbers(batch), batch.missed) == ([3, 4], False)
    desk.visit(of)
    assert numbers(again.more(), again.more()) == [5]
    again.close()


def test_a_visit_that_is_gone(desk, source):
    desk.visit(section())
    batch = source.begin_after(Place(Name(1, 2, 3), 8), lambda: None)
    assert (batch.seen, batch.missed) == ([], True)
    desk.visit(section())
    assert numbers(source.more(), source.more()) == [2]


def test_too_many_at_once(desk, source, monkeypatch):
    monkeypatch.setattr(room, "MOST_AT_ONCE", 3)
    of = section()
    source.begin()
    for _ in range(9):
        desk.visit(of)
    source.more()
    batch = source.more()
    assert (len(batch.seen), batch.missed) == (3, True)
    desk.visit(of)
    assert numbers(source.more(), source.more()) == [10]
