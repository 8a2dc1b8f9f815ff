"""Which processes a command consists of, the sockets that they are started on, and the settings of each."""

import socket
import time
from collections.abc import Callable
from functools import partial

import msgspec

from admin.settings import AdminProcessSettings
from clicks.settings import CollectorSettings
from fingerpost import sockets
from fingerpost.config import Config, api_url, base_url
from fingerpost.process import Process
from fingerpost.supervisor import Place
from server.settings import WorkerSettings

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
