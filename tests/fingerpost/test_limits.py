from typing import Any

import pytest

from fingerpost.limits import RULES

ALPHABET = "0123456789"

ACCEPTED: dict[str, list[Any]] = {
    "data_dir": ["data", "/srv/fingerpost", "../x", "Größe", "a b"],
    "server.host": ["0.0.0.0", "::", "::1", "fe80::1%eth0", "localhost", "go.example.", ("127.0.0.1", "::1")],
    "server.port": [0, 1, 65_535],
    "server.workers": [0, 64],
    "server.base_url": ["", "http://localhost", "https://go.example/", "https://go.example:8443", "http://[::1]:8080"],
    "server.redirect_status": [301, 302, 307, 308],
    "server.cache_seconds": [0, 31_536_000],
    "server.forward_query": [True, False],
    "server.root_redirect": ["", "https://example.org/a?b=c#d", "http://user@example.org/"],
    "server.not_found_redirect": ["", "https://example.org/%C3%BC"],
    "server.gone_redirect": ["", "https://xn--bcher-kva.example"],
    "server.strict_hosts": [True, False],
    "server.drain_seconds": [0, 600],
    "server.max_head_bytes": [8_192, 1_048_576],
    "server.max_body_bytes": [1_024, 67_108_864],
    "server.head_seconds": [1, 600],
    "server.keepalive_seconds": [1, 3_600],
    "server.max_connections": [16, 1_000_000],
    "server.max_connections_per_address": [0, 1, 1_000_000],
    "server.trusted_proxies": [(), ("127.0.0.1", "::1"), ("10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0")],
    "server.forwarded_header": ["X-Forwarded-For", "Forwarded", "CF-Connecting-IP", "X-Real-IP"],
    "server.password_minutes": [1, 10, 1_440],
    "server.fast_path": [True, False],
    "admin.host": ["127.0.0.1", ("127.0.0.1",)],
    "admin.port": [0, 65_535],
    "admin.base_url": ["", "https://api.example", "http://localhost:8081/"],
    "admin.cors_origins": [
        (),
        ("*",),
        ("https://app.example", "http://localhost:3000", "http://[::1]:3000"),
        ("chrome-extension://abcdefghijklmnop",),
    ],
    "admin.max_body_bytes": [1_024, 67_108_864],
    "admin.bulk_links": [1, 10_000],
    "admin.drain_seconds": [0, 600],
    "links.schemes": [("https",), ("http", "https", "mailto", "web+ap", "x-y.z")],
    "links.slug_alphabet": [ALPHABET, "abcdefghi-", "ABCDEFGHI_"],
    "links.slug_length": [3, 64],
    "links.rename_grace_seconds": [0, 315_360_000],
    "links.public": [True, False],
    "links.public_per_hour": [1, 1_000_000],
    "links.sweep_seconds": [1, 3_600],
    "domains.verify": [True, False],
    "domains.addresses": [(), ("203.0.113.7",), ("203.0.113.7", "2001:db8::7")],
    "domains.cname_target": ["", "links.example.com", "Links.Example.COM.", "xn--bcher-kva.example"],
    "domains.nameservers": [(), ("192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353", "[::1]")],
    "domains.recheck_minutes": [0, 60, 10_080],
    "domains.timeout_seconds": [1, 30],
    "qr.public": [True, False],
    "qr.cache_mib": [0, 65_536],
    "assets.storage_mib": [26, 16_777_216],
    "clicks.record_visits": [True, False],
    "clicks.record_not_found": [True, False],
    "clicks.journal_mib": [64, 16_777_216],
    "clicks.memory_dir": ["", "/dev/shm", "/run/größe a"],
    "stats.collect": [True, False],
    "stats.timezone": ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"],
    "stats.counted": [("person",), ("person", "tool", "bot", "preview", "prefetch", "head")],
    "stats.respect_privacy_signals": [True, False],
    "stats.raw_days": [0, 30, 3_650],
    "stats.raw_addresses": [True, False],
    "stats.raw_referrers": ["host", "full"],
    "stats.keep_days": [0, 36_500],
    "geoip.path": ["", "GeoLite2-City.mmdb", "/srv/geo/x.mmdb", "../x", "Größe", "a b"],
}

NOT_A_HOST = [
    "",
    (),
    ("",),
    "a b",
    "[::1]",
    "localhost:80",
    "http://localhost",
    ("::", "a/b"),
    "-a",
    "a..b",
    "é.example",
]
NOT_A_REDIRECT = [
    "example.org",
    "//example.org",
    "/page",
    "javascript:alert(1)",
    "ftp://example.org",
    "https://",
    "https://ex ample.org",
    "https://example.org/ü",
    "https://example.org/\r\nX: y",
    "https://example.org:99999",
    " https://example.org",
]

REFUSED: dict[str, list[Any]] = {
    "data_dir": ["", " ", "~/data", "~", "a\0b", "a\nb", "a\udcffb"],
    "server.host": NOT_A_HOST,
    "server.port": [-1, 65_536, 10**30],
    "server.workers": [-1, 65],
    "server.base_url": [
        "go.example",
        "//go.example",
        "ftp://go.example",
        "https://",
        "https:///",
        "https://:8080",
        "https://go.example/links",
        "https://go.example//",
        "https://go.example?",
        "https://go.example/?a=b",
        "https://go.example#",
        "https://user@go.example",
        "https://user:password@go.example",
        "https://go.example:99999",
        "https://go example",
        "https://go.example\n",
        "https:\\\\go.example",
        "https://gö.example",
    ],
    "server.redirect_status": [200, 300, 303, 304, 404, 0, -1],
    "server.cache_seconds": [-1, 31_536_001],
    "server.root_redirect": NOT_A_REDIRECT,
    "server.not_found_redirect": NOT_A_REDIRECT,
    "server.gone_redirect": NOT_A_REDIRECT,
    "server.drain_seconds": [-1, 601],
    "server.max_head_bytes": [0, 8_191, 1_048_577],
    "server.max_body_bytes": [0, 1_023, 67_108_865],
    "server.head_seconds": [-1, 0, 601],
    "server.keepalive_seconds": [-1, 0, 3_601],
    "server.max_connections": [0, 15, 1_000_001],
    "server.max_connections_per_address": [-1, 1_000_001],
    "server.trusted_proxies": [
        ("",),
        ("localhost",),
        ("10.0.0.1/8",),
        ("10.0.0.0/33",),
        ("127.0.0.1:80",),
        ("fe80::1%eth0",),
        ("127.0.0.1", "*"),
    ],
    "server.forwarded_header": ["", "x-forwarded-for", "X-Forwarded-For, Forwarded", "Host"],
    "server.password_minutes": [-1, 0, 1_441],
    "admin.host": NOT_A_HOST,
    "admin.port": [-1, 65_536],
    "admin.base_url": ["api.example", "https://api.example/v1", "https://user@api.example", "ftp://api.example"],
    "admin.cors_origins": [
        ("",),
        ("null",),
        ("app.example",),
        ("https://app.example/",),
        ("https://App.example",),
        ("https://app.example:443",),
        ("https://app.example/path",),
        ("https://*.example",),
        ("*", "https://user@app.example"),
    ],
    "admin.max_body_bytes": [0, 1_023, 67_108_865],
    "admin.bulk_links": [0, 10_001],
    "admin.drain_seconds": [-1, 601],
    "links.schemes": [(), ("",), ("HTTP",), ("http:",), ("http", "1a"), ("a b",)],
    "links.slug_alphabet": ["", "012345678", "0123456788", ALPHABET + "0", ALPHABET + ".", ALPHABET + "é"],
    "links.slug_length": [2, 65, 0, -1],
    "links.rename_grace_seconds": [-1, 315_360_001],
    "links.public_per_hour": [0, -1, 1_000_001],
    "links.sweep_seconds": [0, -1, 3_601],
    "domains.addresses": [("",), ("localhost",), ("203.0.113.0/24",), ("203.0.113.7:80",), ("fe80::1%eth0",)],
    "domains.cname_target": ["example", "bücher.example", "links.example.com:80", "203.0.113.7", "a b.c", "."],
    "domains.nameservers": [
        ("",),
        ("dns.example",),
        ("192.0.2.1:",),
        ("192.0.2.1:0",),
        ("[::1",),
        ("[::1]5",),
        (":53",),
    ],
    "domains.recheck_minutes": [-1, 10_081],
    "domains.timeout_seconds": [0, 31],
    "qr.cache_mib": [-1, 65_537],
    "assets.storage_mib": [25, 16_777_217],
    "clicks.journal_mib": [63, 16_777_217],
    "clicks.memory_dir": [" ", "dev/shm", "./x", "~/x", "/a\0b", "/a\nb", "/a\udcffb"],
    "stats.timezone": ["", "Berlin", "../etc/passwd", "/etc/localtime", "Europe", "a\0b"],
    "stats.counted": [(), ("",), ("people",), ("person", "x")],
    "stats.raw_days": [-1, 3_651],
    "stats.raw_referrers": ["", "none", "Full", "url"],
    "stats.keep_days": [-1, 36_501],
    "geoip.path": [" ", "~/x.mmdb", "a\0b", "a\nb", "a\udcffb"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in ACCEPTED.items() for value in values])
def test_accepted(key: str, value: Any) -> None:
    assert RULES[key](value) is None


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in REFUSED.items() for value in values])
def test_refused_with_a_line_that_does_not_repeat_it(key: str, value: Any) -> None:
    complaint = RULES[key](value)
    assert complaint is not None
    assert complaint.startswith("must be ")
    assert "\n" not in complaint
    assert "example" not in complaint


def test_every_rule_is_tried() -> None:
    assert list(ACCEPTED) == list(RULES)
    anything = {"server.forward_query", "server.strict_hosts", "server.fast_path"}
    assert set(RULES) - set(REFUSED) == anything | {
        *("links.public", "domains.verify", "qr.public", "clicks.record_visits", "clicks.record_not_found"),
        *("stats.collect", "stats.respect_privacy_signals", "stats.raw_addresses"),
    }


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("server.port", -1, "must be from 0 to 65_535"),
        ("server.cache_seconds", -1, "must be from 0 to 31_536_000 seconds"),
        ("server.redirect_status", 303, "must be 301, 302, 307 or 308"),
    ],
)
def test_complaints_name_what_is_allowed(key: str, value: Any, complaint: str) -> None:
    assert RULES[key](value) == complaint
