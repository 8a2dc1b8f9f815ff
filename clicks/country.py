"""Which country an address is in, from a table that all processes map and share, or from a MaxMind DB file.

The table (``clicks/data/countries.bin``, made by ``clicks/build_countries.py``) is, in the byte order of x86-64 and
ARM64: the header (magic, version, number of IPv6 and of IPv4 starts, date), 256 codes of two letters (two NULs where
the country is not known), the IPv6 starts (u64: the upper half of an address), the IPv4 starts (u32), one u8 for each
IPv6 and each IPv4 start: the index of its code. A range goes as far as the next start; the first start is 0. So a
look-up is a bisect over mapped memory, and no range costs a Python object.
"""

import mmap
import struct
from abc import ABC, abstractmethod
from bisect import bisect_right
from pathlib import Path

MAGIC = b"FPCNTRY\n"
VERSION = 1
HEADER = struct.Struct("=8sIII10s2x")
CODES = 256
CODE = struct.Struct("2s")
UNKNOWN = bytes(CODE.size)

SHIPPED = Path(__file__).parent / "data" / "countries.bin"
SOURCE = "GeoFeed, Whois and ASN data of the five regional Internet registries, as compiled by ip-location-db"
CREDIT = "Number Resource Organization (nro.net), CC BY 4.0; ranges merged, IPv6 reduced to /64 networks"

# An IPv4 address among IPv6 ones (RFC 4291 section 2.5.5.2).
_V4 = bytes(10) + b"\xff\xff"
_V6_NETWORK = 8


class CountryFileError(ValueError):
    """A file of countries cannot be used; the message is one line that begins with its path."""


class Countries(ABC):
    """Countries by address, until closed. ``date`` is that of the data, YYYY-MM-DD, ``kind`` what it is called, such
    as "GeoLite2-City"."""

    date: str
    kind: str
    has_cities: bool
    """Whether it may know of cities."""

    @classmethod
    def open(cls, mmdb: Path | None = None) -> "Countries":
        """The countries of the MaxMind DB file ``mmdb``, or else of the table that comes along.

        Raises :class:`CountryFileError`.
        """
        if mmdb is None:
            return Table(SHIPPED)
        from clicks.maxmind import Maxmind  # a library that costs memory, and is not needed where there is no such file

        return Maxmind(mmdb)

    @abstractmethod
    def country_of(self, address: bytes) -> str:
        """The ISO 3166-1 alpha-2 code, in upper case, of 16 bytes (IPv4 as ``::ffff:a.b.c.d``); "" if not known."""

    @abstractmethod
    def city_of(self, address: bytes) -> str:
        """The English name of the city, "" if not known."""

    @abstractmethod
    def close(self) -> None:
        """Give the file back; no look-up may follow."""


def knows_cities(mmdb: Path | None) -> bool:
    """Whether :meth:`Countries.open` has cities; a file that cannot be used has none, whoever looks up says so."""
    try:
        countries = Countries.open(mmdb)
    except CountryFileError:
        return False
    countries.close()
    return countries.has_cities


class Table(Countries):
    """The table in ``file``, which must not be written to while it is mapped. Raises :class:`CountryFileError`."""

    kind = "geo-whois-asn-country"
    has_cities = False

    def __init__(self, file: Path) -> None:
        self._mapped = _map(file)
        self._views: list[memoryview] = [memoryview(self._mapped)]
        try:
            self._read_head(file)
        except CountryFileError:
            self.close()
            raise
        # What is read from the disk at the first look-ups would keep requests waiting.
        self._mapped.madvise(mmap.MADV_WILLNEED)

    def _read_head(self, file: Path) -> None:
        head = self._views[0][: HEADER.size].tobytes()
        if not head.startswith(MAGIC) or len(head) < HEADER.size:
            raise CountryFileError(f"{file}: not a table of countries")
        _, version, v6, v4, date = HEADER.unpack(head)
        if version != VERSION:
            raise CountryFileError(f"{file}: version {version} of the table of countries, not {VERSION}")
        sizes = (CODES * CODE.size, v6 * 8, v4 * 4, v6, v4)
        if len(self._mapped) != HEADER.size + sum(sizes) or not v6 or not v4:
            raise CountryFileError(f"{file}: a damaged table of countries: {len(self._mapped)} bytes")
        codes, starts_v6, starts_v4, self._of_v6, self._of_v4 = self._cut(HEADER.size, sizes)
        self._starts_v6, self._starts_v4 = starts_v6.cast("Q"), starts_v4.cast("I")
        self._views += (self._starts_v6, self._starts_v4)
        if self._starts_v6[0] or self._starts_v4[0]:
            raise CountryFileError(f"{file}: a damaged table of countries: it does not begin at 0")
        self._codes: tuple[str, ...] = tuple(
            code.rstrip(b"\0").decode("ascii", "replace") for (code,) in CODE.iter_unpack(codes)
        )
        self.date = date.decode("ascii", "replace")

    def _cut(self, at: int, sizes: tuple[int, ...]) -> list[memoryview]:
        parts = []
        for size in sizes:
            parts.append(self._views[0][at : at + size])
            at += size
        self._views += parts
        return parts

    def country_of(self, address: bytes) -> str:
        if address.startswith(_V4):
            at = bisect_right(self._starts_v4, int.from_bytes(address[len(_V4) :])) - 1
            return self._codes[self._of_v4[at]]
        at = bisect_right(self._starts_v6, int.from_bytes(address[:_V6_NETWORK])) - 1
        return self._codes[self._of_v6[at]]

    def city_of(self, address: bytes) -> str:
        return ""

    def close(self) -> None:
        for view in reversed(self._views):  # a mapping is not closed while there are views of it
            view.release()
        self._mapped.close()


def _map(file: Path) -> mmap.mmap:
    try:
        with file.open("rb") as opened:
            return mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise CountryFileError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # nothing to map
        raise CountryFileError(f"{file}: not a table of countries: it is empty") from error
