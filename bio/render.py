"""A page as one HTML document: no script, one style sheet that the policy allows by its hash, nothing loaded but
pictures. Pure: the same page and time give the same bytes.

Whatever comes from the page is escaped, and stands in text or in an attribute with quotes, nowhere else.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape

from bio import checks
from bio.icons import ICONS, svg
from bio.page import Button, Page, Rendered, Social
from bio.style import bar_colours, style_of

_SUMMARY = 200
"""Characters of the description that search engines and previews are told."""


def render(page: Page, now_ms: int) -> Rendered:
    """The document as it is at ``now_ms`` (epoch milliseconds). Raises :class:`bio.page.PageError` for what cannot be
    shown."""
    checks.check(page)
    style = style_of(page)
    shown = [button for button in page.buttons if is_shown(button, now_ms)]
    html = "\n".join((*_head(page, style), *_body(page, shown), ""))
    return Rendered(html.encode(), _policy(style), due_at(page, now_ms))


def is_shown(button: Button, now_ms: int) -> bool:
    """Whether a button is there at ``now_ms``."""
    begun = button.starts_at is None or button.starts_at <= now_ms
    ended = button.ends_at is not None and button.ends_at <= now_ms
    return button.enabled and begun and not ended


def due_at(page: Page, now_ms: int) -> int | None:
    """The first time after ``now_ms`` at which a button comes or goes."""
    times = [
        time
        for button in page.buttons
        if button.enabled and not (button.ends_at is not None and button.ends_at <= now_ms)
        for time in (button.starts_at, button.ends_at)
        if time is not None and time > now_ms
    ]
    return min(times, default=None)


def initials(title: str) -> str:
    """The first letters of the first and last word, for a page without a picture."""
    words = [word for word in ("".join(filter(str.isalnum, part)) for part in title.split()) if word]
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    # ẞ and the like have an upper case of two letters.
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in letters) or "•"


def _policy(style: str) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src https: data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def _head(page: Page, style: str) -> tuple[str, ...]:
    title, url = escape(page.title.strip()), escape(checks.web_url(page.url))
    summary = escape(_shortened(" ".join(page.description.split())))
    light, dark = bar_colours(page)
    return (
        "<!DOCTYPE html>",
        f'<html lang="{escape(page.lang)}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{title}</title>",
        *([f'<meta name="description" content="{summary}">'] if summary else ()),
        f'<link rel="canonical" href="{url}">',
        f'<meta name="theme-color" content="{light}" media="(prefers-color-scheme:light)">',
        f'<meta name="theme-color" content="{dark}" media="(prefers-color-scheme:dark)">',
        '<meta property="og:type" content="profile">',
        f'<meta property="og:title" content="{title}">',
        f'<meta property="og:url" content="{url}">',
        *([f'<meta property="og:description" content="{summary}">'] if summary else ()),
        '<meta name="twitter:card" content="summary">',
        f'<meta name="twitter:title" content="{title}">',
        *([f'<meta name="twitter:description" content="{summary}">'] if summary else ()),
        *_picture_tags(page),
        f"<style>{style}</style>",
        "</head>",
    )


def _picture_tags(page: Page) -> tuple[str, ...]:
    if not page.avatar_url:
        return ()
    url = escape(checks.picture_url(page.avatar_url))
    return (f'<meta property="og:image" content="{url}">', f'<meta name="twitter:image" content="{url}">')


def _body(page: Page, buttons: list[Button]) -> tuple[str, ...]:
    description = checks.text(page.description, checks.MAX_DESCRIPTION, lines=True)
    return (
        "<body>",
        "<main>",
        "<header>",
        _avatar(page),
        f'<h1 dir="auto">{escape(page.title.strip())}</h1>',
        *([f'<p dir="auto">{escape(description)}</p>'] if description else ()),
        "</header>",
        *(_list("Links", "b", [_button(button) for button in buttons])),
        *(_list("Profiles and contact", "s", [_social(social) for social in page.socials])),
        "</main>",
        "</body>",
        "</html>",
    )


def _avatar(page: Page) -> str:
    if not page.avatar_url:
        return f'<div class="a" aria-hidden="true">{escape(initials(page.title))}</div>'
    # Nothing is said of it: the heading beneath has the name.
    url = escape(checks.picture_url(page.avatar_url))
    return f'<img class="a" src="{url}" alt="" width="96" height="96" referrerpolicy="no-referrer">'


def _list(name: str, kind: str, items: list[str]) -> tuple[str, ...]:
    """A list with a landmark of its own. ``role``: Safari takes a list without bullets for none."""
    if not items:
        return ()
    return (
        f'<nav aria-label="{name}"><ul class="{kind}" role="list">',
        *(f"<li>{item}</li>" for item in items),
        "</ul></nav>",
    )


def _button(button: Button) -> str:
    href, label = escape(checks.web_url(button.href)), escape(button.label.strip())
    return f'<a href="{href}">{_icon(button.icon)}<span dir="auto">{label}</span></a>'


def _icon(icon: str) -> str:
    if not icon:
        return ""
    if icon in ICONS:
        return f'<span class="i">{svg(icon)}</span>'
    if checks.is_emoji(icon):
        return f'<span class="i" aria-hidden="true">{escape(icon)}</span>'
    return (
        f'<img class="i" src="{escape(checks.picture_url(icon))}" alt="" width="28" height="28" loading="lazy" '
        'referrerpolicy="no-referrer">'
    )


def _social(social: Social) -> str:
    name = ICONS[social.network].name
    return f'<a href="{escape(checks.social_url(social.url))}" rel="me" aria-label="{name}">{svg(social.network)}</a>'


def _shortened(text: str) -> str:
    return text if len(text) <= _SUMMARY else text[: _SUMMARY - 1].rstrip() + "…"
