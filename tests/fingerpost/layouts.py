"""Configurations and layouts for the tests of what starts processes, and a supervisor that starts none."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import msgspec

from admin.settings import AdminProcessSettings, AdminSettings
from fingerpost.config import Config
from server.settings import ServerSettings, WorkerSettings


def config(data_dir: Path | str = "/data", *, admin: dict[str, Any] | None = None, **server: Any) -> Config:
    return Config(
        data_dir=str(data_dir),
        server=ServerSettings(**{"host": "127.0.0.1", "port": 0, "workers": 2} | server),
        admin=AdminSettings(**{"port": 0} | (admin or {})),
    )


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


class FakeSupervisor:
    """Notes the places that it is to replace."""

    def __init__(self) -> None:
        self.replaced: list[Any] = []
        self.is_ready = True
        self.stopping = asyncio.Event()

    async def run(self) -> int:
        await self.stopping.wait()
        return 5

    def stop(self) -> None:
        self.stopping.set()

    def changed(self) -> None:
        raise AssertionError("nothing is started here")

    async def replace(self, places: list[Any]) -> None:
        self.replaced = places

    async def ready(self) -> bool:
        return self.is_ready

    def settings(self) -> tuple[AdminProcessSettings, WorkerSettings]:
        admin, worker, *_ = [place.new()._settings for place in self.replaced]
        return (
            msgspec.json.decode(admin, type=AdminProcessSettings),
            msgspec.json.decode(worker, type=WorkerSettings),
        )
