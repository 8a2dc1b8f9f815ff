"""This room's section of config.toml: ``[admin]``, and what an admin process is started with."""

import msgspec

from clicks.settings import CollectorSettings
from links.settings import LinkSettings

FIRST_KEY_FILE = "first-key"
"""In the data directory: the key that the first `serve` made, until it is used."""


class AdminSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where and how the APIs are served. Every key is documented in config.toml, with unit and default."""

    host: str | tuple[str, ...] = "127.0.0.1"
    port: int = 8081
    base_url: str = ""
    cors_origins: tuple[str, ...] = ("*",)
    max_body_bytes: int = 1_048_576
    bulk_links: int = 1_000
    drain_seconds: int = 10


class DomainsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Domains of their own, and how it is seen that they point here. Every key is documented in config.toml."""

    verify: bool = True
    addresses: tuple[str, ...] = ()
    cname_target: str = ""
    nameservers: tuple[str, ...] = ()
    recheck_minutes: int = 60
    timeout_seconds: int = 5


class QrSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """QR codes. Every key is documented in config.toml, with unit and default."""

    public: bool = True
    cache_mib: int = 32


class AssetsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files of the workspaces. Every key is documented in config.toml, with unit and default."""

    storage_mib: int = 1_024


class AdminProcessSettings(msgspec.Struct, frozen=True):
    """What the admin process is started with.

    ``base_url``: of the short links, without a trailing slash; ``api_url``: of the APIs, likewise. ``sockets``:
    listening file descriptors.
    ``statistics``: what the collector is started with; the defaults if ``None``.
    ``expected_workers``: how many redirect workers must answer for ``/healthz`` to be 200; 0 where others run them.
    """

    admin: AdminSettings
    links: LinkSettings
    data_dir: str
    base_url: str
    sockets: tuple[int, ...] = ()
    expected_workers: int = 0
    domains: DomainsSettings = DomainsSettings()
    api_url: str = ""
    qr: QrSettings = QrSettings()
    assets: AssetsSettings = AssetsSettings()
    statistics: CollectorSettings | None = None
