"""What stands on a page, as values. They are checked where they are used: see ``bio/checks.py``."""

import msgspec


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """One button. ``icon``: the https URL of a small picture, the name of one of ``bio.icons``, an emoji, or empty.

    It is shown from ``starts_at`` on and until ``ends_at`` (epoch milliseconds; ``None``: no such end).
    """

    label: str
    href: str
    icon: str = ""
    enabled: bool = True
    starts_at: int | None = None
    ends_at: int | None = None


class Social(msgspec.Struct, frozen=True):
    """A profile elsewhere, or a way to write or call. ``network`` is a name of ``bio.icons``."""

    network: str
    url: str


class Colours(msgspec.Struct, frozen=True, kw_only=True):
    """Colours instead of a theme's, each ``#rrggbb``. They are the same by day and by night.

    ``button`` is that of the text where it is not given; ``button_text`` then that of the background, else what can be
    read best.
    """

    background: str
    text: str
    button: str | None = None
    button_text: str | None = None


class Theme(msgspec.Struct, frozen=True):
    """Which of ``bio.themes``, and whether it is ``light``, ``dark``, or what the visitor's system is (``auto``)."""

    name: str = "paper"
    scheme: str = "auto"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page. ``url`` is its public address; ``avatar_url`` is https, or empty for a circle with initials; ``lang`` a
    language tag (BCP 47)."""

    title: str
    url: str
    description: str = ""
    avatar_url: str = ""
    lang: str = "en"
    theme: Theme = Theme()
    colours: Colours | None = None
    buttons: tuple[Button, ...] = ()
    socials: tuple[Social, ...] = ()


class Rendered(msgspec.Struct, frozen=True):
    """A document, the Content-Security-Policy that it needs, and when it will be another one: epoch milliseconds,
    ``None`` for not by itself."""

    html: bytes
    policy: str
    due_at: int | None


class PageError(ValueError):
    """A value that cannot be shown. ``field`` is its path, such as ``buttons[3].label``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
