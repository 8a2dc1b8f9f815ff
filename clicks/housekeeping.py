"""What is done to statistics now and then: salts destroyed, visitors turned into numbers, months summed
up, old days dropped."""

import logging
from collections.abc import Callable
from datetime import tzinfo

from clicks.calendar_days import day_of
from clicks.raw import RawVisits
from clicks.salts import Salts, first_settled
from clicks.settings import StatsSettings
from clicks.store import Store

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
ERASURES_KEPT_MS = 7 * DAY_MS
"""What is older is in no journal any more."""


class Housekeeping:
    """``forget_profiles``: called when a salt has been destroyed; ``now``: epoch seconds."""

    def __init__(
        self,
        settings: StatsSettings,
        zone: tzinfo,
        store: Store,
        salts: Salts,
        raw: RawVisits,
        forget_profiles: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._store = store
        self._salts = salts
        self._raw = raw
        self._forget_profiles = forget_profiles
        self._now = now

    def work(self) -> bool:
        """Do a little; whether there is more to do. Raises ``sqlite3.Error`` or ``OSError``."""
        now = self._now()
        if self._salts.sweep():
            self._forget_profiles()
        today = day_of(self._zone)(int(now))
        more = self._store.settle_visitors(first_settled(now, self._zone))
        if self._settings.keep_days:
            more |= self._store.drop(today - self._settings.keep_days)
        now_ms = int(now * 1_000)
        self._store.forget_erasures(now_ms - ERASURES_KEPT_MS)
        for month in self._raw.drop(now_ms - self._settings.raw_days * DAY_MS):
            log.info("collector: raw visits of %s are dropped", month)
        # Last: where there is no room for sums, what is to go has gone.
        more |= self._store.sum_month(today)
        return more
