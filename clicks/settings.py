"""This room's sections of config.toml: ``[clicks]``, ``[stats]`` and ``[geoip]``; what a collector is started with."""

import msgspec

MIB = 1 << 20

HOST, FULL = "host", "full"
"""What is kept of the referrers of single visits."""


class ClicksSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is recorded of visits. Every key is documented in config.toml, with unit and default. ``memory_dir`` is
    absolute, or ""."""

    record_visits: bool = True
    record_not_found: bool = False
    journal_mib: int = 1_024
    memory_dir: str = ""


class GeoipSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where countries and cities of addresses come from. ``path`` is absolute, or "", once loaded."""

    path: str = ""


class StatsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is counted of visits, and how long it is kept. Every key is documented in config.toml."""

    collect: bool = True
    timezone: str = "UTC"
    counted: tuple[str, ...] = ("person", "tool")
    respect_privacy_signals: bool = True
    raw_days: int = 30
    raw_addresses: bool = False
    raw_referrers: str = HOST
    keep_days: int = 0


class CollectorSettings(msgspec.Struct, frozen=True):
    """What the collector process is started with. ``trusted_proxies``, ``forwarded_header``: as redirect workers have
    them, so that both see the same visitor."""

    stats: StatsSettings
    geoip: GeoipSettings
    data_dir: str
    trusted_proxies: tuple[str, ...]
    forwarded_header: str
