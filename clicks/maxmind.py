"""Countries and cities from a MaxMind DB file (GeoLite2, GeoIP2, DB-IP and others). Only loaded where one is set."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import maxminddb
from maxminddb.types import Record

from clicks.country import Countries, CountryFileError

_V4 = bytes(10) + b"\xff\xff"
_CODE_LENGTH = 2
_ALL_VERSIONS = 6


class Maxmind(Countries):
    """The MaxMind DB in ``file``, which may be replaced by another file but not written to while it is open.

    Look-ups and this raise :class:`CountryFileError` for a file that is damaged or none.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        if not file.is_file():
            raise CountryFileError(f"{file}: " + ("not a file" if file.exists() else "there is no such file"))
        try:
            self._reader = maxminddb.open_database(file)
            about = self._reader.metadata()
        except OSError as error:
            raise CountryFileError(f"{file}: cannot be read: {error.strerror or 'not readable'}") from error
        except maxminddb.InvalidDatabaseError as error:
            raise CountryFileError(f"{file}: not a MaxMind DB file") from error
        self.kind = about.database_type
        # GeoLite2-Country, DBIP-Country-Lite and the like; those with cities have many names.
        self.has_cities = "country" not in self.kind.lower()
        self.date = datetime.fromtimestamp(about.build_epoch, UTC).date().isoformat()
        self._has_v6 = about.ip_version == _ALL_VERSIONS

    def country_of(self, address: bytes) -> str:
        code = _text(self._record(address), "country", "iso_code")
        return code.upper() if len(code) == _CODE_LENGTH and code.isascii() and code.isalpha() else ""

    def city_of(self, address: bytes) -> str:
        return _text(self._record(address), "city", "names", "en")

    def close(self) -> None:
        self._reader.close()

    def _record(self, address: bytes) -> Record | None:
        try:
            if address.startswith(_V4):
                return self._reader.get(socket.inet_ntop(socket.AF_INET, address[len(_V4) :]))
            return self._reader.get(socket.inet_ntop(socket.AF_INET6, address)) if self._has_v6 else None
        except maxminddb.InvalidDatabaseError as error:
            raise CountryFileError(f"{self._file}: damaged") from error


def _text(record: Record | None, *path: str) -> str:
    """What stands there if it is text, "" otherwise: files of other makers have other fields."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, str) else ""
