"""``fingerpost serve`` and ``server``: what is made before the processes start, and what is done while they run."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from clicks import database as statistics
from fingerpost import datadir, firstkey, geoip, sockets
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.cpus import cgroup_quota, worker_count
from fingerpost.errors import CommandError
from fingerpost.layout import Layout
from fingerpost.log import configure
from fingerpost.supervisor import Supervisor
from fingerpost.telling import tell
from links import database
from links.locks import ADMIN, COLLECTOR, SERVE, DataLock

RESTART_KEYS = (
    "data_dir",
    "server.host",
    "server.port",
    "server.workers",
    "admin.host",
    "admin.port",
    "stats.collect",
)
"""Keys that SIGHUP does not change: sockets and the number of processes are made at the start."""


def serve(load: Callable[[], Loaded], environ: Mapping[str, str], *, with_admin: bool) -> int:
    """Run the redirect workers, and the admin unless it runs elsewhere; the exit code.

    ``load`` reads the configuration, now and at each SIGHUP. Raises :class:`ConfigError`, :class:`CommandError` or
    ``links.errors.SchemaError``.
    """
    config = load().config
    data_dir = Path(config.data_dir)
    configure("supervisor")
    geoip.require(config.geoip)
    (datadir.prepare if with_admin else datadir.require)(data_dir)
    with DataLock(data_dir) as lock:
        if not lock.take(SERVE):
            raise CommandError(f"another server (process {lock.holder(SERVE)}) is at work in {data_dir}")
        workers = worker_count(config.server.workers, len(os.sched_getaffinity(0)), cgroup_quota(Path("/")))
        layout = Layout(sockets.listen_for_each("server.port", config.server.host, config.server.port, workers), [])
        try:
            if with_admin:
                layout.with_collector = may_collect(config, lock)
                layout.admin = sockets.listen("admin.port", config.admin.host, config.admin.port)
                key = first_key(data_dir, lock, environ)
            else:
                database.check_schema(data_dir / database.FILE_NAME)
                key = None
            return asyncio.run(supervise(layout, load, config, key, with_admin=with_admin))
        finally:
            layout.close()


def may_collect(config: Config, lock: DataLock) -> bool:
    """Whether a collector is to be started. Raises ``StatisticsError`` where it could not work, and
    :class:`CommandError` where there is one."""
    if not config.stats.collect:
        return False
    statistics.check(Path(config.data_dir) / statistics.FILE_NAME)
    if lock.is_held_by_other(COLLECTOR):
        raise CommandError(f"another collector (process {lock.holder(COLLECTOR)}) is at work in {config.data_dir}")
    return True


def first_key(data_dir: Path, lock: DataLock, environ: Mapping[str, str]) -> str | None:
    """Bring the database up to date and make the first key, holding the admin's lock; see ``firstkey.make``."""
    if not lock.take(ADMIN):
        raise CommandError(f"another admin (process {lock.holder(ADMIN)}) is at work in {data_dir}")
    try:
        database.migrate(data_dir / database.FILE_NAME, data_dir / "backups")
        return asyncio.run(firstkey.make(data_dir, environ.get("FINGERPOST_INITIAL_KEY_FILE") or None, sys.stdout))
    finally:
        lock.release(ADMIN)


async def supervise(
    layout: Layout, load: Callable[[], Loaded], config: Config, key: str | None, *, with_admin: bool
) -> int:
    """Start everything, say where it is, and go on until told to stop."""
    running: list[Supervisor] = []
    asked, config = config, layout.at_ports(config)
    drain = max(config.server.drain_seconds, config.admin.drain_seconds)
    supervisor = Supervisor(layout.places(config, lambda: running[0].changed()), time.monotonic, drain)
    running.append(supervisor)
    reloads: set[asyncio.Task[None]] = set()

    on_terminal = sys.stdout.isatty()

    def reload() -> None:
        if on_terminal and not sys.stdout.isatty():  # not asked to reload: the window that we ran in was closed
            supervisor.stop()
            return
        task = asyncio.ensure_future(replace_all(supervisor, layout, load, asked))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    loop.add_signal_handler(signal.SIGHUP, reload)
    telling = asyncio.ensure_future(tell(supervisor, config, key, with_admin=with_admin))
    try:
        return await supervisor.run()
    finally:
        await asyncio.gather(telling, *reloads)


async def replace_all(supervisor: Supervisor, layout: Layout, load: Callable[[], Loaded], running: Config) -> None:
    """SIGHUP: read the configuration again and replace the processes one at a time; a bad one changes nothing.

    ``running`` is the configuration of the start, as it was read.
    """
    try:
        config = load().config
        geoip.require(config.geoip)
    except (ConfigError, CommandError) as error:
        print(f"fingerpost: not reloaded: {error}", file=sys.stderr)
        return
    for key in RESTART_KEYS:
        if _value(config, key) != _value(running, key):
            print(f"fingerpost: {key} changes only with a restart", file=sys.stderr)
    keep = {
        "server": msgspec.structs.replace(
            config.server, host=running.server.host, port=running.server.port, workers=running.server.workers
        ),
        "admin": msgspec.structs.replace(config.admin, host=running.admin.host, port=running.admin.port),
        "data_dir": running.data_dir,
    }
    config = layout.at_ports(msgspec.structs.replace(config, **keep))
    await supervisor.replace(layout.places(config, supervisor.changed))
    print("fingerpost: reloaded", file=sys.stderr)


def _value(config: Config, key: str) -> object:
    value: object = config
    for part in key.split("."):
        value = getattr(value, part)
    return value
