"""How answers are counted: by kind, on both roads, none twice and none forgotten."""

from dataclasses import dataclass, field

import pytest

from clicks.record import GONE, LOCKED, NOT_FOUND, PAGE, REDIRECT, Section
from links.counts import ANSWERS, Counts
from server.answer import Answer, Responder
from server.entry import pack
from server.fastpath import FastPath
from server.settings import ServerSettings
from server.table import Table
from server.tally import counts_of, kind_of
from tests.server.visiting import Book

PEER = bytes(16)


@dataclass
class Told:
    redirects: int = 0
    status: int = 301
    answered: dict[tuple[int, int], int] = field(default_factory=dict)
    refused: int = 0
    lost: int = 3
    shortened: int = 4


@pytest.mark.parametrize(
    ("visit", "status", "kind"),
    [
        *((REDIRECT, status, str(status)) for status in (301, 302, 307, 308)),
        (REDIRECT, 303, "other"),
        (PAGE, 200, "page"),
        (PAGE, 304, "page"),
        (LOCKED, 200, "password"),
        (LOCKED, 429, "password"),
        (GONE, 410, "410"),
        (GONE, 302, "410"),
        (NOT_FOUND, 404, "404"),
        (NOT_FOUND, 302, "404"),
        (0, 404, "404"),
        (0, 400, "refused"),
        (0, 405, "other"),
        (0, 200, "other"),
        (0, 303, "other"),
    ],
)
def test_kinds(visit: int, status: int, kind: str) -> None:
    assert kind_of(visit, status) == kind
    assert kind in ANSWERS


def test_both_roads_and_refusals_are_added_up() -> None:
    answered = {(REDIRECT, 302): 5, (REDIRECT, 301): 1, (0, 400): 2, (0, 405): 7}
    told = Told(redirects=10, status=302, answered=answered, refused=20)
    kinds = dict.fromkeys(ANSWERS, 0) | {"302": 15, "301": 1, "refused": 22, "other": 7}
    counted = counts_of(told, told, told, told, links=9, slow=8, proxy="10.0.0.1")
    assert counted == Counts(tuple(kinds.values()), 3, 4, 9, 8, "10.0.0.1")


def test_the_fast_path_counts_each_answer_once() -> None:
    table = Table()
    table.put(b"", b"abc", pack(1, b"https://example.com/"))
    responder = Responder(ServerSettings(base_url="http://s.test", redirect_status=307), "http://api.test")
    visits = Book().visits(not_found=False)
    fast = FastPath(responder, table, lambda: True, lambda: 0, visits, b"s")
    fast.set_date(b"")
    for target in (b"/abc", b"/abc", b"/none", b"/robots.txt", b"/healthz"):
        fast.respond(b"GET %s HTTP/1.1\r\nHost: s.test\r\n\r\n" % target, PEER)
    assert (fast.redirects, fast.status) == (2, 307)
    assert visits.answered == {(NOT_FOUND, 404): 1, (0, 200): 1}  # /healthz was declined


def test_answers_of_the_other_road_are_counted_whether_they_are_visits_or_not() -> None:
    visits = Book().visits(not_found=False)
    for visit in (0, REDIRECT, NOT_FOUND):
        visits.record_fields(Answer(301, (), b"", 7, visit=visit), PEER, [(b"Host", b"s.test")], b"GET", b"/x")
    visits.record(Answer(301, (), b"", 7, visit=REDIRECT), PEER, Section(b""), b"GET", b"/x")
    assert visits.answered == {(0, 301): 1, (REDIRECT, 301): 2, (NOT_FOUND, 301): 1}
