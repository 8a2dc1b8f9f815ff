"""The Divsly API's handlers: take what was parsed, call the links, say what to answer. No HTTP here."""

from admin.answers_divsly import CREATED, view
from admin.dialect import Reply
from admin.divsly_types import UtmParams, split_tags
from admin.models_divsly import CreateShortLink
from admin.ports import Clock, Links
from admin.routing import Call
from links.model import Draft

GENERATED_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
GENERATED_LENGTH = 5

PUBLIC_LIFETIME_MS = 3_600_000
"""How long a link with ``public: true`` lives: 1 hour, in milliseconds."""


class ShortLinks:
    """The handlers under ``/short-link``. ``clock`` gives epoch milliseconds."""

    def __init__(self, links: Links, clock: Clock) -> None:
        self._links = links
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """POST /short-link"""
        body: CreateShortLink = call.body
        link = await self._links.create(draft(body, self._clock()), call.who)
        return Reply({"success": True, "message": CREATED, "data": view(link, self._links.short_host(link))})


def draft(body: CreateShortLink, now: int) -> Draft:
    """What the links are asked for. ``now``: epoch milliseconds."""
    return Draft(
        destination=body.destinationUrl,
        slug=body.slashTag,
        slug_alphabet=GENERATED_ALPHABET,
        slug_length=GENERATED_LENGTH,
        labels=tuple(split_tags(body.tags or "")),
        title=body.title or "",
        utm=_utm(body),
        extras=_extras(body),
        expires_at=_expiry(body, now),
    )


def _expiry(body: CreateShortLink, now: int) -> int | None:
    if not body.public:
        return body.expirationDate
    latest = now + PUBLIC_LIFETIME_MS
    return latest if body.expirationDate is None else min(latest, body.expirationDate)


def _utm(body: CreateShortLink) -> dict[str, str]:
    """``utm_params`` under the flat fields: the flat ones are what newer clients send."""
    nested = body.utm_params or UtmParams()
    values = {key: getattr(body, f"utm_{key}") or getattr(nested, key) for key in UtmParams.model_fields}
    return {key: value for key, value in values.items() if value}


def _extras(body: CreateShortLink) -> dict[str, object]:
    """What is stored for this API alone: what was given, under the names it is answered with."""
    extras: dict[str, object] = body.qrSettings.model_dump(exclude_none=True) if body.qrSettings else {}
    for name in ("faviconUrl", "btnLabel"):
        value = getattr(body, name)
        if value is not None:
            extras[name] = value
    return extras
