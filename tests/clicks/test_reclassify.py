"""Classifying anew: the rollups become what they would be, had the lists been those of today."""

from datetime import UTC
from pathlib import Path

import pytest

from clicks import caps
from clicks.classes import Kind
from clicks.dimensions import SEPARATOR
from clicks.families import family_of
from clicks.reclassify import Agent, Moved, reclassify
from tests.clicks import counting
from tests.clicks.counting import CURL, FIREFOX, GOOGLEBOT, Writer, count_all, everything

NEW = {CURL: Kind.BOT, "Unheard/1.0": Kind.BOT, GOOGLEBOT: Kind.BOT, FIREFOX: Kind.PERSON}


def classify(user_agent: bytes) -> Agent:
    return Agent(NEW[user_agent.decode()], SEPARATOR.join(family_of(user_agent)))


def owners(ids: object) -> dict[int, int]:
    return {7: 1, 8: 2}


def write(directory: Path) -> None:
    writer = Writer(directory / "journal")
    for link in (7, 8, 9):
        for agent in NEW:
            writer.visit(link, agent=agent, request="GET /x?qr=1&utm_source=mail", headers=["Accept-Language: de"])
            writer.visit(link, agent=agent, request="HEAD /x")
            writer.visit(link, agent=agent, headers=["Sec-Purpose: prefetch", f"Referer: https://r{link}.example/"])
            writer.now += 3_600
    writer.close()


def told(month: str, moved: Moved) -> None:
    assert month == "2026-03"


def run(directory: Path) -> Moved:
    return reclassify(directory, classify, owners, UTC, told)


def without_visitors(directory: Path) -> object:
    """And without the times of last visits: that of a class that got empty is gone, that of another may be later."""
    found = everything(directory)
    return found["hours"], found["days"], found["months"], [row[:3] for row in found["totals"]]


def test_rollups_become_those_of_todays_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for directory in (old, new):
        directory.mkdir()
        write(directory)
    count_all(old, owners=owners)
    with monkeypatch.context() as patched:

        class Lists:
            def kind_of(self, user_agent: str) -> Kind:
                return NEW[user_agent]

        patched.setattr(counting, "KINDS", Lists())
        count_all(new, owners=owners)
    assert without_visitors(old) != without_visitors(new)
    moved = run(old)
    assert without_visitors(old) == without_visitors(new)
    # Two user agents are something else. The prefetch of one that is a bot today is a bot's; each is a profile.
    assert moved.visits == 2 * 3 * 3
    assert run(old) == Moved(0, 0)
    assert without_visitors(old) == without_visitors(new)


def test_values_beyond_the_cap_are_taken_from_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "most_values", lambda subject: 2)
    writer = Writer(tmp_path / "journal")
    for n in range(5):
        writer.visit(7, agent="Unheard/1.0", headers=[f"Referer: https://r{n}.example/"])
    writer.close()
    count_all(tmp_path, owners=owners)
    before = everything(tmp_path)
    run(tmp_path)
    after = everything(tmp_path)
    assert all(row[-1] > 0 for row in after["days"])
    assert sum(row[-1] for row in after["days"]) == sum(row[-1] for row in before["days"])
    assert sum(row[-1] for row in after["hours"]) == sum(row[-1] for row in before["hours"])
