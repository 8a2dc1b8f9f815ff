"""From the Divsly API's bodies to what the links are asked for. Pure."""

from collections.abc import Mapping
from typing import Any

from admin.divsly_types import SHORT_LINK, WITH_QR, QrSettings, UtmParams, split_tags
from admin.models_divsly import DEFAULT_BUTTON, ChangeShortLink, CreateShortLink
from links.errors import invalid
from links.model import DEFAULT_WORKSPACE, Changes, Draft, Link
from links.quotas import QR_EXTRA

GENERATED_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
GENERATED_LENGTH = 5

PUBLIC_LIFETIME_MS = 3_600_000
"""How long a link with ``public: true`` lives: 1 hour, in milliseconds."""

TYPE_EXTRA = "type"
"""The extra that says a link's type; a short link has none."""

# Stored for this API alone under the names of its fields.
_PLAIN_EXTRAS = ("faviconUrl", "btnLabel")


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
        utm=_utm(body, {}),
        password=password,
        extras=extras_of(body, {}),
        expires_at=_expiry(body, now, body.expirationDate),
        track=body.track is not False,
    )


def changes(body: ChangeShortLink, link: Link, now: int, password: str | None, domain: str | None) -> Changes:
    """What is to become of ``link``, as it is in the moment of the change: what was sent, laid over what it has.

    ``password``: the hash of the one that was sent; ``domain``: as it is stored, ``None`` where it stays. Raises
    :class:`LinkError` ``INVALID``.
    """
    sent = body.model_fields_set
    wanted: dict[str, Any] = {
        "utm": _utm(body, link.utm),
        "extras": extras_of(body, link.extras),
        "password": _password(body, link, password),
    }
    if "destinationUrl" in sent:
        wanted["destination"] = body.destinationUrl
    if body.slashTag is not None:
        wanted["slug"] = body.slashTag
    if domain is not None:
        wanted["domain"] = domain
    if "tags" in sent:
        wanted["labels"] = tuple(split_tags(body.tags or ""))
    if "title" in sent:
        wanted["title"] = body.title or ""
    if "expirationDate" in sent or body.public:
        wanted["expires_at"] = _expiry(body, now, body.expirationDate if "expirationDate" in sent else link.expires_at)
    if body.track is not None:
        wanted["track"] = body.track
    return Changes(**wanted)


def extras_of(body: CreateShortLink, old: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored for this API alone: what was sent, laid over ``old``, under the names it is answered with."""
    given: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN_EXTRAS if name in body.model_fields_set}
    if given.get("btnLabel") == DEFAULT_BUTTON:  # who sends back what was answered changes nothing
        given["btnLabel"] = None
    given |= settings_of(body)
    if body.type is not None:
        given[TYPE_EXTRA] = None if body.type == SHORT_LINK else body.type
    if body.isQrGenerated is not None:
        given[QR_EXTRA] = body.isQrGenerated or None
    merged = {name: value for name, value in {**old, **given}.items() if value is not None}
    if merged.get(TYPE_EXTRA) in WITH_QR:  # such a link always has a code
        merged[QR_EXTRA] = True
    return merged


def settings_of(body: CreateShortLink) -> dict[str, Any]:
    """The ``qrSettings`` that were sent, and those beside the other fields, which win; ``None`` for one to clear."""
    places = (body.qrSettings, body if isinstance(body, QrSettings) else None)
    return {
        name: getattr(place, name)
        for place in places
        if place is not None
        for name in QrSettings.model_fields
        if name in place.model_fields_set
    }


def _expiry(body: CreateShortLink, now: int, otherwise: int | None) -> int | None:
    if not body.public:
        return otherwise
    latest = now + PUBLIC_LIFETIME_MS
    return latest if otherwise is None else min(latest, otherwise)


def _utm(body: CreateShortLink, old: Mapping[str, str]) -> dict[str, str]:
    """``utm_params`` under the flat fields: the flat ones are what newer clients send."""
    nested = body.utm_params or UtmParams()
    merged = dict(old)
    for key in UtmParams.model_fields:
        value = getattr(body, f"utm_{key}") or getattr(nested, key)
        if value:
            merged[key] = value
        elif f"utm_{key}" in body.model_fields_set or key in nested.model_fields_set:
            merged.pop(key, None)
    return merged


def _password(body: ChangeShortLink, link: Link, password: str | None) -> str | None:
    kept = link.password
    if "password" in body.model_fields_set:
        kept = password
    if body.passwordProtectionEnabled is False:
        return None
    if body.passwordProtectionEnabled and kept is None:
        raise invalid("is_protected", "needs a password")
    return kept
