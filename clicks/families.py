"""Names of browsers and systems for people, out of the hundreds that ua-parser knows: "Other" for the rest."""

from functools import lru_cache
from typing import NamedTuple

from ua_parser import parse_os, parse_user_agent

from clicks.agents import MOST_BYTES, agent_of

OTHER = "Other"

BROWSERS = {
    "Chrome": "Chrome",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chromium": "Chrome",
    "HeadlessChrome": "Chrome",
    "Chrome Mobile WebView": "Android WebView",
    "Android": "Android Browser",
    "Safari": "Safari",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "iOS WebView",
    "Firefox": "Firefox",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Firefox Focus": "Firefox",
    "Edge": "Edge",
    "Edge Mobile": "Edge",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "Opera": "Opera",
    "Opera Mobile": "Opera",
    "Opera Mini": "Opera",
    "Opera Tablet": "Opera",
    "Opera Touch": "Opera",
    "Opera GX": "Opera",
    "Samsung Internet": "Samsung Internet",
    "Vivaldi": "Vivaldi",
    "Brave": "Brave",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "DuckDuckGo": "DuckDuckGo",
    "Yandex Browser": "Yandex",
    "UC Browser": "UC Browser",
    "MiuiBrowser": "Mi Browser",
    "HuaweiBrowser": "Huawei Browser",
    "Amazon Silk": "Silk",
    "Facebook": "Facebook",
    "Instagram": "Instagram",
    "Google": "Google App",
    "Snapchat": "Snapchat",
    "TikTok": "TikTok",
    "BytedanceWebview": "TikTok",
    "Pinterest": "Pinterest",
    "LinkedIn": "LinkedIn",
    "Twitter": "X",
    "WhatsApp": "WhatsApp",
    "WeChat": "WeChat",
    "WeChat Browser": "WeChat",
    "Whale": "Whale",
    "Line": "LINE",
    "KakaoTalk": "KakaoTalk",
    "QQ Browser": "QQ Browser",
    "QQ Browser Mobile": "QQ Browser",
}

SYSTEMS = {
    "iOS": "iOS",
    "Android": "Android",
    "Windows": "Windows",
    "Windows Phone": "Windows",
    "Windows Mobile": "Windows",
    "Mac OS X": "macOS",
    "Chrome OS": "ChromeOS",
    "Linux": "Linux",
    "Ubuntu": "Linux",
    "Debian": "Linux",
    "Fedora": "Linux",
    "Gentoo": "Linux",
    "Mandriva": "Linux",
    "HarmonyOS": "HarmonyOS",
    "Tizen": "Tizen",
    "KaiOS": "KaiOS",
}

REMEMBERED = 16_384
"""Answers that are kept, of some 400 bytes each."""


class Family(NamedTuple):
    """``device``: ``mobile``, ``tablet`` or ``desktop``."""

    device: str
    browser: str
    os: str


@lru_cache(REMEMBERED)
def family_of(user_agent: bytes) -> Family:
    """What a User-Agent, as it was sent, is called."""
    cut = user_agent[:MOST_BYTES]
    text = cut.decode("latin-1")
    browser, system = parse_user_agent(text), parse_os(text)
    return Family(
        agent_of(cut).device,
        OTHER if browser is None else BROWSERS.get(browser.family, OTHER),
        OTHER if system is None else SYSTEMS.get(system.family, OTHER),
    )
