"""What visitors of a day are hashed with: 32 random bytes, in a file of its own, deleted 48 hours after the day began.

From then on nobody can tell whether somebody was there on that day, whatever else is kept.
"""

import os
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from clicks.calendar_days import day_of, start_of

DIRECTORY = "salts"
SALT_BYTES = 32
KEPT_S = 48 * 3_600
"""From the beginning of the day on. Visits that are counted later than that are not told apart by visitor."""

_UNFINISHED = ".new"


class Salts:
    """The salts in ``directory``. ``now``: epoch seconds; ``random``: so many random bytes."""

    def __init__(
        self, directory: Path, zone: tzinfo, now: Callable[[], float], random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._directory = directory
        self._zone = zone
        self._now = now
        self._random = random
        self._salts: dict[int, bytes | None] = {}

    def salt_of(self, day: int) -> bytes | None:
        """The salt of a day (its number), made where there is none yet; ``None`` once it is gone."""
        if day not in self._salts:
            self._salts[day] = None if self._is_over(day) else self._read_or_make(day)
        return self._salts[day]

    def sweep(self) -> bool:
        """Destroy what is old; whether there was anything."""
        over = [day for day in self._days() if self._is_over(day)]
        for day in over:
            self._path(day).unlink(missing_ok=True)
        for day in [day for day in self._salts if self._is_over(day)]:
            del self._salts[day]
        return bool(over)

    def _days(self) -> list[int]:
        days = []
        if self._directory.is_dir():
            for entry in self._directory.iterdir():
                if entry.name.isdecimal():
                    days.append(int(entry.name))
        return days

    def _is_over(self, day: int) -> bool:
        return self._now() >= start_of(day, self._zone) + KEPT_S

    def _path(self, day: int) -> Path:
        return self._directory / str(day)

    def _read_or_make(self, day: int) -> bytes:
        path = self._path(day)
        try:
            salt = path.read_bytes()
        except FileNotFoundError:
            salt = b""
        if len(salt) != SALT_BYTES:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            salt = self._random(SALT_BYTES)
            unfinished = path.with_suffix(_UNFINISHED)
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(salt)
            unfinished.rename(path)
        return salt


def first_settled(now: float, zone: tzinfo) -> int:
    """The number of the first day that may still have a salt at epoch seconds: visitors of those before are settled."""
    day = day_of(zone)(int(now))
    while now < start_of(day, zone) + KEPT_S:
        day -= 1
    return day + 1
