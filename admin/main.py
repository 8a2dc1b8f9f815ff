"""The admin process's wiring: the one place that builds its long-lived objects.

Exit codes: 0 drained, 1 another admin is at work, 78 a database that this program cannot use.
"""

import asyncio
import logging
import os
import random
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import uvloop
from aiohttp import web

from admin import asset_files, metrics_source
from admin.app import make_app
from admin.asking import Asking, VisitCounts
from admin.asset_files import AssetFiles
from admin.bio_links import PageLinks
from admin.bio_pages import Bio
from admin.bio_render import renderer
from admin.create_times import CreateTimes
from admin.dns_check import DnsCheck
from admin.erasing import Erasing
from admin.guests import Guests
from admin.health import Health
from admin.insight import Insight
from admin.keys import KeyStore
from admin.live import Live
from admin.live_source import Source, classifier_of
from admin.media import Media
from admin.metrics import Metrics
from admin.passwords import Passwords
from admin.ports import PageCounts
from admin.qr_codes import QrCodes
from admin.qr_images import Images
from admin.qr_pool import RenderPool
from admin.recheck import recheck
from admin.settings import FIRST_KEY_FILE, AdminProcessSettings
from admin.stats_export import Exports
from admin.stats_links import StoredLinks
from clicks import database as statistics
from clicks.classes import Kind
from clicks.country import knows_cities
from clicks.segment import DIRECTORY as JOURNAL
from clicks.settings import CollectorSettings, GeoipSettings, StatsSettings
from links import database
from links.assets import AssetStore
from links.bio_editing import EditedPages
from links.domain_service import DomainService, Registered
from links.domains import DomainStore
from links.errors import LinkError, SchemaError
from links.hub import Hub
from links.ids import RANDOM_BYTES, uuid7
from links.locks import ADMIN, DataLock
from links.model import Link
from links.qr_templates import TemplateStore
from links.service import Drafts, LinkService
from links.store import LinkStore

log = logging.getLogger(__name__)

EXIT_BUSY = 1
EXIT_SCHEMA = 78

KEEP_ALIVE_S = 75

BACKLOG = 1_024

PACKAGE = "fingerpost"

CHART_THREADS = 2

SHOW_S = 1.0
"""How late a scheduled button may come: looking costs a look into an index."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def new_uuid() -> str:
    return uuid7(now_ms(), os.urandom(RANDOM_BYTES))


def request_id() -> str:
    return "req_" + os.urandom(8).hex()


def forget_first_key(path: Path) -> Callable[[str], None]:
    """What removes the file with the first key once that key has been used."""

    def used(key: str) -> None:
        try:
            if path.read_text().startswith(key + "."):
                path.unlink()
        except FileNotFoundError:
            pass  # printed to a terminal instead, or used before

    return used


async def sweep(store: LinkStore, files: AssetFiles, every_s: float) -> None:
    """Free old slugs whose grace is over, delete links of nobody that have expired and files that nobody confirmed,
    until cancelled. A worker stops answering such links on time by itself."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await store.end_graces()
            while await store.delete_expired("sweep"):
                pass
            while await files.sweep():
                pass
        except LinkError as error:
            log.warning("what has ended could not be swept out: %s", error.message)


async def show(pages: EditedPages) -> None:
    """Render bio pages again when a button comes or goes, or when another process has changed a link of theirs, until
    cancelled."""
    while True:
        await asyncio.sleep(SHOW_S)
        await pages.show_changes()


class Control(Protocol):
    """What tells this process when to end (``fingerpost.child``)."""

    def say_ready(self) -> None: ...

    async def until_stopped(self, adopt: Callable[[int], None], release: Callable[[int], None]) -> None:
        """Returns at SIGTERM, SIGINT or the supervisor's death. An admin adopts nothing."""


async def serve(settings: AdminProcessSettings, lock: DataLock, control: Control) -> None:
    """Serve the APIs until told to stop; ``lock`` holds the admin's byte."""
    async with AsyncExitStack() as stack:
        stopped = asyncio.ensure_future(control.until_stopped(lambda _: None, lambda _: None))
        await build(settings, lock, stack)
        control.say_ready()
        await stopped


async def build(settings: AdminProcessSettings, lock: DataLock, stack: AsyncExitStack) -> None:
    """Make everything and start answering; ``stack`` takes it down again."""
    data_dir = Path(settings.data_dir)
    passwords = Passwords(lambda link: store.password_of(link), time.monotonic, os.urandom)
    stack.callback(passwords.close)
    hub = Hub(data_dir, lock, time.monotonic, passwords.check, lambda wanted: media.codes.public(wanted))
    store = await LinkStore.open(data_dir / database.FILE_NAME, now_ms, hub.advance)
    stack.push_async_callback(store.close)
    media = await media_of(settings, store, lambda link: links.short_url(link), stack)
    await hub.start(await store.rev())
    stack.push_async_callback(hub.close)
    host = urlsplit(settings.base_url).netloc
    registered = Registered(settings.base_url)
    domains = DomainService(DomainStore(store, now_ms), hub, registered, DnsCheck(settings.domains))
    await domains.load()
    drafts = Drafts(settings.links, frozenset({host}), os.urandom, new_uuid, registered)
    links = LinkService(store, hub, drafts, settings.links, settings.base_url, lambda: pages.show_changes())
    grace_s = settings.links.rename_grace_seconds
    pages = EditedPages(store, hub, renderer(links.short_url), now_ms, new_uuid, grace_s, drafts)
    await pages.renew(f"{version(PACKAGE)} {settings.base_url}")
    keys = KeyStore(store, now_ms, forget_first_key(data_dir / FIRST_KEY_FILE))
    health = Health(store, hub, settings.expected_workers)
    guests = Guests(settings.links.public_per_hour if settings.links.public else 0, time.monotonic)
    insight, counts = insight_of(settings, store, stack)
    source = metrics_source.Source(data_dir, health, hub, insight.asks, settings.expected_workers)
    app = make_app(
        links,
        keys,
        health,
        settings.admin,
        host,
        request_id,
        now_ms,
        passwords.hash,
        settings.links.schemes,
        guests,
        domains=domains,
        media=media,
        bio=Bio(pages, PageLinks(pages, links.short_url), links.short_url, lambda: os.urandom(3).hex(), counts),
        insight=insight,
        metered=Metrics(source, CreateTimes(time.monotonic)),
    )
    # Streams have no end of their own: they get one before connections are waited for.
    app.on_shutdown.append(insight.live.close)
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_S,
        shutdown_timeout=settings.admin.drain_seconds,
        handle_signals=False,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    for fd in settings.sockets:
        await web.SockSite(runner, socket.socket(fileno=fd), backlog=BACKLOG).start()
    sweeping = asyncio.create_task(sweep(store, media.files, settings.links.sweep_seconds), name="sweep")
    stack.callback(sweeping.cancel)
    showing = asyncio.create_task(show(pages), name="bio pages")
    stack.callback(showing.cancel)
    if settings.domains.verify and settings.domains.recheck_minutes:
        seconds = settings.domains.recheck_minutes * 60
        checking = asyncio.create_task(recheck(domains, registered, seconds, random.random), name="recheck")
        stack.callback(checking.cancel)


def insight_of(settings: AdminProcessSettings, store: LinkStore, stack: AsyncExitStack) -> tuple[Insight, PageCounts]:
    """Statistics, and how often bio pages have been seen."""
    data_dir = Path(settings.data_dir)
    collector = settings.statistics or CollectorSettings(StatsSettings(), GeoipSettings(), settings.data_dir, (), "")
    stats = collector.stats
    zone = UTC if stats.timezone == "UTC" else ZoneInfo(stats.timezone)
    counted = frozenset(Kind[name.upper()] for name in stats.counted)
    path = data_dir / statistics.FILE_NAME
    charts = Asking(path, zone, counted, time.monotonic, threads=CHART_THREADS)
    # Links are not to wait for charts.
    totals = Asking(path, zone, counted, time.monotonic)
    index = StoredLinks(store)

    async def exists(link: int) -> bool:
        return bool(await index.named([link]))

    erasing = Erasing(data_dir, exists, now_ms)
    exports = Exports(data_dir, index, zone, counted)
    for closing in (charts.close, totals.close, exports.close):
        stack.callback(closing)
    stack.push_async_callback(erasing.close)
    tending = asyncio.create_task(erasing.tend(), name="erasing")
    stack.callback(tending.cancel)
    live = Live(lambda: Source(data_dir / JOURNAL, lambda: classifier_of(collector)), index, time.monotonic)
    stack.push_async_callback(live.close)
    counts = VisitCounts(totals)
    has_cities = knows_cities(Path(collector.geoip.path) if collector.geoip.path else None)
    made = Insight(charts, index, live, exports, stats.timezone, counts.of_links, erasing.of, has_cities)
    return made, counts.of_pages


async def media_of(
    settings: AdminProcessSettings, store: LinkStore, short_url: Callable[[Link], str], stack: AsyncExitStack
) -> Media:
    """QR codes and assets."""
    assets = AssetStore(store, now_ms, os.urandom, settings.assets.storage_mib << 20)
    files = AssetFiles(Path(settings.data_dir) / asset_files.DIRECTORY, assets, os.urandom)
    files.prepare()
    await files.tidy()
    pool = RenderPool()
    stack.callback(pool.close)
    codes = QrCodes(
        Images(pool, files, settings.qr.cache_mib << 20),
        TemplateStore(store, now_ms, os.urandom),
        store.get,
        short_url,
        settings.api_url,
        is_public=settings.qr.public,
    )
    return Media(codes, assets, files, settings.api_url)


def run(settings: AdminProcessSettings, control: Control) -> int:
    """Run the admin; its exit code."""
    data_dir = Path(settings.data_dir)
    with DataLock(data_dir) as lock:
        if not lock.take(ADMIN):
            holder = lock.holder(ADMIN)
            print(f"fingerpost: another admin (process {holder}) is at work in {data_dir}", file=sys.stderr)
            return EXIT_BUSY
        try:
            database.migrate(data_dir / database.FILE_NAME, data_dir / "backups")
        except SchemaError as error:
            print(f"fingerpost: {error}", file=sys.stderr)
            return EXIT_SCHEMA
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, lock, control))
    return 0
