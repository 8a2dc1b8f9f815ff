"""Request heads as clients and proxies send them: 1,000 and more distinct ones of 100 to 900 bytes.

The shapes (which fields, their order, their case) are those of captured requests; what varies within them is what
really does: version, language, platform, cookies, referrer, forwarded address. Seeded, so that every contestant gets
the same. Only requests that may be followed by another on the same connection: a proxy that closes it each time (nginx
does unless told ``proxy_http_version 1.1``) costs a connection a redirect, and that is another measurement.
"""

import random
from collections.abc import Callable

SEED = 11
HOST = "links.fingerpost.example.com"
LEAST_BYTES, MOST_BYTES = 100, 900
"""Of a whole head with the first line of :data:`FIRST_LINE`'s length."""

FIRST_LINE = "GET /m0000001 HTTP/1.1\r\n"
LANGUAGES = ("en-GB,en;q=0.9", "en-US,en;q=0.5", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "fr", "pt-BR,pt;q=0.9", "ja")
REFERRERS = ("", "", "https://www.google.com/", "https://t.co/", "https://news.example.org/2026/11/a-story?id=123")
DOCUMENT = "text/html,application/xhtml+xml,application/xml;q=0.9"
CHROME_ACCEPT = f"{DOCUMENT},image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"

Lines = list[str]
Shape = Callable[[random.Random], Lines]


def _referrer(rng: random.Random) -> Lines:
    referrer = rng.choice(REFERRERS)
    return [f"Referer: {referrer}"] if referrer else []


def _cookie(rng: random.Random, share: float = 0.3) -> Lines:
    if rng.random() >= share:
        return []
    return [f"Cookie: _ga=GA1.1.{rng.randint(10**8, 10**9)}.{rng.randint(10**9, 2 * 10**9)}"]


def _chrome_agent(rng: random.Random, version: int) -> tuple[str, str]:
    """(what sec-ch-ua-platform says, the User-Agent)."""
    platform, system = rng.choice(
        (
            ("Linux", "X11; Linux x86_64"),
            ("Windows", "Windows NT 10.0; Win64; x64"),
            ("macOS", "Macintosh; Intel Mac OS X 10_15_7"),
            ("Android", "Linux; Android 10; K"),
        )
    )
    mobile = " Mobile" if platform == "Android" else ""
    engine = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0{mobile} Safari/537.36"
    return platform, f"User-Agent: Mozilla/5.0 ({system}) {engine}"


def _chrome(rng: random.Random) -> Lines:
    """To an address that it trusts: HTTPS, or localhost."""
    version = rng.randint(128, 146)
    platform, agent = _chrome_agent(rng, version)
    referrer = _referrer(rng)
    return [
        "Connection: keep-alive",
        f'sec-ch-ua: "Chromium";v="{version}", "Google Chrome";v="{version}", "Not_A Brand";v="99"',
        f"sec-ch-ua-mobile: ?{int(platform == 'Android')}",
        f'sec-ch-ua-platform: "{platform}"',
        "Upgrade-Insecure-Requests: 1",
        agent,
        f"Accept: {CHROME_ACCEPT}",
        f"Sec-Fetch-Site: {'cross-site' if referrer else 'none'}",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-User: ?1",
        "Sec-Fetch-Dest: document",
        *referrer,
        "Accept-Encoding: gzip, deflate, br, zstd",
        f"Accept-Language: {rng.choice(LANGUAGES)}",
        *_cookie(rng),
    ]


def _chrome_plain(rng: random.Random) -> Lines:
    """Over HTTP: no hints, and no encoding that a middlebox might not know."""
    return [
        "Connection: keep-alive",
        "Upgrade-Insecure-Requests: 1",
        _chrome_agent(rng, rng.randint(128, 146))[1],
        f"Accept: {CHROME_ACCEPT}",
        *_referrer(rng),
        "Accept-Encoding: gzip, deflate",
        f"Accept-Language: {rng.choice(LANGUAGES)}",
        *_cookie(rng),
    ]


def _firefox(rng: random.Random) -> Lines:
    version = rng.randint(132, 146)
    system = rng.choice(("X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10.15"))
    referrer = _referrer(rng)
    return [
        f"User-Agent: Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0",
        f"Accept: {DOCUMENT},*/*;q=0.8",
        f"Accept-Language: {rng.choice(LANGUAGES)}",
        "Accept-Encoding: gzip, deflate, br, zstd",
        *referrer,
        "Connection: keep-alive",
        *_cookie(rng),
        "Upgrade-Insecure-Requests: 1",
        "Sec-Fetch-Dest: document",
        "Sec-Fetch-Mode: navigate",
        f"Sec-Fetch-Site: {'cross-site' if referrer else 'none'}",
        "Sec-Fetch-User: ?1",
        "Priority: u=0, i",
    ]


def _safari(rng: random.Random) -> Lines:
    version = f"{rng.randint(16, 26)}.{rng.randint(0, 6)}"
    system = version.replace(".", "_")
    return [
        "Upgrade-Insecure-Requests: 1",
        f"Accept: {DOCUMENT},*/*;q=0.8",
        f"User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS {system} like Mac OS X) AppleWebKit/605.1.15 "
        f"(KHTML, like Gecko) Version/{version} Mobile/15E148 Safari/604.1",
        *_referrer(rng),
        f"Accept-Language: {rng.choice(LANGUAGES)}",
        "Accept-Encoding: gzip, deflate",
        "Connection: keep-alive",
        *_cookie(rng),
    ]


def _curl(rng: random.Random) -> Lines:
    # HTTP/1.1 connections are kept without a word about it.
    return [f"User-Agent: curl/{rng.choice((7, 8))}.{rng.randint(50, 88)}.{rng.randint(0, 1)}", "Accept: */*"]


def _visitor(rng: random.Random) -> Lines:
    """A browser's fields as a proxy passes them on: what is about the connection is not passed on."""
    lines = rng.choice((_chrome, _firefox, _safari))(rng)
    return [line for line in lines if not line.startswith(("Connection:", "Upgrade:"))]


def _address(rng: random.Random) -> str:
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def _nginx(rng: random.Random) -> Lines:
    """With ``proxy_http_version 1.1``, ``proxy_set_header Connection ""``: its own fields come first."""
    address = _address(rng)
    return [f"X-Real-IP: {address}", f"X-Forwarded-For: {address}", "X-Forwarded-Proto: https", *_visitor(rng)]


def _haproxy(rng: random.Random) -> Lines:
    """With ``option forwardfor``: its own field comes last, and all names are in lower case."""
    lines = [*_visitor(rng), f"x-forwarded-for: {_address(rng)}"]
    return [f"{name.lower()}:{value}" for name, _, value in (line.partition(":") for line in lines)]


SHAPES: tuple[Shape, ...] = (
    _chrome,
    _chrome,
    _chrome,
    _chrome_plain,
    _chrome_plain,
    _firefox,
    _safari,
    _safari,
    _curl,
    _nginx,
    _haproxy,
)


def header_sections(count: int, host: str = HOST) -> list[str]:
    """``count`` different header sections for ``host``, each with its closing empty line."""
    rng = random.Random(SEED)
    made: dict[str, None] = {}
    while len(made) < count:
        shape = rng.choice(SHAPES)
        lines = shape(rng)
        name = "host" if shape is _haproxy else "Host"
        section = "\r\n".join([f"{name}: {host}", *lines]) + "\r\n\r\n"
        if len(FIRST_LINE) + len(section) <= MOST_BYTES:
            made[section] = None
    return list(made)


def once_each(count: int, host: str = HOST) -> list[str]:
    """``count`` header sections of which no two are the same: those above, each with a field of its own."""
    usual = header_sections(1_200, host)
    return [f"{usual[n % len(usual)][:-2]}X-Number: {n:024x}\r\n\r\n" for n in range(count)]


def numbered(count: int, host: str = HOST) -> list[str]:
    """``count`` header sections as a proxy hands them on that says whose and which request each is."""
    usual = [section for section in header_sections(1_200, host) if "x-forwarded-for" not in section.lower()]
    own = (f"X-Forwarded-For: 198.51.{n >> 8 & 255}.{n & 255}\r\nX-Request-ID: {n:024x}\r\n" for n in range(count))
    return [f"{usual[n % len(usual)][:-2]}{fields}\r\n" for n, fields in enumerate(own)]
