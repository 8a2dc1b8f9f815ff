"""SIGHUP and SIGTERM, and what a reload changes; the processes themselves are in the flow tests."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from fingerpost import serve as serve_module
from fingerpost.config import Config, ConfigError, Loaded
from fingerpost.layout import Layout
from fingerpost.serve import replace_all
from tests.fingerpost.layouts import config, port_of

PATIENCE = 10.0


def loading(*configs: Config | Exception) -> Callable[[], Loaded]:
    """Gives these configurations, one a call."""
    each = iter(configs)

    def load() -> Loaded:
        one = next(each)
        if isinstance(one, Exception):
            raise one
        return Loaded(one, None)

    return load


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
