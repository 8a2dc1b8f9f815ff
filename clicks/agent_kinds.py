"""What sends a request, by its User-Agent: a person's browser or app, a tool, a bot, or a preview of a link.

The list of bots is that of crawler-user-agents. Tools (HTTP libraries and command lines, which people use) are a short
list of our own. For the collector only: the expressions of the list take 50 ms to compile and 10 MB.
"""

import re
from importlib.metadata import version
from typing import Any

import crawleruseragents  # type: ignore[import-untyped]
import ua_parser_rs

from clicks.classes import Kind

OWN_LISTS = 2
"""Changed with any table of this file, of ``clicks.families`` or ``clicks.agents``."""


def lists_version() -> str:
    """What visits are classified by: visits that were classified by another version may be of another kind today."""
    packages = ("crawler-user-agents", "ua-parser", "ua-parser-rs")
    return f"{OWN_LISTS};" + ";".join(f"{name} {version(name)}" for name in packages)


_TOOLS = re.compile(
    r"(?:curl|libcurl|wget2?|aria2|httpie|xh|lwp-request|libwww-perl|lwp-trivial|python|python-urllib|python-requests"
    r"|python-httpx|httpx|aiohttp|urllib3?|pycurl|scrapy|axios|node|node-fetch|undici|got|superagent|needle|deno|bun"
    r"|go-http-client|go-resty|fasthttp|okhttp|java|java-http-client|apache-httpclient|apache-httpasyncclient"
    r"|apachebench|ahc|async-http-client|jakarta commons-httpclient|jersey|jetty|unirest(?:-java)?|vert\.x-webclient"
    r"|reactornetty|ruby|rest-client|faraday|typhoeus|http\.rb|httparty|mechanize|excon|guzzlehttp|guzzle"
    r"|php-curl-class|php|symfony httpclient|reqwest|hyper|ureq|isahc|surf|dart|restsharp|refit|powershell"
    r"|postmanruntime|insomnia|bruno-runtime|paw|rapidapi|k6|wrk|hey|vegeta|siege|oha|bombardier|locust|jmeter|hackney"
    r"|tesla|finch|winhttp|wininet|lua-resty-http|nim-httpclient|anyevent-http|http_get|http_request2|pcore-http"
    r"|sindresorhus/got)(?:[/ (\-]|$)",
    re.IGNORECASE,
).match
# Windows PowerShell 5 begins as browsers do.
_TOOLS_WITHIN = re.compile(r"(?:WindowsPowerShell|PowerShell)/\d").search

# Text browsers are people; Links and ELinks say so with a parenthesis.
_TEXT_BROWSERS = re.compile(r"(?:Lynx|w3m|ELinks|Links)[/ (]").match

_SAYS_BOT = re.compile(r"bot\b|crawl|spider|scrape|preview|externalhit|facebot", re.IGNORECASE).search

# Browsers inside apps: people, whatever of the app's name stands in a list of bots.
_APPS = re.compile(
    r"FBA[NV]/|FB_IAB|FBIOS|MetaIAB|Instagram|Barcelona|WhatsApp/|Viber|Line/|MicroMessenger|musical_ly|TikTok"
    r"|Bytedance|BytedanceWebview|Snapchat|Pinterest/|Twitter(?: for|Android)|LinkedInApp|GSA/|KAKAOTALK|NAVER|Telegram"
    r"|Reddit/|Discord/|Slack/|Teams/|Bluesky/|Notion/|Tumblr/|Threads|Weibo|QQ/|Zalo|Goodreads/"
).search
_BROWSER = "Mozilla/5.0 ("

_INSTEAD = {
    # Names of apps too, whose people would be taken for their employer's bots: a bot's stands in front.
    "WhatsApp": r"^WhatsApp(?:/|$)",
    "Viber": r"^Viber(?:/|$)",
    "MetaIAB Facebook": None,
    r"AP3A\.240617\.008": None,  # a build of Android that many phones have
    "Goodreads": r"^(?:Mozilla/5\.0 \(compatible; )?Goodreads",
    r"Bluesky\/": r"^Bluesky/",
    r"Notion\/": r"^Notion/",
    r"Tumblr\/": r"^Tumblr/",
    r"Code\/1\.": None,  # editors with a browser in them
    r"Trae\/": None,
    "Fluid": None,
}
_MISSING = [("Bluesky Cardyb/", Kind.PREVIEW)]
"""What the list has not."""

_KINDS_OF_TAGS = (("social-preview", Kind.PREVIEW), ("http-library", Kind.TOOL))

MOST_CHARACTERS = 512
"""Of a user agent that are looked at, as in ``clicks.agents``."""


class AgentKinds:
    """The lists, ready to be asked."""

    def __init__(self) -> None:
        # Previews in front: some of them name the search engine's bot of the same house as well.
        entries = sorted(self._entries(), key=lambda entry: entry[1] != Kind.PREVIEW)
        self._kinds = [kind for _, kind in entries]
        # ua-parser's matcher, which finds the first of many expressions in 2 µs; the library `re` takes 560.
        self._find: Any = ua_parser_rs.UserAgentExtractor(
            [(pattern, str(at), None, None, None, None) for at, (pattern, _) in enumerate(entries)]
        ).extract

    @staticmethod
    def _entries() -> list[tuple[str, Kind]]:
        entries = list(_MISSING)
        for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA:
            pattern = _INSTEAD.get(entry["pattern"], entry["pattern"])
            if pattern is not None:
                tags = entry.get("tags", ())
                kind = next((kind for tag, kind in _KINDS_OF_TAGS if tag in tags), Kind.BOT)
                entries.append((pattern, kind))
        return entries

    def kind_of(self, user_agent: str) -> Kind:
        """``PERSON``, ``TOOL``, ``BOT`` or ``PREVIEW``; an empty or unknown user agent is a person."""
        text = user_agent[:MOST_CHARACTERS]
        found = self._find(text)
        listed = Kind.PERSON if found is None else self._kinds[int(found.family)]
        if _SAYS_BOT(text):
            return listed
        if _TEXT_BROWSERS(text) or (text.startswith(_BROWSER) and _APPS(text)):
            return Kind.PERSON
        if listed != Kind.PREVIEW and (_TOOLS(text) or _TOOLS_WITHIN(text)):
            return Kind.TOOL
        return listed
