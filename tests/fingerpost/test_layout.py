"""Which processes there are, and what each is started with."""

from typing import Any

import msgspec

from admin.settings import AdminProcessSettings
from clicks.settings import CollectorSettings, GeoipSettings
from fingerpost.layout import Layout, collector_settings
from links.settings import LinkSettings
from server.settings import WorkerSettings
from tests.fingerpost.layouts import config, port_of


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
