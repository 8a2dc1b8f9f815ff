"""The order of the stores: whenever a writer is stopped, what stands in the file is read rightly.

The kernel keeps what was stored, so a process that is killed between two stores leaves exactly what the file holds
then. Here a tracer looks at the file before each instruction of the interpreter.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from clicks.journal import Journal
from clicks.record import END, LOST, REDIRECT, SECTION, Record, Section
from tests.clicks.desk import Desk, records

TEXT = b"\r\nHost: s.test\r\nUser-Agent: x\r\n\r\n"
WRITING = {Journal.visit.__code__, Journal._append.__code__, Journal._visit_slowly.__code__, Journal._retire.__code__}


def at_each_instruction(look: Callable[[], None], write: Callable[[], object]) -> int:
    """Call ``look`` before each instruction of what writes records, while ``write`` runs; how many there were."""
    looked = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal looked
        if frame.f_code not in WRITING:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            looked += 1
            look()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        write()
    finally:
        sys.settrace(before)
    return looked


def watched(desk: Desk, path: Path, write: Callable[[], object]) -> list[list[Record]]:
    """The different contents that the segment at ``path`` had while ``write`` ran. None of them may be torn."""
    seen: list[list[Record]] = []

    def look() -> None:
        found = records(path)  # raises Torn
        if not seen or seen[-1] != found:
            seen.append(found)

    assert at_each_instruction(look, write) > 10
    look()
    return seen


@pytest.mark.parametrize("request_", [b"", b"GET /x", b"GET /" + b"y" * 300])
def test_a_visit_in_the_quick_way_is_there_whole_or_not_at_all(desk: Desk, request_: bytes) -> None:
    section = Section(TEXT)
    desk.visit(section)
    before, after = watched(desk, desk.made[0].path, lambda: desk.visit(section, request_))
    assert after[:-1] == before
    assert (after[-1].kind, after[-1].link_id, after[-1].text) == (REDIRECT, 2, request_)


def test_a_visit_with_a_new_section_is_there_whole_or_not_at_all(desk: Desk) -> None:
    desk.visit(Section(b"\r\nHost: other\r\n\r\n"))
    seen = watched(desk, desk.made[0].path, lambda: desk.visit(Section(TEXT), b"GET /x"))
    before, defined, after = seen
    assert (defined[:-1], defined[-1].kind, defined[-1].text) == (before, SECTION, TEXT)
    assert (after[:-1], after[-1].link_id, after[-1].text) == (defined, 2, b"GET /x")
    assert after[-1].section == before[-1].end


def test_a_bare_visit_is_there_whole_or_not_at_all(desk: Desk) -> None:
    desk.visit(Section(TEXT))
    desk.journal.bare = True
    before, after = watched(desk, desk.made[0].path, lambda: desk.visit(Section(TEXT)))
    assert (after[:-1], after[-1].link_id, after[-1].peer) == (before, 2, b"")


def test_the_note_of_lost_visits_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    desk = Desk(tmp_path, segments=0)
    desk.visit(Section(TEXT))
    desk.give()
    seen = watched(desk, desk.made[0].path, lambda: desk.visit(Section(TEXT)))
    assert [[record.kind for record in found] for found in seen] == [
        [],
        [LOST],
        [LOST, SECTION],
        [LOST, SECTION, REDIRECT],
    ]
    desk.close()


def test_an_end_mark_is_there_whole_or_not_at_all(desk: Desk) -> None:
    desk.visit(Section(TEXT))
    before, after = watched(desk, desk.made[0].path, desk.journal.close)
    assert (after[:-1], after[-1].kind) == (before, END)
