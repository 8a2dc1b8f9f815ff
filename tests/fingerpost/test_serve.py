"""What is decided before the processes start; the processes themselves are in the flow tests."""

import asyncio
import json
import os
import shlex
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from admin.settings import FIRST_KEY_FILE, AdminProcessSettings, AdminSettings
from clicks.settings import CollectorSettings, GeoipSettings
from fingerpost import serve as serve_module
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.serve import Layout, collector_settings, curl_line, is_loopback_only_base, replace_all, tell
from links.settings import LinkSettings
from server.settings import ServerSettings, WorkerSettings

PATIENCE = 10.0
KEY = "fp_pk_0123abcd." + "k" * 64


def config(data_dir: Path | str = "/data", *, admin: dict[str, Any] | None = None, **server: Any) -> Config:
    return Config(
        data_dir=str(data_dir),
        server=ServerSettings(**{"host": "127.0.0.1", "port": 0, "workers": 2} | server),
        admin=AdminSettings(**{"port": 0} | (admin or {})),
    )


def loading(*configs: Config | Exception) -> Callable[[], Loaded]:
    """Gives these configurations, one a call."""
    each = iter(configs)

    def load() -> Loaded:
        one = next(each)
        if isinstance(one, Exception):
            raise one
        return Loaded(one, None)

    return load


@pytest.fixture
def layout() -> Iterator[Layout]:
    """Two workers with two sockets each, and an admin with one."""
    workers = [[socket.create_server(("127.0.0.1", 0)) for _ in range(2)] for _ in range(2)]
    layout = Layout(workers, [socket.create_server(("127.0.0.1", 0))])
    yield layout
    layout.close()


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


# Pure decisions


@pytest.mark.parametrize(
    ("host", "base_url", "warns"),
    [
        (("0.0.0.0", "::"), "", True),
        ("0.0.0.0", "", True),
        ("192.0.2.1", "http://127.0.0.1:8080", True),
        (("127.0.0.1", "192.0.2.1"), "http://localhost", True),
        ("0.0.0.0", "http://[::1]:8080", True),
        ("0.0.0.0", "http://127.5.5.5", True),
        ("127.0.0.1", "", False),
        ("::1", "", False),
        (("127.0.0.1", "::1"), "http://[::1]", False),
        ("localhost", "", False),
        (("0.0.0.0", "::"), "https://go.example", False),
        (("0.0.0.0", "::"), "http://192.0.2.1:8080", False),
        (("0.0.0.0", "::"), "http://[2001:db8::1]", False),
        (("0.0.0.0", "::"), "http://localhost.example", False),
    ],
)
def test_when_strangers_can_come_but_short_links_lead_nowhere(host: Any, base_url: str, warns: bool) -> None:
    assert is_loopback_only_base(config(host=host, base_url=base_url)) is warns


def test_the_line_to_try_can_be_pasted() -> None:
    line = curl_line("http://127.0.0.1:8081", KEY)
    command, url, *options = shlex.split(line)
    assert (command, url) == ("curl", "http://127.0.0.1:8081/api/v1/links")
    assert options[::2] == ["-H", "-H", "-d"]
    assert options[1] == f"Authorization: Bearer {KEY}"
    assert options[3] == "Content-Type: application/json"
    assert json.loads(options[5]) == {"url": "https://example.com/"}


# Layouts


def test_ports_are_those_that_are_listened_on(layout: Layout) -> None:
    real = layout.at_ports(config())
    assert real.server.port == port_of(layout.workers[0][0])
    assert real.admin.port == port_of(layout.admin[0])
    alone = Layout([], layout.admin).at_ports(config(port=80))
    assert (alone.server.port, alone.admin.port) == (80, real.admin.port)


def test_every_process_has_a_place_and_its_settings(layout: Layout) -> None:
    real = layout.at_ports(config(base_url="https://go.example/"))
    real = msgspec.structs.replace(real, geoip=GeoipSettings(path="/srv/x.mmdb"))
    places = layout.places(real, lambda: None)
    assert [(place.name, place.slot) for place in places] == [("admin", None), ("worker 0", 0), ("worker 1", 1)]
    admin, *workers = [place.new() for place in places]
    fds = tuple(tuple(sock.fileno() for sock in one) for one in layout.workers)
    assert msgspec.json.decode(admin._settings, type=AdminProcessSettings) == AdminProcessSettings(
        admin=real.admin,
        links=LinkSettings(),
        data_dir="/data",
        base_url="https://go.example",
        sockets=(layout.admin[0].fileno(),),
        expected_workers=2,
        api_url=f"http://127.0.0.1:{real.admin.port}",
        statistics=collector_settings(real),
    )
    assert (admin._kind, admin._fds) == ("admin", (layout.admin[0].fileno(),))
    for slot, worker in enumerate(workers):
        assert msgspec.json.decode(worker._settings, type=WorkerSettings) == WorkerSettings(
            server=msgspec.structs.replace(real.server, base_url="https://go.example"),
            clicks=real.clicks,
            data_dir="/data",
            api_url=f"http://127.0.0.1:{port_of(layout.admin[0])}",
            slot=slot,
            sockets=fds,
            geoip=GeoipSettings(path="/srv/x.mmdb"),
        )
        # A worker may have to accept from anybody's socket.
        assert (worker._kind, worker._fds) == ("worker", fds[0] + fds[1])


def test_a_place_makes_a_new_process_each_time(layout: Layout) -> None:
    place = layout.places(layout.at_ports(config()), lambda: None)[0]
    assert place.new() is not place.new()


def test_the_collector_has_the_last_place_and_nobody_waits_for_it(layout: Layout) -> None:
    layout.with_collector = True
    real = layout.at_ports(config(trusted_proxies=("192.0.2.1",)))
    *_, place = layout.places(real, lambda: None)
    assert (place.name, place.slot, place.is_waited_for) == ("collector", None, False)
    process: Any = place.new()
    assert (process._kind, process._fds) == ("collector", ())
    settings = msgspec.json.decode(process._settings, type=CollectorSettings)
    assert settings == collector_settings(real)
    assert (settings.data_dir, settings.trusted_proxies) == ("/data", ("192.0.2.1",))


def test_workers_alone_have_no_admin(layout: Layout) -> None:
    alone = Layout(layout.workers, [])
    assert [place.name for place in alone.places(alone.at_ports(config()), lambda: None)] == ["worker 0", "worker 1"]


# SIGHUP


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


@pytest.fixture
def supervisor() -> Any:
    return FakeSupervisor()


async def test_a_bad_configuration_changes_nothing(
    supervisor: Any, layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    await replace_all(supervisor, layout, loading(ConfigError("config.toml: unknown key x")), config())
    assert supervisor.replaced == []
    assert capsys.readouterr() == ("", "fingerpost: not reloaded: config.toml: unknown key x\n")


async def test_a_good_one_replaces_everything(
    supervisor: Any, layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    new = config(redirect_status=308, admin={"cors_origins": ()}, base_url="https://new.example")
    await replace_all(supervisor, layout, loading(new), config())
    admin, worker = supervisor.settings()
    assert [place.name for place in supervisor.replaced] == ["admin", "worker 0", "worker 1"]
    assert (worker.server.redirect_status, admin.admin.cors_origins) == (308, ())
    assert (worker.server.base_url, admin.base_url) == ("https://new.example", "https://new.example")
    assert worker.server.port == port_of(layout.workers[0][0])
    assert capsys.readouterr() == ("", "fingerpost: reloaded\n")


@pytest.mark.parametrize(
    ("new", "key"),
    [
        (config("/elsewhere"), "data_dir"),
        (config(host="0.0.0.0"), "server.host"),
        (config(port=8080), "server.port"),
        (config(workers=3), "server.workers"),
        (config(admin={"host": "0.0.0.0"}), "admin.host"),
        (config(admin={"port": 8081}), "admin.port"),
    ],
)
async def test_what_changes_only_with_a_restart_is_told_and_stays(
    supervisor: Any, layout: Layout, capsys: pytest.CaptureFixture[str], new: Config, key: str
) -> None:
    await replace_all(supervisor, layout, loading(new), config())
    assert capsys.readouterr().err == f"fingerpost: {key} changes only with a restart\nfingerpost: reloaded\n"
    admin, worker = supervisor.settings()
    running = layout.at_ports(config())
    assert admin.admin == running.admin
    assert worker.server == msgspec.structs.replace(
        running.server, base_url=f"http://localhost:{port_of(layout.workers[0][0])}"
    )
    assert (admin.data_dir, worker.data_dir) == ("/data", "/data")


async def test_sighup_reloads_and_sigterm_ends(
    supervisor: Any, layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve_module, "Supervisor", lambda places, *_: supervisor)
    supervisor.is_ready = False
    load = loading(config(redirect_status=308), ConfigError("config.toml: unknown key x"))
    running = asyncio.ensure_future(serve_module.supervise(layout, load, config(), None, with_admin=True))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        for end in ("reloaded", "unknown key x"):
            os.kill(os.getpid(), signal.SIGHUP)
            err = ""
            while end not in err:
                await asyncio.sleep(0.001)
                err += capsys.readouterr().err
            assert "restart" not in err  # the ports that were found free are no change
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 5
    assert supervisor.settings()[1].server.redirect_status == 308


# What is told


def printed(
    supervisor: Any, capsys: pytest.CaptureFixture[str], given: Config, key: str | None, *, with_admin: bool = True
) -> tuple[str, str]:
    asyncio.run(tell(supervisor, given, key, with_admin=with_admin))
    out, err = capsys.readouterr()
    return out, err


ADDRESSES = (
    "short links  https://go.example/\n"
    "API          http://127.0.0.1:8081/api/v1\n"
    "docs         http://127.0.0.1:8081/docs\n"
)


def at(data_dir: Path, **server: Any) -> Config:
    return config(data_dir, base_url="https://go.example", admin={"port": 8081}, **server)


def test_where_it_is(supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, err = printed(supervisor, capsys, at(tmp_path), None)
    assert (out, err) == (f"{ADDRESSES}data         {tmp_path}\n", "")


def test_where_workers_alone_are(supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / FIRST_KEY_FILE).write_text(KEY)
    out, _ = printed(supervisor, capsys, at(tmp_path), None, with_admin=False)
    assert out == f"short links  https://go.example/\ndata         {tmp_path}\n"


def test_the_first_key_is_shown_with_a_line_to_try(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out, _ = printed(supervisor, capsys, at(tmp_path), KEY)
    assert out.startswith(ADDRESSES)
    assert f"\n  {KEY}\n" in out
    assert curl_line("http://127.0.0.1:8081", KEY) in out


def test_a_key_in_a_file_is_told_by_its_path(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / FIRST_KEY_FILE).write_text(KEY)
    out, _ = printed(supervisor, capsys, at(tmp_path), None)
    assert out.endswith(f"first key    {tmp_path}/{FIRST_KEY_FILE} (removed at its first use)\n")
    assert KEY not in out


def test_a_loopback_address_for_strangers_is_warned_of(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, err = printed(supervisor, capsys, config(tmp_path, host="0.0.0.0", port=8080), None)
    assert err.startswith("warning: server.base_url is a loopback address while server.host is not")
    assert err.count("\n") == 1


def test_if_it_does_not_get_that_far_the_key_is_shown_all_the_same(
    supervisor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    supervisor.is_ready = False
    assert printed(supervisor, capsys, at(tmp_path), None) == ("", "")
    out, _ = printed(supervisor, capsys, at(tmp_path), KEY)
    assert f"\n  {KEY}\n" in out
    assert "short links" not in out
