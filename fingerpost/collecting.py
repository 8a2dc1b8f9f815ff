"""The collector's wiring: the one place that builds its long-lived objects.

It counts in a thread, so that the event loop can listen to the supervisor meanwhile. Exit codes: 0 told to end, 1
another collector is at work or the disk is full, 78 a database that this program cannot use.
"""

import asyncio
import gc
import logging
import os
import sqlite3
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

from clicks.addresses import Networks
from clicks.agent_kinds import AgentKinds
from clicks.aggregate import Aggregate
from clicks.calendar_days import day_of
from clicks.classify import Classifier
from clicks.collector import Collector
from clicks.country import Countries, CountryFileError
from clicks.database import FILE_NAME
from clicks.errors import StatisticsError, StatisticsUnavailable
from clicks.housekeeping import Housekeeping
from clicks.raw import RawVisits
from clicks.salts import DIRECTORY as SALTS
from clicks.salts import Salts
from clicks.segment import DIRECTORY
from clicks.settings import FULL, CollectorSettings
from clicks.store import Store
from fingerpost.child import EXIT_CONFIGURATION, Control
from fingerpost.owners import Owners
from fingerpost.untracked import Untracked
from links import database
from links.errors import SchemaError
from links.locks import COLLECTOR, DataLock

log = logging.getLogger(__name__)

EXIT_OTHER = 1

LOOK_S = 0.1
"""Between two looks at the journals. A record is read at the look after the one that saw it: a visit is counted
within 2 * LOOK_S and the half second that it waits for others."""

BEAT_S = 0.25

STUCK_S = 30.0
"""Without a step for so long there are no more beats, and the supervisor starts another collector. Not sooner: a disk
may take its time."""

KEEP_HOUSE_S = 60.0

NICE = 10
"""Redirects go first (setpriority(2)): where there is one core for everybody visits may wait in the journal."""


class Places:
    """Country and city; what a damaged file does not say is unknown, and told once."""

    def __init__(self, countries: Countries) -> None:
        self._countries = countries
        self._is_told = False

    def of(self, address: bytes) -> tuple[str, str]:
        try:
            return self._countries.country_of(address), self._countries.city_of(address)
        except CountryFileError as error:
            if not self._is_told:
                log.warning("countries: %s: what cannot be read counts as unknown", error)
            self._is_told = True
            return "", ""


class Work:
    """What the thread does. ``progress``: when it last did something, as ``time.monotonic`` says."""

    def __init__(self, collector: Collector, housekeeping: Housekeeping) -> None:
        self._collector = collector
        self._housekeeping = housekeeping
        self._stopping = threading.Event()
        self._kept_house = 0.0
        self.progress = time.monotonic()

    def run(self) -> None:
        """Until :meth:`stop`; then what has been read is stored."""
        while not self._stopping.is_set():
            more = self._collector.step()
            self.progress = time.monotonic()
            if not more:
                if self.progress - self._kept_house >= KEEP_HOUSE_S and not self._collector.complaint:
                    self._keep_house()
                self._stopping.wait(LOOK_S)
        self._collector.finish()

    def stop(self) -> None:
        self._stopping.set()

    def _keep_house(self) -> None:
        try:
            if not self._housekeeping.work():
                self._kept_house = time.monotonic()
        except (StatisticsError, sqlite3.Error, OSError) as error:
            log.warning("collector: %s", error)
            self._kept_house = time.monotonic()
        gc.collect()


def build(settings: CollectorSettings, stack: ExitStack) -> Work:
    """Make everything; ``stack`` takes it down again."""
    data_dir, stats = Path(settings.data_dir), settings.stats
    zone = ZoneInfo(stats.timezone)
    database.check_schema(data_dir / database.FILE_NAME)
    owners = Owners(data_dir / database.FILE_NAME)
    stack.callback(owners.close)
    untracked = Untracked(data_dir / database.FILE_NAME, time.monotonic)
    stack.callback(untracked.close)
    store = Store.open(data_dir / FILE_NAME)
    stack.callback(store.close)
    raw = RawVisits(data_dir, addresses=stats.raw_addresses)
    stack.callback(raw.close)
    countries = Countries.open(Path(settings.geoip.path) if settings.geoip.path else None)
    stack.callback(countries.close)
    salts = Salts(data_dir / SALTS, zone, time.time)
    aggregate = Aggregate(day_of(zone), salts.salt_of, untracked.has)
    classifier = Classifier(
        AgentKinds().kind_of,
        Places(countries).of,
        Networks(settings.trusted_proxies),
        settings.forwarded_header,
        respects_privacy=stats.respect_privacy_signals,
        keeps_referrers=stats.raw_referrers == FULL,
    )
    collector = Collector(
        data_dir / DIRECTORY,
        store,
        classifier,
        aggregate,
        owners.of,
        raw if stats.raw_days else None,
        time.time_ns,
        time.monotonic,
    )
    stack.callback(collector.close)
    return Work(collector, Housekeeping(stats, zone, store, salts, raw, aggregate.forget_profiles, time.time))


async def beat(control: Control, work: Work) -> None:
    """Tell the supervisor that there is progress, as long as there is."""
    while True:
        if time.monotonic() - work.progress < STUCK_S:
            control.beat()
        await asyncio.sleep(BEAT_S)


async def collect(work: Work, control: Control) -> None:
    """Work until told to stop. Raises what the thread raises."""
    working = asyncio.ensure_future(asyncio.to_thread(work.run))
    stopped = asyncio.ensure_future(control.until_stopped(lambda _: None, lambda _: None))
    beating = asyncio.ensure_future(beat(control, work))
    await asyncio.sleep(0)  # signals are listened for from here on
    control.say_ready()
    try:
        await asyncio.wait({working, stopped, beating}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.stop()
        for task in (stopped, beating):
            task.cancel()
        await asyncio.gather(stopped, beating, return_exceptions=True)
        await working


def run(settings: CollectorSettings, control: Control) -> int:
    """Run a collector; its exit code."""
    with DataLock(Path(settings.data_dir)) as lock, ExitStack() as stack:
        if not lock.take(COLLECTOR):
            holder = lock.holder(COLLECTOR)
            print(
                f"fingerpost: another collector (process {holder}) is at work in {settings.data_dir}", file=sys.stderr
            )
            return EXIT_OTHER
        try:
            work = build(settings, stack)
        except (SchemaError, StatisticsError) as error:
            print(f"fingerpost: {error}", file=sys.stderr)
            return EXIT_OTHER if isinstance(error, StatisticsUnavailable) else EXIT_CONFIGURATION
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
        # Counting makes a million objects at a time that refer to none of their kind: looking for cycles among them
        # takes as long as all the rest. What is needed of it is done while there is nothing to count.
        gc.disable()
        gc.collect()
        gc.freeze()
        asyncio.run(collect(work, control))
    return 0
