"""``fingerpost about``: what is at work here, and whose data."""

import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import version

from clicks.country import CREDIT, SOURCE, Countries
from clicks.settings import GeoipSettings
from fingerpost.config import Loaded
from fingerpost.geoip import open_countries

LIBRARIES = ("aiohttp", "aiosqlite", "can-ada", "httptools", "maxminddb", "msgspec", "orjson", "pydantic", "uvloop")
WIDTH = 13


def lines(loaded: Loaded) -> Iterator[str]:
    """The lines to be printed. Raises :class:`fingerpost.config.ConfigError` where ``geoip.path`` cannot be used."""
    for name, value in _facts(loaded):
        yield f"{name:<{WIDTH}}{value}"


def _facts(loaded: Loaded) -> Iterator[tuple[str, str]]:
    countries = _date_and_kind(GeoipSettings())
    path = loaded.config.geoip.path
    mmdb = "none (geoip.path)" if not path else f"{path} ({_date_and_kind(loaded.config.geoip)})"
    yield "fingerpost", version("fingerpost")
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()}, {platform.machine()})"
    yield "config", "built-in defaults" if loaded.file is None else str(loaded.file)
    yield "countries", countries
    yield "", SOURCE
    yield "", CREDIT
    yield "MaxMind DB", mmdb
    for library in LIBRARIES:
        yield library, version(library)
    yield "SQLite", sqlite3.sqlite_version


def _date_and_kind(settings: GeoipSettings) -> str:
    countries: Countries = open_countries(settings)
    try:
        return f"{countries.kind}, {countries.date}"
    finally:
        countries.close()
