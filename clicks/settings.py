"""This room's sections of config.toml: ``[clicks]`` and ``[geoip]``."""

import msgspec

MIB = 1 << 20


class ClicksSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is recorded of visits. Every key is documented in config.toml, with unit and default."""

    record_visits: bool = True
    record_not_found: bool = False
    journal_mib: int = 1_024


class GeoipSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where countries and cities of addresses come from. ``path`` is absolute, or "", once loaded."""

    path: str = ""
