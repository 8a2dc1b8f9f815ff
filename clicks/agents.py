"""What a visitor's User-Agent says about device, system and browser: a small table, for workers that route by it.

Pure, and light: no thousand regular expressions in every worker. ``tests/clicks/test_agents.py`` holds it against the
full lists of ua-parser and names each user agent that the two see differently.

Browsers are told by their whole row of products, not by one name in it: Chrome is what calls itself ``Chrome`` and
``Safari`` and nothing else. What adds a name of its own is ``other``, also when it is new: Vivaldi, Yandex, Silk,
DuckDuckGo, the apps of Google, Facebook and Instagram, Android and iOS web views. Brave says that it is Chrome, and is
believed; on iOS it gives its name, and is ``other``. Chromium and headless Chrome are ``chrome``.

Known limits: Safari on an iPad says that it is a Mac's (``desktop``, ``macos``), and an Android tablet that asks for
desktop pages that it is a Linux desktop; nothing in a User-Agent tells. Televisions and headsets are ``desktop``.
"""

from functools import lru_cache
from typing import NamedTuple

MOST_BYTES = 512
"""Of a user agent that are looked at: those of browsers are half as long, the rest of longer ones are plug-ins."""

REMEMBERED = 4096
"""Answers that are kept; the one that was asked for longest ago goes first. 3 MB a worker if all were that long."""


class Agent(NamedTuple):
    device: str
    """``mobile``, ``tablet`` or ``desktop``."""

    os: str
    """``ios``, ``android``, ``windows`` (phones too), ``macos``, ``linux`` (desktops), ``chromeos`` or ``other``."""

    browser: str
    """``chrome``, ``safari``, ``firefox``, ``edge``, ``opera``, ``samsung`` or ``other``."""


_SYSTEMS = (
    # The first that occurs decides. Windows phones also say Android and iPhone.
    ("Windows Phone", "windows"),
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("iPod", "ios"),
    ("Android", "android"),
    # Before Mac and Linux, which these claim to be where desktop pages are wanted.
    ("CriOS/", "ios"),
    ("FxiOS/", "ios"),
    ("EdgiOS/", "ios"),
    ("Silk", "android"),
    ("OculusBrowser", "android"),
    ("Windows", "windows"),
    ("CrOS", "chromeos"),
    ("Mac OS X", "macos"),
    ("Macintosh", "macos"),
    # Linux, and no desktops.
    ("Tizen", "other"),
    ("TV", "other"),
    ("CrKey", "other"),
    ("hpwOS", "other"),
    ("Kindle", "other"),
    ("Sailfish", "other"),
    ("WeTa", "other"),
    ("Linux", "linux"),
)

_TABLETS = ("iPad", "Tablet; rv:", "Opera Tablet", "Kindle", "Silk", "PlayBook", "hp-tablet")
_PHONES = ("Mobi", "iPhone", "iPod", "Opera Mini", "Windows Phone", "BlackBerry", "BB10", "Sym", "MIDP")
_NEITHER = ("TV", "BRAVIA", "; AFT", "CrKey", "OculusBrowser")
"""Televisions (AFT begins the models of Fire TV) and headsets: what is no phone on Android is a tablet otherwise."""

_DECIDING = (
    ("HbbTV", "other"),
    ("OculusBrowser", "other"),
    ("Opera", "opera"),
    (" OPR/", "opera"),
    (" OPiOS/", "opera"),
    (" OPT/", "opera"),  # Touch
    (" OPX/", "opera"),  # GX
    (" Edg/", "edge"),
    (" EdgA/", "edge"),
    (" EdgiOS/", "edge"),
    (" Edge/", "edge"),
    (" SamsungBrowser/", "samsung"),
    (" Chromium/", "chrome"),
)
"""Names that decide, whatever stands beside them."""

_ROWS = {
    frozenset(row.split()): browser
    for row, browser in (
        ("Chrome Safari", "chrome"),
        ("Chrome Mobile Safari", "chrome"),
        ("Chrome Mobile", "chrome"),
        ("HeadlessChrome Safari", "chrome"),
        ("CriOS Mobile Safari", "chrome"),
        ("CriOS Version Safari", "chrome"),
        ("Version Safari", "safari"),
        ("Version Mobile Safari", "safari"),
        ("Gecko Firefox", "firefox"),
        ("Firefox", "firefox"),
        ("FxiOS Mobile Safari", "firefox"),
        ("FxiOS Safari", "firefox"),
    )
}
"""What stands after the last parenthesis, without versions: nothing where a remark ends it, as (Ecosia …) does."""


def agent_of(user_agent: bytes) -> Agent:
    """What a User-Agent, as it was sent, says; ``desktop``, ``other``, ``other`` of an empty or unknown one."""
    return remembered(user_agent[:MOST_BYTES])


def _looked_up(user_agent: bytes) -> Agent:
    text = user_agent.decode("latin-1")  # takes any bytes, and a str is searched twice as fast
    os = _first(_SYSTEMS, text) or "other"
    return Agent(_device(text, os), os, _first(_DECIDING, text) or _by_row(text, os))


remembered = lru_cache(REMEMBERED)(_looked_up)


def _first(table: tuple[tuple[str, str], ...], text: str) -> str | None:
    for name, answer in table:
        if name in text:
            return answer
    return None


def _says(names: tuple[str, ...], text: str) -> bool:
    # Not any(): its generator takes longer than the looking.
    for name in names:  # noqa: SIM110
        if name in text:
            return True
    return False


def _device(text: str, os: str) -> str:
    if _says(_TABLETS, text):
        return "tablet"
    if _says(_PHONES, text):
        return "mobile"
    if os == "android":
        return "desktop" if _says(_NEITHER, text) else "tablet"
    return "tablet" if os == "ios" else "desktop"


def _by_row(text: str, os: str) -> str:
    names = frozenset([product.partition("/")[0] for product in text[text.rfind(")") + 1 :].split()])
    browser = _ROWS.get(names, "other")
    # The browsers of old Androids and BlackBerries call themselves what Safari does.
    return "other" if browser == "safari" and os in ("android", "other") else browser
