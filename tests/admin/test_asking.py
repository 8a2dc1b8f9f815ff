import asyncio
import threading
import time
from datetime import UTC

import pytest

from admin import asking as room
from admin.asking import Asking, VisitCounts
from clicks import database
from clicks.answers import Counts
from clicks.classes import Kind, Outcome, Via
from links.bio_model import Button
from links.errors import Code, LinkError
from tests.admin.counting import Visit, count
from tests.admin.pages import bio_page

COUNTED = (Kind.PERSON, Kind.TOOL)
VISITS = [Visit(1, "2026-03-21T10:00:00"), Visit(1, "2026-03-21T11:00:00", via=Via.QR)]


@pytest.fixture
def asking(tmp_path):
    made = Asking(tmp_path / database.FILE_NAME, UTC, COUNTED, time.monotonic)
    yield made
    made.close()


async def test_nothing_is_there_until_it_is(asking, tmp_path):
    counts = VisitCounts(asking).of_links
    assert await counts([1]) == {1: Counts()}
    count(tmp_path, VISITS, {1: 1})
    assert (await counts([1, 2]))[1].total == 2
    assert (await counts([1, 2]))[2] == Counts()
    assert await counts([]) == {}


async def test_a_file_that_is_no_database_hinders_no_link(asking, tmp_path, caplog):
    (tmp_path / database.FILE_NAME).write_bytes(b"nonsense" * 1000)
    assert await VisitCounts(asking).of_links([1]) == {}
    assert "cannot be read" in caplog.text
    with pytest.raises(LinkError) as raised:
        await asking.ask(lambda statistics: statistics.counts_of([1]))
    assert raised.value.code is Code.UNAVAILABLE
    (tmp_path / database.FILE_NAME).unlink()
    count(tmp_path, VISITS, {1: 1})
    assert (await VisitCounts(asking).of_links([1]))[1].total == 2


async def test_a_question_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("clicks.query.STEPS", 1)
    count(tmp_path, VISITS, {1: 1})
    asking = Asking(tmp_path / database.FILE_NAME, UTC, COUNTED, time.monotonic, timeout_s=-1.0)
    with pytest.raises(LinkError) as raised:
        await asking.ask(lambda statistics: statistics.counts_of(range(1, 1000)))
    assert "too long" in raised.value.message
    asking.close()


async def test_questions_wait_for_one_another_up_to_a_number(asking, monkeypatch):
    monkeypatch.setattr(room, "MOST_WAITING", 2)
    go_on = threading.Event()
    waiting = [asyncio.ensure_future(asking.ask(lambda statistics: go_on.wait())) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(LinkError) as raised:
        await asking.ask(lambda statistics: None)
    assert raised.value.code is Code.UNAVAILABLE
    go_on.set()
    await asyncio.gather(*waiting)
    assert await asking.ask(lambda statistics: 1) == 1


async def test_bio_pages(asking, tmp_path):
    page = bio_page(9, buttons=(Button(link=1), Button(link=2), Button(link=2), Button(kind="heading")))
    visits = [Visit(9, "2026-03-21T10:00:00", outcome=Outcome.PAGE)] * 3
    visits += [Visit(link, "2026-03-21T10:00:00", via=Via.BIO) for link in (1, 2, 3)] + [Visit(1, "2026-03-21")]
    count(tmp_path, visits, {})
    assert await VisitCounts(asking).of_pages([page]) == {9: (3, 2)}
