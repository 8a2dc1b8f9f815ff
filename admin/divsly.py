"""The Divsly API's handlers: take what was parsed, call the links, say what to answer. No HTTP here."""

from admin.answers_divsly import CREATED, view
from admin.dialect import Reply
from admin.divsly_types import SHORT_LINK, WITH_QR, UtmParams, split_tags
from admin.errors import Detail
from admin.guests import NO_GUESTS, Guests
from admin.models_divsly import CreateShortLink
from admin.ports import Clock, Domains, HashPassword, Links
from admin.routing import Call
from admin.validation import invalid
from links.model import DEFAULT_WORKSPACE, Draft
from links.quotas import QR_EXTRA

GENERATED_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
GENERATED_LENGTH = 5

# Fields of which a guest may not ask for anything.
_NEEDS_KEY = (
    "brandedDomain",
    "password",
    "passwordProtectionEnabled",
    "bioPage",
    "isLinkInBio",
    "isQrGenerated",
    "qrSettings",
)

PUBLIC_LIFETIME_MS = 3_600_000
"""How long a link with ``public: true`` lives: 1 hour, in milliseconds."""


class ShortLinks:
    """The handlers under ``/short-link``. ``clock`` gives epoch milliseconds."""

    def __init__(
        self,
        links: Links,
        domains: Domains,
        clock: Clock,
        hash_password: HashPassword,
        guests: Guests = NO_GUESTS,
    ) -> None:
        self._links = links
        self._domains = domains
        self._clock = clock
        self._hash_password = hash_password
        self._guests = guests

    async def create(self, call: Call) -> Reply:
        """POST /short-link"""
        body: CreateShortLink = call.body
        if call.key is None:
            _require_plain(body)
            self._guests.admit(call.address)
        domain = self._domains.host_for(body.brandedDomain, call.workspace)
        asked = draft(body, self._clock(), await self._protection(body), call.workspace, domain)
        link = await self._links.create(asked, call.who)
        return Reply({"success": True, "message": CREATED, "data": view(link, self._links.short_host(link))})

    async def _protection(self, body: CreateShortLink) -> str | None:
        """The hash of the password that visitors are to be asked for."""
        if body.password is None or body.passwordProtectionEnabled is False:
            return None
        return await self._hash_password(body.password)


def _require_plain(body: CreateShortLink) -> None:
    """Raises :class:`Problem` that names what only the bearer of a key may ask for, if that is asked for."""
    asked = {name: getattr(body, name) for name in _NEEDS_KEY}
    asked["type"] = None if body.type == SHORT_LINK else body.type
    details = [Detail(name, "needs a key") for name, value in asked.items() if value not in (None, False)]
    if details:
        raise invalid(details)


def draft(
    body: CreateShortLink,
    now: int,
    password: str | None = None,
    workspace: int = DEFAULT_WORKSPACE,
    domain: str = "",
) -> Draft:
    """What the links are asked for. ``now``: epoch milliseconds; ``password``: a hash; ``domain``: as it is stored."""
    return Draft(
        domain=domain,
        workspace=workspace,
        destination=body.destinationUrl,
        slug=body.slashTag,
        slug_alphabet=GENERATED_ALPHABET,
        slug_length=GENERATED_LENGTH,
        labels=tuple(split_tags(body.tags or "")),
        title=body.title or "",
        utm=_utm(body),
        password=password,
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
    if body.type not in (None, SHORT_LINK):
        extras["type"] = body.type
    if body.isQrGenerated or body.type in WITH_QR:
        extras[QR_EXTRA] = True
    for name in ("faviconUrl", "btnLabel"):
        value = getattr(body, name)
        if value is not None:
            extras[name] = value
    return extras
