"""Request heads as clients and proxies send them: 1,000 and more distinct ones of 80 to 900 bytes.

Made from a handful of captured shapes by varying what really varies: version, language, platform, cookies, referrer,
forwarded address. Seeded, so that every contestant gets the same.
"""

import random

SEED = 11
LANGUAGES = ("en-GB,en;q=0.9", "en-US,en;q=0.5", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "fr", "pt-BR,pt;q=0.9", "ja")
REFERRERS = ("", "", "https://www.google.com/", "https://t.co/", "https://news.example.org/2026/11/a-story?id=123")


def _chrome(rng: random.Random) -> list[str]:
    version = rng.randint(128, 146)
    platform = rng.choice(("Linux", "Windows", "macOS"))
    system = {
        "Linux": "X11; Linux x86_64",
        "Windows": "Windows NT 10.0; Win64; x64",
        "macOS": "Macintosh; Intel Mac OS X 10_15_7",
    }
    return [
        "Connection: keep-alive",
        f'sec-ch-ua: "Chromium";v="{version}", "Google Chrome";v="{version}", "Not_A Brand";v="99"',
        "sec-ch-ua-mobile: ?0",
        f'sec-ch-ua-platform: "{platform}"',
        "Upgrade-Insecure-Requests: 1",
        f"User-Agent: Mozilla/5.0 ({system[platform]}) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{version}.0.0.0 Safari/537.36",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
        "application/signed-exchange;v=b3;q=0.7",
        "Sec-Fetch-Site: none",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-User: ?1",
        "Sec-Fetch-Dest: document",
        "Accept-Encoding: gzip, deflate, br, zstd",
        f"Accept-Language: {rng.choice(LANGUAGES)}",
    ]


def _firefox(rng: random.Random) -> list[str]:
    version = rng.randint(120, 146)
    return [
        f"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        f"Accept-Language: {rng.choice(LANGUAGES)}",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Connection: keep-alive",
        "Upgrade-Insecure-Requests: 1",
        "Sec-Fetch-Dest: document",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Site: cross-site",
        "Priority: u=0, i",
    ]


def _safari(rng: random.Random) -> list[str]:
    version = f"{rng.randint(15, 26)}.{rng.randint(0, 6)}"
    system = version.replace(".", "_")
    return [
        "Upgrade-Insecure-Requests: 1",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        f"User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS {system} like Mac OS X) AppleWebKit/605.1.15 "
        f"(KHTML, like Gecko) Version/{version} Mobile/15E148 Safari/604.1",
        f"Accept-Language: {rng.choice(LANGUAGES)}",
        "Accept-Encoding: gzip, deflate",
        "Connection: keep-alive",
    ]


def _curl(rng: random.Random) -> list[str]:
    return [f"User-Agent: curl/{rng.randint(7, 8)}.{rng.randint(40, 88)}.{rng.randint(0, 2)}", "Accept: */*"]


def _proxied(rng: random.Random) -> list[str]:
    address = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    own = rng.choice((_chrome, _firefox, _safari))(rng)
    kept = [line for line in own if not line.startswith("Connection:")]
    return [f"X-Forwarded-For: {address}", "X-Forwarded-Proto: https", f"X-Real-IP: {address}", *kept]


SHAPES = (_chrome, _chrome, _chrome, _firefox, _safari, _safari, _curl, _proxied)


def header_sections(count: int, host: str) -> list[str]:
    """``count`` different header sections for ``host``, each with its closing empty line."""
    rng = random.Random(SEED)
    made: dict[str, None] = {}
    while len(made) < count:
        lines = [f"Host: {host}", *rng.choice(SHAPES)(rng)]
        if referrer := rng.choice(REFERRERS):
            lines.append(f"Referer: {referrer}")
        if rng.random() < 0.3:
            lines.append(f"Cookie: _ga=GA1.1.{rng.randint(10**8, 10**9)}.{rng.randint(10**9, 2 * 10**9)}")
        made["\r\n".join(lines) + "\r\n\r\n"] = None
    return list(made)
