"""A redirect worker's wiring: the one place that builds its long-lived objects.

Exit codes: 0 drained, 78 a database that this program cannot use.
"""

import asyncio
import gc
import logging
import random
import sys
import time
from collections.abc import Callable, Sequence
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
import uvloop

from clicks.country import Countries, CountryFileError
from clicks.segment import DIRECTORY
from links import checking, counts, database, imaging, secret
from links.errors import SchemaError
from links.feed import FeedReader
from links.follower import Follower
from links.locks import WORKERS, DataLock
from server.answer import Responder
from server.app import RedirectHandler, make_server
from server.apply import apply_rows
from server.connections import Connections
from server.descriptors import fitting
from server.endings import Endings
from server.fastpath import FastPath
from server.images import Images
from server.listeners import Listeners
from server.passwords import Check, Gate
from server.pauses import Pauses
from server.peer import Networks
from server.protocol import FastConnections
from server.proxy_watch import ProxyWatch
from server.recording import Recording
from server.refusals import SERVER_NAME
from server.settings import WorkerSettings
from server.table import Table
from server.tally import counts_of
from server.tickets import Tickets
from server.visitor import Surroundings

log = logging.getLogger(__name__)

EXIT_SCHEMA = 78

BEAT_S = 0.25
"""How often the supervisor hears that the event loop turns."""

TICK_S = 1.0
"""How old the Date of a response may be; the format has whole seconds."""

SLICE_NS = 1_000_000
"""How long old slugs are taken out at a stretch while requests wait."""

SWITCH_S = 0.000_5
"""How long another thread (segments being made and synchronised) may keep the interpreter while a request waits.
Python's own 5 ms would be seen."""

GC_THRESHOLD = 10_000
"""Allocations between looks of the garbage collector: the table is frozen out of its sight, and what a request
leaves behind is reference-counted, but for malformed ones. Off altogether, 15,000 of those keep 48 MB. A look at 40,000
objects, which hundreds of slow requests at a time keep, holds requests up for 15 ms."""


class Control(Protocol):
    """The supervisor, as a worker sees it (``fingerpost.child``)."""

    def say_ready(self) -> None: ...

    def beat(self) -> None: ...

    async def until_stopped(self, adopt: Callable[[int], None], release: Callable[[int], None]) -> None:
        """Returns at SIGTERM, SIGINT or the supervisor's death. ``adopt`` and ``release`` get a slot."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def load(follower: Follower) -> None:
    """Load the table. The collector is off meanwhile (it would walk a growing heap again and again) and never looks
    at what was loaded: it is frozen."""
    gc.disable()
    try:
        await follower.load()
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()
        gc.set_threshold(GC_THRESHOLD, 20, 100)


async def beat(control: Control) -> None:
    """Tell the supervisor that the event loop turns, as long as it does."""
    while True:
        control.beat()
        await asyncio.sleep(BEAT_S)


async def tick(
    fast: FastPath, connections: Connections, table: Table, endings: Endings, chores: Sequence[Callable[[], None]]
) -> None:
    """Each second: the Date of the responses, one look at all connections, ``chores``, and old slugs whose time is
    over."""
    loop = asyncio.get_running_loop()
    while True:
        date = formatdate(usegmt=True).encode()
        fast.set_date(date)
        connections.set_date(date)
        connections.sweep(loop.time())
        for chore in chores:
            chore()
        while endings.sweep(table, now_ms(), time.monotonic_ns, SLICE_NS):
            await asyncio.sleep(0)
        await asyncio.sleep(TICK_S)


async def serve(settings: WorkerSettings, control: Control) -> None:
    """Load, follow and answer until told to stop; then drain."""
    data_dir = Path(settings.data_dir)
    table, endings = Table(), Endings()

    follower = Follower(FeedReader(data_dir / database.FILE_NAME), data_dir, partial(apply_rows, table, endings))
    responder = Responder(settings.server, settings.api_url, surroundings_of(settings))
    recording = Recording(settings.clicks, data_dir / DIRECTORY, time.time_ns)
    visits = recording.visits
    watch = ProxyWatch(Networks(settings.server.trusted_proxies), settings.server.forwarded_header, log.warning)
    health = partial(health_of, table, follower, recording, watch)
    pauses = Pauses(time.monotonic, random.random)
    images = images_of(settings, table, responder, follower, pauses)
    asker = checking.Asker(data_dir)
    gate = gate_of(settings, asker.ask, pauses)
    handler = RedirectHandler(responder, table, follower, now_ms, visits, health, gate, images, watch)
    fast = FastPath(responder, table, follower.is_current, now_ms, visits, SERVER_NAME.encode(), watch)
    limits = msgspec.structs.replace(settings.server, max_connections=fitting(settings.server.max_connections))
    slow = make_server(handler, fast.respond if settings.server.fast_path else None, limits)
    connections = FastConnections(fast.respond, slow)
    listeners = Listeners(settings.sockets, connections if settings.server.fast_path else slow)

    def report() -> None:
        counted = counts_of(
            *(fast, visits, slow.all, recording), links=len(table), slow=slow.requests_count, proxy=watch.address
        )
        follower.tell(counts.line_of(counted))

    with DataLock(data_dir) as lock:
        working = asyncio.ensure_future(work(follower, recording, lock, listeners, settings.slot, control))
        stopped = asyncio.ensure_future(control.until_stopped(listeners.adopt, listeners.release))
        beating = asyncio.ensure_future(beat(control))
        ticking = asyncio.ensure_future(tick(fast, slow.all, table, endings, (report, recording.end_old)))
        try:
            await asyncio.wait({working, stopped, beating, ticking}, return_when=asyncio.FIRST_COMPLETED)
            if not stopped.done():
                return  # a task failed: say so, and let the supervisor start another worker
            listeners.close()
            pauses.end()
            await connections.drain(settings.server.drain_seconds)
            await slow.drain(settings.server.drain_seconds)
            report()
        finally:
            tasks = (working, stopped, beating, ticking)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            follower.close()
            asker.close()
            recording.stop()
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    raise outcome


def or_unknown(country_of: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """``country_of``, but for what a damaged file does not say: visitors are redirected all the same. Logged once."""
    told = False

    def country(address: bytes) -> str:
        nonlocal told
        try:
            return country_of(address)
        except CountryFileError as error:
            if not told:
                log.warning("countries: %s: what cannot be read counts as unknown", error)
            told = True
            return ""

    return country


def surroundings_of(settings: WorkerSettings) -> Surroundings:
    """What routing rules go by."""
    countries = Countries.open(Path(settings.geoip.path) if settings.geoip.path else None)
    key = secret.key_for(secret.read_or_make(Path(settings.data_dir)), b"rule variants")
    trusted = Networks(settings.server.trusted_proxies)
    return Surroundings(or_unknown(countries.country_of), trusted, key, random.random, settings.server.forwarded_header)


def gate_of(settings: WorkerSettings, check: Check, pauses: Pauses) -> Gate:
    """What lets visitors in whom a link asks for a password."""
    data_dir, server = Path(settings.data_dir), settings.server
    key = secret.key_for(secret.read_or_make(data_dir), b"password ticket")
    tickets = Tickets(key, server.password_minutes * 60)
    trusted = Networks(server.trusted_proxies)
    is_https = server.base_url.startswith("https://")
    header = server.forwarded_header
    return Gate(check, tickets, trusted, now_ms, pauses, is_https=is_https, header=header)


def images_of(
    settings: WorkerSettings, table: Table, responder: Responder, follower: Follower, pauses: Pauses
) -> Images | None:
    """What answers requests for images of QR codes; ``None`` where that is switched off."""
    if not settings.qr_images:
        return None
    ask = partial(imaging.ask, Path(settings.data_dir))
    return Images(ask, table, responder, follower.moved, now_ms, time.monotonic, pauses)


async def work(
    follower: Follower, recording: Recording, lock: DataLock, listeners: Listeners, slot: int, control: Control
) -> None:
    """Load, begin to answer, and follow until cancelled."""
    before = time.monotonic()
    await load(follower)
    recording.start()
    byte = lock.take_any(WORKERS)
    if byte is None:
        raise RuntimeError(f"more than {len(WORKERS)} workers on one data directory")
    follower.slot = byte
    async with asyncio.TaskGroup() as group:
        group.create_task(follower.run())
        await follower.wait_until_waited_for()
        await listeners.accept(slot)
        control.say_ready()
        log.info("answering at rev %d after %.2f s", follower.rev, time.monotonic() - before)


def health_of(
    table: Table, follower: Follower, recording: Recording, watch: ProxyWatch
) -> tuple[int, dict[str, object]]:
    """``/healthz``: a worker that answers is ready; it says how it follows, and how visits are recorded."""
    feed = "connected" if follower.connected else "polling"
    state = {"status": "ok", "links": len(table), "rev": follower.rev, "feed": feed, "visits": recording.state()}
    if watch.warnings:
        state["warnings"] = watch.warnings
    return 200, state


def run(settings: WorkerSettings, control: Control) -> int:
    """Run a worker; its exit code."""
    sys.setswitchinterval(SWITCH_S)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, control))
    except SchemaError as error:
        print(f"fingerpost: {error}", file=sys.stderr)
        return EXIT_SCHEMA
    return 0
