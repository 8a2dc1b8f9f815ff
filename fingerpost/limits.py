"""What each key of the configuration may hold: one rule a key, in one table.

A rule takes a value of the key's type and returns what is wrong with it, as the end of a sentence that begins with
the key's name, or ``None``. Complaints never repeat the value: it may be a secret, or hold credentials.
"""

import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from typing import Any

import can_ada

from admin.nameservers import nameserver_of
from clicks.settings import FULL, HOST
from links.errors import LinkError
from links.hosts import host_of

Rule = Callable[[Any], str | None]

MOST_PORT = 65_535
# Far above the CPUs one table per worker makes sense for; a slip of the finger must not fork thousands.
MOST_WORKERS = 64
FORWARDED_HEADERS = ("X-Forwarded-For", "Forwarded", "CF-Connecting-IP", "X-Real-IP")
# RFC 9110 section 15.4: the statuses that send a visitor to one place; 303 would turn every method into GET.
REDIRECT_STATUSES = (301, 302, 307, 308)
# Seconds: a year, the longest that caches were ever asked to keep anything (RFC 2616 section 14.21).
MOST_CACHE_SECONDS = 31_536_000
# Seconds: service managers give up before, and a deployment that waits longer hangs.
MOST_DRAIN_SECONDS = 600
# Seconds: ten years. Beyond, it is no grace period but "for ever".
MOST_GRACE_SECONDS = 315_360_000
# Links an hour: more is no limit.
MOST_PUBLIC_LINKS = 1_000_000
# Seconds: the life of a public link. Looking more rarely would leave more dead links than live ones.
MOST_SWEEP_SECONDS = 3_600
# Characters: what the APIs accept as a slug.
SLUG_LENGTHS = (3, 64)
# Characters: with fewer, generated slugs of the usual length run out.
FEWEST_SLUG_CHARACTERS = 10
# Bytes: below, no link fits; above, one request could take a process's memory.
BODY_SIZES = (1_024, 67_108_864)
# Links: of more than that the answer alone takes a second.
BULK_SIZES = (1, 10_000)

# Bytes: the fast path takes heads of up to 8,190, which must not be the longer; nobody's head fills a megabyte.
HEAD_SIZES = (8_192, 1_048_576)
# Seconds: no client of this earth takes ten minutes for a head, and each that may holds a connection.
HEAD_TIMES = (1, 600)
# Seconds: with 0 no second request would find its connection; after an hour nobody comes back on one.
KEEPALIVE_TIMES = (1, 3_600)
# Connections: with fewer a single browser could fill a worker; more is beyond any limit for open files.
CONNECTIONS = (16, 1_000_000)

# Minutes: who has given a password need not give it twice; after a day the computer may be another's.
PASSWORD_TIMES = (1, 1_440)

# MiB: a segment is a 64th of it and must hold the largest record many times; the most is beyond any disk.
JOURNAL_SIZES = (64, 16_777_216)

# Minutes: a week; who asks less often wants no checks.
MOST_RECHECK_MINUTES = 10_080
# Seconds: resolvers answer in one or two, and a client waits for the answer.
DNS_TIMES = (1, 30)

# MiB: 0 keeps no picture; more than the memory of any machine that this is for.
CACHE_SIZES = (0, 65_536)
# MiB: room for one asset of the largest size; the most is beyond any disk.
STORAGE_SIZES = (26, 16_777_216)

# Days: ten years of single visits, and a century of charts.
MOST_RAW_DAYS = 3_650
MOST_KEPT_DAYS = 36_500
KINDS_OF_VISITS = ("person", "tool", "bot", "preview", "prefetch", "head")

HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")
SLUG_CHARACTERS = re.compile(r"[0-9A-Za-z_-]*")
# RFC 3986 section 3.1, in lower case as URLs are compared.
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
# Printable ASCII: it is sent in a header as it stands (RFC 9110 section 5.5).
WEB_ADDRESS = re.compile(r"https?://[!-~]+")
WEB_ORIGIN = re.compile(r"https?://[^/\\?#@\s]+/?", re.ASCII)
# The Origin header of a page (RFC 6454 section 6.2), or of a browser extension, whose scheme is its own.
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9._:\[\]-]+")


def _within(least: int, most: int, unit: str = "") -> Rule:
    complaint = f"must be from {least:_} to {most:_}{unit and ' ' + unit}"
    return lambda value: None if least <= value <= most else complaint


def _anything(_: Any) -> str | None:
    return None


def _host(value: str | tuple[str, ...]) -> str | None:
    names = (value,) if isinstance(value, str) else value
    if names and all(HOST_NAME.fullmatch(name) or _is_address(name) for name in names):
        return None
    return "must be an IP address or a host name without brackets or port, or a list of them"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _networks(values: tuple[str, ...]) -> str | None:
    if all(_is_network(value) for value in values):
        return None
    return "must be a list of IP addresses and networks such as 10.0.0.0/8, with nothing set behind the prefix"


def _forwarded_header(value: str) -> str | None:
    return None if value in FORWARDED_HEADERS else f"must be one of {', '.join(FORWARDED_HEADERS)}"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return "%" not in text  # a network has no zone


def _addresses(values: tuple[str, ...]) -> str | None:
    if all(_is_address(value) and "%" not in value for value in values):
        return None
    return "must be a list of IP addresses"


def _cname_target(value: str) -> str | None:
    if not value:
        return None
    try:
        is_its_form = host_of(value) == value.lower().removesuffix(".")
    except LinkError:
        is_its_form = False
    return None if is_its_form else "must be empty or a host name in ASCII of at least two labels, without a port"


def _nameservers(values: tuple[str, ...]) -> str | None:
    if all(map(_is_nameserver, values)):
        return None
    return "must be a list of IP addresses, with a port if need be: 192.0.2.1:5353, [2001:db8::1]:5353"


def _is_nameserver(text: str) -> bool:
    try:
        nameserver_of(text)
    except ValueError:
        return False
    return True


def _directory(value: str) -> str | None:
    if not value.strip() or not value.isprintable():
        return "must be the path of a directory"
    return "must be a path without ~, which only a shell understands" if value.startswith("~") else None


def _file(value: str) -> str | None:
    if not value:
        return None
    if not value.strip() or not value.isprintable():
        return "must be empty or the path of a file"
    return "must be a path without ~, which only a shell understands" if value.startswith("~") else None


def _memory_dir(value: str) -> str | None:
    is_fine = not value or (value.startswith("/") and value.isprintable())
    return None if is_fine else "must be empty or the absolute path of a directory"


def _base_url(value: str) -> str | None:
    if not value or (value.isascii() and WEB_ORIGIN.fullmatch(value) and can_ada.can_parse(value)):
        return None
    return (
        "must be http:// or https:// and a host (an international one in its xn-- form), if need be a port, "
        "and nothing after"
    )


def _redirect(value: str) -> str | None:
    if not value or (WEB_ADDRESS.fullmatch(value) and can_ada.can_parse(value)):
        return None
    return "must be empty or a full http:// or https:// URL in ASCII without spaces"


def _redirect_status(value: int) -> str | None:
    *most, last = map(str, REDIRECT_STATUSES)
    return None if value in REDIRECT_STATUSES else f"must be {', '.join(most)} or {last}"


def _cors_origins(values: tuple[str, ...]) -> str | None:
    if all(value == "*" or _is_origin(value) for value in values):
        return None
    return 'must be a list of "*" or origins as browsers send them: scheme, host and no default port, in lower case'


def _is_origin(value: str) -> bool:
    if not (ORIGIN.fullmatch(value) and can_ada.can_parse(value)):
        return False
    return not value.startswith(("http://", "https://")) or can_ada.parse(value).origin == value


def _schemes(values: tuple[str, ...]) -> str | None:
    if values and all(SCHEME.fullmatch(value) for value in values):
        return None
    return "must be a list of at least one URL scheme in lower case, without a colon"


def _slug_alphabet(value: str) -> str | None:
    once = len(set(value)) == len(value)
    if once and len(value) >= FEWEST_SLUG_CHARACTERS and SLUG_CHARACTERS.fullmatch(value):
        return None
    return f"must be at least {FEWEST_SLUG_CHARACTERS} characters out of 0-9, A-Z, a-z, _ and -, none of them twice"


def _timezone(value: str) -> str | None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a directory of zones
        return "must be the name of a time zone, such as Europe/Berlin"
    return None


def _counted(values: tuple[str, ...]) -> str | None:
    if values and set(values) <= set(KINDS_OF_VISITS):
        return None
    return f"must be a list of at least one of {', '.join(KINDS_OF_VISITS)}"


def _raw_referrers(value: str) -> str | None:
    return None if value in (HOST, FULL) else f'must be "{HOST}" or "{FULL}"'


RULES: dict[str, Rule] = {
    "data_dir": _directory,
    "server.host": _host,
    # 0 takes any free port.
    "server.port": _within(0, MOST_PORT),
    "server.workers": _within(0, MOST_WORKERS),
    "server.base_url": _base_url,
    "server.redirect_status": _redirect_status,
    "server.cache_seconds": _within(0, MOST_CACHE_SECONDS, "seconds"),
    "server.forward_query": _anything,
    "server.root_redirect": _redirect,
    "server.not_found_redirect": _redirect,
    "server.gone_redirect": _redirect,
    "server.strict_hosts": _anything,
    "server.drain_seconds": _within(0, MOST_DRAIN_SECONDS, "seconds"),
    "server.max_head_bytes": _within(*HEAD_SIZES, "bytes"),
    "server.max_body_bytes": _within(*BODY_SIZES, "bytes"),
    "server.head_seconds": _within(*HEAD_TIMES, "seconds"),
    "server.keepalive_seconds": _within(*KEEPALIVE_TIMES, "seconds"),
    "server.max_connections": _within(*CONNECTIONS, "connections"),
    # 0 is no limit.
    "server.max_connections_per_address": _within(0, CONNECTIONS[1], "connections"),
    "server.trusted_proxies": _networks,
    "server.forwarded_header": _forwarded_header,
    "server.password_minutes": _within(*PASSWORD_TIMES, "minutes"),
    "server.fast_path": _anything,
    "admin.host": _host,
    "admin.port": _within(0, MOST_PORT),
    "admin.base_url": _base_url,
    "admin.cors_origins": _cors_origins,
    "admin.max_body_bytes": _within(*BODY_SIZES, "bytes"),
    "admin.bulk_links": _within(*BULK_SIZES, "links"),
    "admin.drain_seconds": _within(0, MOST_DRAIN_SECONDS, "seconds"),
    "links.schemes": _schemes,
    "links.slug_alphabet": _slug_alphabet,
    "links.slug_length": _within(*SLUG_LENGTHS, "characters"),
    "links.rename_grace_seconds": _within(0, MOST_GRACE_SECONDS, "seconds"),
    "links.public": _anything,
    "links.public_per_hour": _within(1, MOST_PUBLIC_LINKS, "links"),
    "links.sweep_seconds": _within(1, MOST_SWEEP_SECONDS, "seconds"),
    "domains.verify": _anything,
    "domains.addresses": _addresses,
    "domains.cname_target": _cname_target,
    "domains.nameservers": _nameservers,
    # 0 is never.
    "domains.recheck_minutes": _within(0, MOST_RECHECK_MINUTES, "minutes"),
    "domains.timeout_seconds": _within(*DNS_TIMES, "seconds"),
    "qr.public": _anything,
    "qr.cache_mib": _within(*CACHE_SIZES, "MiB"),
    "assets.storage_mib": _within(*STORAGE_SIZES, "MiB"),
    "clicks.record_visits": _anything,
    "clicks.record_not_found": _anything,
    "clicks.journal_mib": _within(*JOURNAL_SIZES, "MiB"),
    "clicks.memory_dir": _memory_dir,
    "stats.collect": _anything,
    "stats.timezone": _timezone,
    "stats.counted": _counted,
    "stats.respect_privacy_signals": _anything,
    # 0 keeps none.
    "stats.raw_days": _within(0, MOST_RAW_DAYS, "days"),
    "stats.raw_addresses": _anything,
    "stats.raw_referrers": _raw_referrers,
    # 0 keeps all.
    "stats.keep_days": _within(0, MOST_KEPT_DAYS, "days"),
    "geoip.path": _file,
}
