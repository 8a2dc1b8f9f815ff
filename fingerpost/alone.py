"""``fingerpost admin`` and ``collector``: one process, without a supervisor."""

import os

from fingerpost import datadir, geoip, sockets
from fingerpost.child import Control
from fingerpost.config import ConfigError, Loaded, api_url
from fingerpost.errors import CommandError
from fingerpost.layout import Layout, admin_settings, collector_settings
from fingerpost.log import configure
from links.locks import ADMIN, DataLock


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
