"""clicks/agents.py: the small table, held against ua-parser's full lists.

ua-parser tells browsers and systems apart by hundreds of names; FAMILIES and SYSTEMS say which of them are ours, all
others are ``other``. Of devices it knows models, not sizes, and Chrome on Android gives none: there the corpus itself
says which it is, or nobody does (most models of old Androids).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ua_parser import Result, parse

from clicks import agents
from clicks.agents import MOST_BYTES, REMEMBERED, Agent, agent_of

BROWSERS = {"chrome", "safari", "firefox", "edge", "opera", "samsung", "other"}
SYSTEM_NAMES = {"ios", "android", "windows", "macos", "linux", "chromeos", "other"}

FAMILIES = {
    "Chrome": "chrome",
    "Chrome Mobile": "chrome",
    "Chrome Mobile iOS": "chrome",
    "Chromium": "chrome",
    "HeadlessChrome": "chrome",
    "Safari": "safari",
    "Mobile Safari": "safari",
    "WebKit Nightly": "safari",
    "Firefox": "firefox",
    "Firefox Mobile": "firefox",
    "Firefox iOS": "firefox",
    "Firefox Beta": "firefox",
    "Edge": "edge",
    "Edge Mobile": "edge",
    "Opera": "opera",
    "Opera Mobile": "opera",
    "Opera Mini": "opera",
    "Opera Tablet": "opera",
    "Opera Touch": "opera",
    "Opera GX": "opera",
    "Samsung Internet": "samsung",
}
"""Not Opera Coast and Neon, which have ended, nor Brave where it gives its name, nor any app or web view."""

SYSTEMS = {
    "iOS": "ios",
    "Android": "android",
    "Windows": "windows",
    "Windows Phone": "windows",
    "Windows Mobile": "windows",
    "Mac OS X": "macos",
    "Chrome OS": "chromeos",
    "Linux": "linux",
    "Ubuntu": "linux",
    "Debian": "linux",
    "Gentoo": "linux",
    "Mandriva": "linux",
}
"""Not Kindle, Sailfish, Tizen, Web0S, webOS, WeTab: Linux, but no desktops."""

DEVICES = {
    "iPhone": "mobile",
    "iPod": "mobile",
    "Generic Smartphone": "mobile",
    "Generic Feature Phone": "mobile",
    "Generic_Android": "mobile",
    "iPad": "tablet",
    "Kindle": "tablet",
    "Kindle Fire": "tablet",
    "Kindle Fire HD": "tablet",
    "Generic Tablet": "tablet",
    "Generic_Android_Tablet": "tablet",
    "Mac": "desktop",
}
DESKTOPS = {"Windows", "Linux", "Ubuntu", "Debian", "Gentoo", "Mandriva", "Chrome OS"}
"""Systems on which ua-parser says no device for a desktop."""

EXCEPTIONS = {
    # ua-parser reads the parenthesis too; the products are those of the browser whose engine it is.
    "; Valve ": (4, "Steam shows pages with Chrome"),
    "; Catchpoint)": (1, "Catchpoint measures pages with Chrome"),
    "; Chromium GOST)": (1, "Chromium with other ciphers"),
    "; BOLT/": (1, "a browser that ended in 2011 and said that it was Safari"),
    # We look at the products as a whole.
    "Safari/537.36 Honorlock": (1, "Chrome with an extension that adds its name"),
    " Teams/": (1, "Teams shows pages with Edge, and one name is enough for Edge"),
    "PPC Mac OS X; en-us) AppleWebKit/418.8": (1, "Safari before 3.0 gave no version"),
    "Large Screen WebAppManager": (1, "a television's app that ua-parser takes for Safari"),
    "Firefox-4.0/": (1, "a pre-release of Firefox 4, with a hyphen for the slash"),
    # Systems.
    "(SMART-TV; Linux; ": (1, "a television: Linux, but no desktop"),
    "SmartTV/10.0": (1, "the same"),
    "FVC/9.0": (1, "the same"),
    "CreativeCloud/": (1, "ua-parser does not know a Macintosh without version"),
    "(PlayStation Vita 1.81)": (1, "Sony's browser borrows the name Silk"),
    "(iOS; U; en-US)": (1, "Adobe AIR's name of the system, an app's"),
    # Devices.
    " Puffin/": (6, "its servers ask for phones and tablets, and say so with two letters at the end"),
    "AdobeAIR/23.0": (1, "an app on Android that does not say Mobile: by Google's rule a tablet"),
    "ownCloud-android": (1, "the same"),
    " RobloxApp/": (2, "the same, and it says Phone"),
    "EdgiOS/108 Version": (1, "asks for desktop pages as a Mac, but EdgiOS runs on iPads and iPhones only"),
    "CriOS/102 Version": (1, "the same with CriOS"),
    "webOS/1.2": (1, "Palm's phones, which end with Desktop"),
    "Windows CE 5.1": (1, "nothing in it says a phone but a system of 2006"),
}
"""Part of a user agent; how many of the corpus that have it are seen differently, and why."""


def corpus() -> Iterator[tuple[str, str]]:
    """Each user agent with the device that its source says, ``-`` where it says none."""
    for line in Path(__file__).with_name("agents.txt").read_text().splitlines():
        if not line.startswith("#"):
            device, _, text = line.partition("\t")
            yield text, device


def family_of(part: object) -> str | None:
    return getattr(part, "family", None)


def device_of(said: str, parsed: Result) -> str | None:
    """The device according to the corpus or to ua-parser; ``None`` where neither knows."""
    if said != "-":
        return said
    device, system = family_of(parsed.device), family_of(parsed.os)
    if device is None:
        return "desktop" if system in DESKTOPS else None
    return DEVICES.get(device)


def differences(text: str, said: str) -> list[str]:
    """What we say, and what the others say, where that is not the same."""
    ours, parsed = agent_of(text.encode()), parse(text[:MOST_BYTES])
    theirs = Agent(
        device_of(said, parsed) or ours.device,
        SYSTEMS.get(family_of(parsed.os) or "", "other"),
        FAMILIES.get(family_of(parsed.user_agent) or "", "other"),
    )
    return [f"{a}, not {b}" for a, b in zip(ours, theirs, strict=True) if a != b]


def test_it_says_what_the_full_lists_say() -> None:
    differing = {text: found for text, said in corpus() if (found := differences(text, said))}
    assert {text: f for text, f in differing.items() if not any(part in text for part in EXCEPTIONS)} == {}
    counts = {part: sum(part in text for text in differing) for part in EXCEPTIONS}
    assert counts == {part: count for part, (count, _) in EXCEPTIONS.items()}


def test_the_corpus_is_what_its_head_says() -> None:
    devices = [said for _, said in corpus()]
    assert {said: devices.count(said) for said in devices} == {"mobile": 811, "tablet": 16, "desktop": 125, "-": 463}
    assert len({text for text, _ in corpus()}) == len(devices) == 952 + 463


ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
FIRE = ANDROID.replace("K)", "KFTRWI)")
WEB_VIEW = ANDROID.replace("K)", "Pixel 9; wv)")
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = "Chrome/154.0.0.0"
SAFARI = "Safari/537.36"
CASES = [
    ("desktop other other", ""),
    ("desktop other other", "curl/8.14.1"),
    # An iPad that asks for desktop pages, as it does by default: nothing tells it from a Mac.
    ("desktop macos safari", f"{MAC} Version/26.0 Safari/605.1.15"),
    ("tablet ios safari", f"{IPAD} Version/26.0 Mobile/15E148 Safari/604.1"),
    ("mobile ios safari", f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1"),
    ("mobile ios chrome", f"{IPHONE} CriOS/154.0 Mobile/15E148 Safari/604.1"),
    ("mobile ios firefox", f"{IPHONE} FxiOS/156.0 Mobile/15E148 Safari/605.1.15"),
    ("tablet ios firefox", f"{MAC} FxiOS/156.0 Safari/605.1.15"),
    ("mobile ios edge", f"{IPHONE} Version/18.0 EdgiOS/154.0 Mobile/15E148 Safari/604.1"),
    ("mobile ios opera", f"{IPHONE} OPiOS/16.0 Mobile/15E148 Safari/9537.53"),
    ("mobile ios opera", f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1 OPT/6.0"),
    # Apps and web views.
    ("mobile ios other", f"{IPHONE} Mobile/15E148"),
    ("mobile ios other", f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/540.0.0.33;FBDV/iPhone14,5]"),
    ("mobile ios other", f"{IPHONE} Mobile/15E148 Instagram 400.0 (iPhone14,5; iOS 18_7)"),
    ("mobile ios other", f"{IPHONE} GSA/439.4 Mobile/15E148 Safari/604.1"),
    ("mobile android other", f"{WEB_VIEW} Version/4.0 {CHROME} Mobile {SAFARI}"),
    ("mobile android other", f"{WEB_VIEW} Version/4.0 {CHROME} Mobile {SAFARI} [FB_IAB/FB4A;FBAV/540.0;]"),
    ("mobile android other", f"{ANDROID} Version/4.0 Mobile Safari/534.30"),
    ("mobile android chrome", f"{ANDROID} {CHROME} Mobile {SAFARI}"),
    ("tablet android chrome", f"{ANDROID} {CHROME} {SAFARI}"),
    ("mobile android edge", f"{ANDROID} {CHROME} Mobile {SAFARI} EdgA/154.0.0.0"),
    ("mobile android opera", f"{ANDROID} {CHROME} Mobile {SAFARI} OPR/97.0.0.0"),
    ("mobile android samsung", f"{ANDROID} SamsungBrowser/30.0 {CHROME} Mobile {SAFARI}"),
    ("tablet android samsung", f"{ANDROID} SamsungBrowser/30.0 {CHROME} {SAFARI}"),
    ("tablet android other", f"{FIRE} Silk/130.1 like {CHROME} {SAFARI}"),
    ("desktop android chrome", f"{ANDROID.replace('K)', 'BRAVIA 4K UR2)')} {CHROME} {SAFARI}"),
    ("desktop android chrome", f"{ANDROID.replace('K)', 'AFTS)')} {CHROME} {SAFARI}"),
    ("desktop android chrome", f"{ANDROID.replace('K)', 'Android TV)')} {CHROME} {SAFARI}"),
    ("mobile android opera", "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; id) Presto/2.12.423 Version/12.16"),
    ("mobile android firefox", "Mozilla/5.0 (Android 16; Mobile; rv:156.0) Gecko/156.0 Firefox/156.0"),
    ("tablet android firefox", "Mozilla/5.0 (Android 16; Tablet; rv:156.0) Gecko/156.0 Firefox/156.0"),
    ("mobile other firefox", "Mozilla/5.0 (Mobile; rv:29.0) Gecko/29.0 Firefox/29.0"),
    ("tablet other firefox", "Mozilla/5.0 (Tablet; rv:29.0) Gecko/29.0 Firefox/29.0"),
    ("desktop windows chrome", f"{WINDOWS} {CHROME} {SAFARI}"),
    ("desktop windows edge", f"{WINDOWS} {CHROME} {SAFARI} Edg/154.0.0.0"),
    ("desktop windows edge", f"{WINDOWS} {CHROME} {SAFARI} Edge/18.17763"),
    ("desktop windows opera", f"{WINDOWS} {CHROME} {SAFARI} OPR/136.0.0.0 (Edition std-2)"),
    ("desktop windows other", f"{WINDOWS} {CHROME} {SAFARI} Vivaldi/7.9"),
    ("desktop windows other", f"{WINDOWS} {CHROME} YaBrowser/26.8 Yowser/2.5 {SAFARI}"),
    ("desktop windows other", "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko"),
    (
        "mobile windows edge",
        f"{ANDROID.replace('Linux', 'Windows Phone 10.0')} {CHROME} Mobile {SAFARI} Edge/15.15063",
    ),
    ("desktop chromeos chrome", f"{LINUX.replace('Linux x86_64', 'CrOS x86_64 14541.0.0')} {CHROME} {SAFARI}"),
    ("desktop linux chrome", f"{LINUX} {CHROME} {SAFARI}"),
    ("desktop linux chrome", f"{LINUX} Headless{CHROME} {SAFARI}"),
    ("desktop linux firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:156.0) Gecko/20100101 Firefox/156.0"),
    ("desktop other other", f"{LINUX.replace('X11; Linux x86_64', 'SMART-TV; Linux; Tizen 8.0')} {CHROME} TV {SAFARI}"),
]


@pytest.mark.parametrize(("said", "text"), CASES)
def test_it_says(said: str, text: str) -> None:
    assert " ".join(agent_of(text.encode())) == said


def test_only_the_beginning_counts() -> None:
    mac = b"Mozilla/5.0 (Macintosh)".ljust(MOST_BYTES)
    assert agent_of(mac + b" (iPad)") == agent_of(mac)
    assert agent_of(mac[:-4] + b"iPad").device == "tablet"


@given(st.binary(max_size=2 * MOST_BYTES) | st.text(max_size=MOST_BYTES).map(str.encode))
def test_whatever_is_sent_has_an_answer(text: bytes) -> None:
    device, system, browser = agent_of(text)
    assert device in {"mobile", "tablet", "desktop"}
    assert system in SYSTEM_NAMES
    assert browser in BROWSERS


def test_no_more_is_remembered_than_that() -> None:
    for n in range(REMEMBERED + 10):
        agent_of(b"visitor/%d" % n)
    info = agents.remembered.cache_info()
    assert info.currsize == info.maxsize == REMEMBERED
