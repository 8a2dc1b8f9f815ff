"""``fingerpost serve``, ``server``, ``admin``, ``collector``: what is made before the processes start; their wiring."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import msgspec

from admin.settings import FIRST_KEY_FILE, AdminProcessSettings
from clicks import database as statistics
from clicks.settings import CollectorSettings
from fingerpost import datadir, firstkey, geoip, sockets
from fingerpost.child import Control
from fingerpost.config import Config, ConfigError, Loaded, api_url, base_url
from fingerpost.cpus import cgroup_quota, worker_count
from fingerpost.errors import CommandError
from fingerpost.log import configure
from fingerpost.process import Process
from fingerpost.supervisor import Place, Supervisor
from links import database
from links.locks import ADMIN, COLLECTOR, SERVE, DataLock
from server.settings import WorkerSettings

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

Sockets = list[socket.socket]


class Layout:
    """The processes of one command, and the sockets that they are started on."""

    def __init__(self, workers: list[Sockets], admin: Sockets, *, with_collector: bool = False) -> None:
        self.workers = workers
        self.admin = admin
        self.with_collector = with_collector

    def close(self) -> None:
        for each in (*self.workers, self.admin):
            sockets.close(each)

    def at_ports(self, config: Config) -> Config:
        """The configuration with the ports that are really listened on (port 0 takes a free one)."""
        server, admin = config.server, config.admin
        if self.workers:
            server = msgspec.structs.replace(server, port=self.workers[0][0].getsockname()[1])
        if self.admin:
            admin = msgspec.structs.replace(admin, port=self.admin[0].getsockname()[1])
        return msgspec.structs.replace(config, server=server, admin=admin)

    def places(self, config: Config, changed: Callable[[], None]) -> list[Place]:
        """One place for each process, with its settings."""
        places = [self._worker(config, slot, changed) for slot in range(len(self.workers))]
        if self.admin:
            places.insert(0, self._admin(config, changed))
        if self.with_collector:
            # Last, and nobody waits for it: redirects and links do without.
            settings = collector_settings(config)
            places.append(_place("collector", None, "collector", settings, (), changed, is_waited_for=False))
        return places

    def _admin(self, config: Config, changed: Callable[[], None]) -> Place:
        fds = tuple(sock.fileno() for sock in self.admin)
        settings = admin_settings(config, fds, len(self.workers))
        return _place("admin", None, "admin", settings, fds, changed)

    def _worker(self, config: Config, slot: int, changed: Callable[[], None]) -> Place:
        each = tuple(tuple(sock.fileno() for sock in sockets) for sockets in self.workers)
        settings = WorkerSettings(
            server=msgspec.structs.replace(config.server, base_url=base_url(config)),
            clicks=config.clicks,
            data_dir=config.data_dir,
            api_url=api_url(config),
            slot=slot,
            sockets=each,
            geoip=config.geoip,
            qr_images=config.qr.public,
        )
        fds = tuple(fd for fds in each for fd in fds)
        return _place(f"worker {slot}", slot, "worker", settings, fds, changed)


def _place(
    name: str,
    slot: int | None,
    kind: str,
    settings: msgspec.Struct,
    fds: tuple[int, ...],
    changed: Callable[[], None],
    *,
    is_waited_for: bool = True,
) -> Place:
    body = msgspec.json.encode(settings)
    new = partial(Process, name, kind, body, fds, changed, time.monotonic)
    return Place(name, slot, new, is_waited_for=is_waited_for)


def collector_settings(config: Config) -> CollectorSettings:
    """What a collector process is started with."""
    server = config.server
    return CollectorSettings(
        config.stats, config.geoip, config.data_dir, server.trusted_proxies, server.forwarded_header
    )


def admin_settings(config: Config, fds: tuple[int, ...], workers: int) -> AdminProcessSettings:
    """What an admin process is started with."""
    return AdminProcessSettings(
        admin=config.admin,
        links=config.links,
        data_dir=config.data_dir,
        base_url=base_url(config),
        sockets=fds,
        expected_workers=workers,
        domains=config.domains,
        api_url=api_url(config),
        qr=config.qr,
        assets=config.assets,
        statistics=collector_settings(config),
    )


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


async def tell(supervisor: Supervisor, config: Config, key: str | None, *, with_admin: bool) -> None:
    """Once everything answers: where it is, and the first key with a line to try it with."""
    api = api_url(config)
    if not await supervisor.ready():
        if key is not None:  # it is stored already, and never shown again
            show_key(api, key)
        return
    print(f"short links  {base_url(config)}/")
    if with_admin:
        print(f"API          {api}/api/v1")
        print(f"docs         {api}/docs")
    print(f"data         {config.data_dir}")
    if is_loopback_only_base(config):
        print(
            "warning: server.base_url is a loopback address while server.host is not: "
            "short links will only work on this machine; set server.base_url",
            file=sys.stderr,
        )
    first_key_file = Path(config.data_dir) / FIRST_KEY_FILE
    if key is not None:
        show_key(api, key)
    elif with_admin and first_key_file.exists():
        print(f"first key    {first_key_file} (removed at its first use)")
    sys.stdout.flush()


def show_key(api: str, key: str) -> None:
    print(f"\nYour API key, shown only this once:\n\n  {key}\n\nMake a first link with it:\n")
    print(curl_line(api, key), flush=True)


def curl_line(api: str, key: str) -> str:
    """A command that makes a short link."""
    return (
        f"  curl {api}/api/v1/links -H 'Authorization: Bearer {key}' "
        "-H 'Content-Type: application/json' -d '{\"url\": \"https://example.com/\"}'\n"
    )


def is_loopback_only_base(config: Config) -> bool:
    """Whether short links name this machine only, while strangers can reach the server."""
    host = base_url(config).split("//")[1]
    name = host[1 : host.index("]")] if host.startswith("[") else host.split(":")[0]
    hosts = [config.server.host] if isinstance(config.server.host, str) else config.server.host
    return _is_loopback(name) and not all(_is_loopback(each) for each in hosts)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Announcing(Control):
    """There is no supervisor to be told that a process is ready; whoever started it is."""

    def __init__(self, text: str) -> None:
        super().__init__(None)
        self._text = text

    def say_ready(self) -> None:
        print(self._text, flush=True)


def collector_alone(loaded: Loaded) -> int:
    """``fingerpost collector``: without a supervisor; the exit code."""
    from fingerpost import collecting  # it loads lists of user agents

    configure("collector")
    geoip.require(loaded.config.geoip)
    datadir.require(loaded.data_dir)
    return collecting.run(collector_settings(loaded.config), _Announcing(f"collecting   {loaded.data_dir}"))


def admin_alone(loaded: Loaded) -> int:
    """``fingerpost admin``: the admin without a supervisor, on this process's own sockets; the exit code."""
    from admin import main as admin_main  # the supervisor does without aiohttp and pydantic
    from fingerpost import parser

    if not parser.is_in_c():
        raise ConfigError(parser.COMPLAINT)
    config = loaded.config
    configure("admin")
    os.umask(0o077)
    datadir.prepare(loaded.data_dir)
    with DataLock(loaded.data_dir) as lock:
        if lock.is_held_by_other(ADMIN):
            raise CommandError(f"another admin (process {lock.holder(ADMIN)}) is at work in {loaded.data_dir}")
    layout = Layout([], sockets.listen("admin.port", config.admin.host, config.admin.port))
    config = layout.at_ports(config)
    api = api_url(config)
    control = _Announcing(f"API          {api}/api/v1\ndocs         {api}/docs\ndata         {config.data_dir}")
    return admin_main.run(admin_settings(config, tuple(sock.detach() for sock in layout.admin), 0), control)
