"""The countries of ``[geoip]``, opened as a command line needs it: with errors that name the key."""

from pathlib import Path

from clicks.country import Countries, CountryFileError
from clicks.settings import GeoipSettings
from fingerpost.config import ConfigError
from fingerpost.errors import CommandError


def open_countries(settings: GeoipSettings) -> Countries:
    """Raises :class:`ConfigError` where ``geoip.path`` cannot be used, :class:`CommandError` where the table that
    comes along cannot."""
    try:
        return Countries.open(Path(settings.path) if settings.path else None)
    except CountryFileError as error:
        if settings.path:
            raise ConfigError(f"geoip.path: {error}") from None
        raise CommandError(str(error)) from None


def require(settings: GeoipSettings) -> None:
    """Raise as :func:`open_countries` does."""
    open_countries(settings).close()
