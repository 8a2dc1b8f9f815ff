"""What may stand on a page: texts, links, icons, colours. What is refused is refused with a message for people.

The functions of one value raise ``ValueError`` with a message that is said about it; :func:`check` raises
:class:`PageError` with the path as well.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import can_ada

from bio.colour import check_contrast, colour_of, readable_on
from bio.icons import ICONS
from bio.page import Colours, Page, PageError
from bio.themes import SCHEMES, THEMES

MAX_TITLE = 100
MAX_DESCRIPTION = 1_000
MAX_LABEL = 100
MAX_ICON = 16
"""Characters of an emoji: a family of four with skin tones has 11."""
MAX_URL = 2_048
"""Bytes: a page of a hundred buttons stays small, and every browser takes it."""
MAX_BUTTONS = 100
MAX_SOCIALS = 20

# What would change how text beside it is shown: the bidirectional marks, embeddings, overrides and isolates of UAX #9.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Controls, halves of characters, line and paragraph separators, noncharacters and private use.
_REFUSED = frozenset(("Cc", "Cs", "Zl", "Zp", "Cn", "Co"))
# Of the other invisible ones those that writing systems and emoji need; tags spell the flags of subdivisions.
_JOINERS = frozenset("\u200c\u200d\u00ad")
_TAGS = range(0xE0020, 0xE0080)

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 section 2.1, as far as pages need it
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.IGNORECASE)
_PHONE = re.compile(r"tel:\+?[0-9][0-9().-]{1,30}", re.IGNORECASE)  # RFC 3966 section 3, without parameters
_EMOJI = frozenset(("So", "Sk", "Sm", "Mn", "Me"))
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_JOINING = frozenset("\u200d\ufe0f")


def text(value: str, most: int, *, lines: bool = False) -> str:
    """``value`` trimmed. 1 to ``most`` characters, none of them a control or one that turns the direction of text;
    ``lines``: line ends may stand in it, and it may be empty."""
    value = value.replace("\r\n", "\n").strip()
    if not value and not lines:
        raise ValueError("must not be blank")
    if len(value) > most:
        raise ValueError(f"must have at most {most} characters, this has {len(value)}")
    wrong = next((char for char in value if not (_is_plain(char) or (lines and char == "\n"))), None)
    if wrong is not None:
        raise ValueError(f"must not contain {'bidirectional control' if wrong in _BIDI else 'control'} characters: "
                         f"found U+{ord(wrong):04X}")  # fmt: skip
    return value


def web_url(url: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """``url`` as browsers serialise it: printable ASCII."""
    if len(url.encode("utf-8", "surrogatepass")) > MAX_URL:
        raise ValueError(f"must not be longer than {MAX_URL} bytes")
    # Browsers drop tabs and line ends out of a URL, so "java\nscript:" has to be found before parsing.
    if not all(map(_is_plain, url)) or " " in url:
        raise ValueError("must not contain spaces or control characters")
    try:
        parsed = can_ada.parse(url)
    except ValueError:
        raise ValueError(f"must be an absolute URL, such as {schemes[-1]}://example.com/") from None
    if parsed.protocol[:-1] not in schemes:
        raise ValueError(f"must have the scheme {' or '.join(schemes)}")
    if parsed.username or parsed.password:
        raise ValueError("must not contain a user name or password")
    href: str = parsed.href
    if len(href) > MAX_URL or not (href.isascii() and href.isprintable()):
        raise ValueError(f"must not be longer than {MAX_URL} bytes once it is percent-encoded")
    return href


def picture_url(url: str) -> str:
    """The https URL of a picture."""
    return web_url(url, ("https",))


def social_url(url: str) -> str:
    """A web address, ``mailto:`` with one address, or ``tel:`` with one number."""
    lower = url[:7].lower()
    if lower == "mailto:":
        if not _MAIL.fullmatch(url) or len(url) > MAX_URL:
            raise ValueError('must be one address without parameters, such as "mailto:name@example.com"')
        return "mailto:" + url[7:]
    if lower.startswith("tel:"):
        if not _PHONE.fullmatch(url):
            raise ValueError('must be one number, such as "tel:+493012345"')
        return "tel:" + url[4:]
    return web_url(url)


def network(name: str) -> str:
    """The name of one of our drawings."""
    if name not in ICONS:
        raise ValueError(f"must be one of {', '.join(ICONS)}")
    return name


def icon(value: str) -> str:
    """The icon of a button: empty, the name of a drawing, an emoji, or the https URL of a picture."""
    if not value or value in ICONS or is_emoji(value):
        return value
    if value[:6].lower() == "https:":
        return picture_url(value)
    raise ValueError(f"must be an https URL, an emoji, or one of {', '.join(ICONS)}")


def is_emoji(value: str) -> bool:
    """Whether ``value`` is symbols and what joins them, and nothing that letters could hide in."""
    if not 1 <= len(value) <= MAX_ICON:
        return False
    return bool(_KEYCAP.fullmatch(value)) or (
        not value.isascii()
        and all(char in _JOINING or ord(char) in _TAGS or unicodedata.category(char) in _EMOJI for char in value)
        and unicodedata.category(value[0]) in ("So", "Sm")
    )


def theme(name: str) -> str:
    """The name of a theme."""
    if name not in THEMES:
        raise ValueError(f"must be one of {', '.join(THEMES)}")
    return name


def scheme(name: str) -> str:
    """Whose light and dark."""
    if name not in SCHEMES:
        raise ValueError(f"must be one of {', '.join(SCHEMES)}")
    return name


def language(tag: str) -> str:
    """A language tag."""
    if len(tag) > 35 or not _LANGUAGE.fullmatch(tag):  # RFC 5646 section 4.4.1
        raise ValueError('must be a language tag (BCP 47), such as "de" or "pt-BR"')
    return tag


def colours(given: Colours) -> Colours:
    """``given`` with all four colours, in lower case. Raises :class:`PageError` whose field is the colour's name."""
    back = _at("background", colour_of, given.background)
    front = _at("text", colour_of, given.text)
    _at("text", lambda value: check_contrast(value, back, "background"), front)
    button = front if given.button is None else _at("button", colour_of, given.button)
    if given.button_text is None:
        on_button = back if given.button is None else readable_on(button)
    else:
        on_button = _at("button_text", colour_of, given.button_text)
        _at("button_text", lambda value: check_contrast(value, button, "button"), on_button)
    return Colours(background=back, text=front, button=button, button_text=on_button)


def check(page: Page) -> None:
    """Raises :class:`PageError` for the first value that cannot be shown."""
    _at("title", lambda value: text(value, MAX_TITLE), page.title)
    _at("description", lambda value: text(value, MAX_DESCRIPTION, lines=True), page.description)
    _at("url", web_url, page.url)
    _at("lang", language, page.lang)
    _at("theme.name", theme, page.theme.name)
    _at("theme.scheme", scheme, page.theme.scheme)
    if page.avatar_url:
        _at("avatar_url", picture_url, page.avatar_url)
    if page.colours is not None:
        colours(page.colours)
    if len(page.buttons) > MAX_BUTTONS:
        raise PageError("buttons", f"must have at most {MAX_BUTTONS} items")
    for index, button in enumerate(page.buttons):
        _at(f"buttons[{index}].label", lambda value: text(value, MAX_LABEL), button.label)
        _at(f"buttons[{index}].href", web_url, button.href)
        _at(f"buttons[{index}].icon", icon, button.icon)
    if len(page.socials) > MAX_SOCIALS:
        raise PageError("socials", f"must have at most {MAX_SOCIALS} items")
    for index, social in enumerate(page.socials):
        _at(f"socials[{index}].network", network, social.network)
        _at(f"socials[{index}].url", social_url, social.url)


def _is_plain(char: str) -> bool:
    kind = unicodedata.category(char)
    if kind == "Cf":
        return char in _JOINERS or ord(char) in _TAGS
    return kind not in _REFUSED


def _at(field: str, checking: Callable[[Any], Any], value: Any) -> Any:
    try:
        return checking(value)
    except ValueError as error:
        raise PageError(field, str(error)) from None
