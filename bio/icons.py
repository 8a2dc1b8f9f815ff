"""Drawings for networks and ways to be reached: simple shapes of our own, not the networks' logos.

Each is the inside of an SVG of 24 × 24 that is drawn in lines of the text's colour; ``class=f`` marks what is filled.
"""

import msgspec


class Icon(msgspec.Struct, frozen=True):
    """``name`` is what a screen reader says; ``shapes`` is SVG."""

    name: str
    shapes: str


_BUBBLE = '<path d="M4 20l1.2-4.1A8.2 8.2 0 1 1 8.3 19z"/>'

ICONS: dict[str, Icon] = {
    "instagram": Icon(
        "Instagram",
        '<rect x="3.5" y="3.5" width="17" height="17" rx="5"/><circle cx="12" cy="12" r="4"/>'
        '<circle class="f" cx="16.8" cy="7.2" r="1.1"/>',
    ),
    "x": Icon("X", '<path d="M5 4.5l14 15M19 4.5l-14 15"/>'),
    "facebook": Icon(
        "Facebook", '<circle cx="12" cy="12" r="8.5"/><path d="M15.2 8h-1A2.2 2.2 0 0 0 12 10.2v10M9 13h5.6"/>'
    ),  # noqa: E501
    "youtube": Icon(
        "YouTube",
        '<rect x="2.5" y="5.5" width="19" height="13" rx="4"/><path class="f" d="M10 9v6l5-3z"/>',
    ),
    "tiktok": Icon("TikTok", '<path d="M13 4v11.5a3.6 3.6 0 1 1-3.6-3.6M13 4c.3 2.9 2.2 4.8 5 5"/>'),
    "linkedin": Icon(
        "LinkedIn",
        '<rect x="3.5" y="3.5" width="17" height="17" rx="2.5"/><path d="M8 11v5.5M11.8 16.5V11m0 2.6a2.3 2.3 0 0 1 '
        '4.6 0v2.9"/><circle class="f" cx="8" cy="7.8" r="1.1"/>',
    ),
    "github": Icon(
        "GitHub",
        '<path d="M5 10.6V4.8L8.7 7a10 10 0 0 1 6.6 0L19 4.8v5.8c.7 4.6-2 8.2-7 8.2s-7.7-3.6-7-8.2z"/>'
        '<circle class="f" cx="9" cy="12.3" r="1.1"/><circle class="f" cx="15" cy="12.3" r="1.1"/>'
        '<path d="M10.8 15.5h2.4"/>',
    ),
    "mastodon": Icon(
        "Mastodon",
        '<path d="M7 20.5c-2.5-1.5-3.5-4-3.5-8V8A4.5 4.5 0 0 1 8 3.5h8A4.5 4.5 0 0 1 20.5 8v4a4.5 4.5 0 0 1-4.5 '
        '4.5H9.5"/><path d="M8 12.8V9.6a2 2 0 0 1 4 0v1.8M12 9.6a2 2 0 0 1 4 0v3.2"/>',
    ),
    "bluesky": Icon(
        "Bluesky",
        '<path d="M12 11C9.5 6.8 3.5 3.5 3.5 7.5c0 4 1.5 6 5 6-3.5.5-4 3-2.2 4.8 2.2 2.2 4.7-.3 5.7-3.3 1 3 3.5 '
        '5.5 5.7 3.3 1.8-1.8 1.3-4.3-2.2-4.8 3.5 0 5-2 5-6 0-4-6-.7-8.5 3.5z"/>',
    ),
    "threads": Icon(
        "Threads",
        '<circle cx="12" cy="12" r="3.6"/><path d="M15.6 8.4v5a2.5 2.5 0 0 0 5 0V12a8.5 8.5 0 1 0-3.6 7"/>',
    ),
    "whatsapp": Icon(
        "WhatsApp",
        _BUBBLE + '<path d="M9.3 8.4c-.8 3.2 3.1 7.1 6.3 6.3l.3-1.9-2-.7-.9.9c-1-.5-1.5-1-2-2l.9-.9-.7-2z"/>',
    ),
    "telegram": Icon("Telegram", '<path d="M3.5 11.5L20.5 4.5l-3 15-5.5-4-2.8 3-1-5.5z"/><path d="M8.2 13l8-5.5"/>'),
    "discord": Icon(
        "Discord",
        '<path d="M8 6.5c2.6-.7 5.4-.7 8 0 2.5 0 4.8 5.5 4.5 10.5l-4 2-1.5-2.3c-2 .5-4 .5-6 0L7.5 19l-4-2C3.2 12 5.5 '
        '6.5 8 6.5z"/><circle class="f" cx="9.2" cy="12.5" r="1.2"/><circle class="f" cx="14.8" cy="12.5" r="1.2"/>',
    ),
    "twitch": Icon(
        "Twitch",
        '<path d="M5 3.5h15.5v10l-4 4h-4l-3 3v-3H4V7z"/><path d="M11 8v4.5M15.5 8v4.5"/>',
    ),
    "spotify": Icon(
        "Spotify",
        '<circle cx="12" cy="12" r="8.5"/><path d="M7.5 9.5c3-1 6.5-.6 9.2.9M8 12.6c2.6-.8 5.3-.4 7.5.9M8.6 15.5c2-.6 '
        '4-.3 5.6.7"/>',
    ),
    "pinterest": Icon("Pinterest", '<path d="M8.5 3.5h7l-1 6 3 3.5h-11l3-3.5zM12 13v7.5"/>'),
    "mail": Icon("Email", '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3.5 6.5L12 13l8.5-6.5"/>'),
    "phone": Icon(
        "Phone",
        '<path d="M8.5 4H5.5A1.5 1.5 0 0 0 4 5.6C4.6 13.5 10.5 19.4 18.4 20a1.5 1.5 0 0 0 1.6-1.5v-3l-4-1.5-1.8 '
        '2.2a13 13 0 0 1-6.4-6.4L10 8z"/>',
    ),
    "website": Icon(
        "Website",
        '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>',
    ),
    "rss": Icon(
        "Feed", '<path d="M5 11a8 8 0 0 1 8 8M5 5a14 14 0 0 1 14 14"/><circle class="f" cx="6.2" cy="17.8" r="1.5"/>'
    ),
}
"""By the names that pages use."""


def svg(name: str) -> str:
    """The drawing, not to be read out."""
    return f'<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{ICONS[name].shapes}</svg>'
