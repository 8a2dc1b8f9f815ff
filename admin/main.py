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
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import uvloop
from aiohttp import web

from admin.app import make_app
from admin.dns_check import DnsCheck
from admin.guests import Guests
from admin.health import Health
from admin.keys import KeyStore
from admin.passwords import Passwords
from admin.recheck import recheck
from admin.settings import FIRST_KEY_FILE, AdminProcessSettings
from links import database
from links.domain_service import DomainService, Registered
from links.domains import DomainStore
from links.errors import LinkError, SchemaError
from links.hub import Hub
from links.ids import RANDOM_BYTES, uuid7
from links.locks import ADMIN, DataLock
from links.service import Drafts, LinkService
from links.store import LinkStore

log = logging.getLogger(__name__)

EXIT_BUSY = 1
EXIT_SCHEMA = 78

KEEP_ALIVE_S = 75

BACKLOG = 1_024


def now_ms() -> int:
    return time.time_ns() // 1_000_000


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


async def sweep(store: LinkStore, every_s: float) -> None:
    """Free old slugs whose grace is over and delete links of nobody that have expired, until cancelled. A worker stops
    answering both on time by itself."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await store.end_graces()
            while await store.delete_expired("sweep"):
                pass
        except LinkError as error:
            log.warning("what has ended could not be swept out: %s", error.message)


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
    hub = Hub(data_dir, lock, time.monotonic, passwords.check)
    store = await LinkStore.open(data_dir / database.FILE_NAME, now_ms, hub.advance)
    stack.push_async_callback(store.close)
    await hub.start(await store.rev())
    stack.push_async_callback(hub.close)
    host = urlsplit(settings.base_url).netloc
    registered = Registered(settings.base_url)
    domains = DomainService(DomainStore(store, now_ms), hub, registered, DnsCheck(settings.domains))
    await domains.load()
    drafts = Drafts(
        settings.links,
        frozenset({host}),
        os.urandom,
        lambda: uuid7(now_ms(), os.urandom(RANDOM_BYTES)),
        registered,
    )
    links = LinkService(store, hub, drafts, settings.links, settings.base_url)
    keys = KeyStore(store, now_ms, forget_first_key(data_dir / FIRST_KEY_FILE))
    health = Health(store, hub, settings.expected_workers)
    guests = Guests(settings.links.public_per_hour if settings.links.public else 0, time.monotonic)
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
    )
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
    sweeping = asyncio.create_task(sweep(store, settings.links.sweep_seconds), name="sweep")
    stack.callback(sweeping.cancel)
    if settings.domains.verify and settings.domains.recheck_minutes:
        seconds = settings.domains.recheck_minutes * 60
        checking = asyncio.create_task(recheck(domains, registered, seconds, random.random), name="recheck")
        stack.callback(checking.cancel)


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
