"""Salts: one a day, the same after a restart, gone after 48 hours."""

from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

from clicks.calendar_days import number_of, start_of
from clicks.salts import SALT_BYTES, Salts, first_settled

DAY = number_of(date(2026, 3, 10))
HOUR = 3_600


class Clock:
    def __init__(self) -> None:
        self.now = float(start_of(DAY, UTC))

    def __call__(self) -> float:
        return self.now


def test_a_day_has_one_salt_across_restarts(tmp_path: Path) -> None:
    clock = Clock()
    salt = Salts(tmp_path / "salts", UTC, clock).salt_of(DAY)
    assert salt is not None and len(salt) == SALT_BYTES
    again = Salts(tmp_path / "salts", UTC, clock)
    assert again.salt_of(DAY) == salt
    assert again.salt_of(DAY + 1) not in (salt, None)
    (path, _) = sorted((tmp_path / "salts").iterdir())
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_salt_is_destroyed_after_48_hours_and_never_made_again(tmp_path: Path) -> None:
    clock = Clock()
    salts = Salts(tmp_path / "salts", UTC, clock)
    first = salts.salt_of(DAY)
    clock.now += 48 * HOUR - 1
    assert salts.sweep() is False
    assert salts.salt_of(DAY) == first
    clock.now += 1
    assert salts.sweep() is True
    assert list((tmp_path / "salts").iterdir()) == []
    assert salts.salt_of(DAY) is None
    assert Salts(tmp_path / "salts", UTC, clock).salt_of(DAY) is None


def test_a_file_that_was_not_finished_is_made_anew(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "salts").mkdir()
    (tmp_path / "salts" / str(DAY)).write_bytes(b"short")
    salt = Salts(tmp_path / "salts", UTC, clock).salt_of(DAY)
    assert salt is not None and len(salt) == SALT_BYTES


def test_days_are_settled_when_their_salts_are_gone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for zone in (UTC, berlin):
        over = start_of(DAY, zone) + 48 * HOUR
        assert first_settled(over - 1, zone) == DAY
        assert first_settled(over, zone) == DAY + 1
