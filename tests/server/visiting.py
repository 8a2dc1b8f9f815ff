"""A place for visits, for tests that look at what is recorded."""

from typing import NamedTuple

from clicks.record import Section
from server.visits import Visits


class Taken(NamedTuple):
    kind: int
    link_id: int
    peer: bytes
    section: bytes
    request: bytes


class Book:
    """Takes visits as a journal does, and keeps them."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []

    def visit(self, kind: int, link: bytes, peer: bytes, section: Section, request: bytes, rule: int = 0) -> None:
        line, crlf, own = request.partition(b"\r\n")
        self.taken.append(Taken(kind, int.from_bytes(link, "little"), peer, crlf + own + section.text, line))

    def visits(self, *, not_found: bool = True) -> Visits:
        return Visits(self.visit, not_found=not_found)
