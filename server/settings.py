"""This room's section of config.toml: ``[server]``, and what a worker process is started with."""

import msgspec

from clicks.settings import ClicksSettings, GeoipSettings


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How short links are answered. Every key is documented in config.toml, with unit and default."""

    host: str | tuple[str, ...] = ("0.0.0.0", "::")
    port: int = 8080
    workers: int = 0
    base_url: str = ""
    redirect_status: int = 301
    cache_seconds: int = 0
    forward_query: bool = False
    root_redirect: str = ""
    not_found_redirect: str = ""
    gone_redirect: str = ""
    strict_hosts: bool = False
    drain_seconds: int = 10
    max_head_bytes: int = 32_768
    max_body_bytes: int = 1_048_576
    head_seconds: int = 10
    keepalive_seconds: int = 75
    max_connections: int = 16_384
    max_connections_per_address: int = 0
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1")
    forwarded_header: str = "X-Forwarded-For"
    password_minutes: int = 10
    fast_path: bool = True


class WorkerSettings(msgspec.Struct, frozen=True):
    """What the supervisor hands to one worker process.

    ``sockets``: file descriptors of the listening sockets by worker slot; a worker accepts from ``sockets[slot]``,
    and from another slot's while told to. ``api_url``: where the API is, for the 404 on ``/api/…``.
    ``qr_images``: whether ``/qr/<slug>.svg`` is answered.
    """

    server: ServerSettings
    clicks: ClicksSettings
    data_dir: str
    api_url: str
    slot: int
    sockets: tuple[tuple[int, ...], ...]
    geoip: GeoipSettings = GeoipSettings()
    qr_images: bool = True
