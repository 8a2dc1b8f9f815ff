"""A link as the Divsly API answers it: 48 keys in a fixed order, for programs and for the documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from admin.divsly_types import ANSWERED, SHORT_LINK
from admin.fields import Time
from admin.models_divsly import DEFAULT_BUTTON
from links.model import Link
from links.times import format_millis

CREATED = "Short Link Created Successfully."

_UNSET = "Null while it is not set."
_LATER = "Always null for now."


class DivslyLink(BaseModel):
    """A short link."""

    model_config = ConfigDict(title="Link (Divsly)")

    id: int = Field(description="Names the link in this API.")
    type: str = Field(description="`shortlink`, `qr`, `biolink` or `qrnbiopage`.")
    type2: str | None = Field(description=_LATER)
    userId: int = Field(description="Number of the workspace; 0 for a link that was made without a key.")
    clicks: int = Field(description="Visits that did not come through the QR code.")
    lbClicks: int = Field(description="Visits through a bio page.")
    scans: int = Field(description="Visits through the QR code.")
    destinationUrl: str = Field(description="Where the link leads, as it was sent, without UTM parameters.")
    faviconUrl: str = Field(description="Icon of the link on a bio page.")
    title: str = Field(description="Title of the link.")
    titleLabel: str = Field(description="The title in lower case.")
    btnLabel: str = Field(description="Label of the link on a bio page.")
    brandedDomain: str = Field(description="Host of the short link, with the port unless it is the default one.")
    slashTag: str = Field(description="Slug of the short link.")
    edit: int = Field(description="How many times the link was edited.")
    utm_id: str | None = Field(description=_UNSET)
    utm_content: str | None = Field(description=_UNSET)
    utm_term: str | None = Field(description=_UNSET)
    utm_campaign: str | None = Field(description=_UNSET)
    utm_medium: str | None = Field(description=_UNSET)
    utm_source: str | None = Field(description=_UNSET)
    preset: str | int | None = Field(description=_UNSET)
    bgColor: str | None = Field(description=_UNSET)
    color: str | None = Field(description=_UNSET)
    pattern: str | None = Field(description=_UNSET)
    corner: str | None = Field(description=_UNSET)
    logo: str | None = Field(description=_UNSET)
    qr: str | None = Field(description="URL of the QR image once it was made.")
    qrLogoId: str | int | None = Field(description=_UNSET)
    tags: str = Field(description="Comma-separated tags.")
    linkInBioId: int | None = Field(description=_LATER)
    uniqueTagId: int = Field(description="The same as `id`.")
    isActive: bool = Field(description="A link that is not active answers 410 Gone.")
    isStarred: bool = Field(description="Always false.")
    expirationDate: Time | None = Field(description="When the link starts to answer 410 Gone; null for never.")
    createdAt: Time = Field(description="ISO 8601, UTC, milliseconds.")
    updatedAt: Time = Field(description="ISO 8601, UTC, milliseconds.")
    fieldData: dict[str, Any] | None = Field(description=_LATER)
    frame: str | int | None = Field(description=_UNSET)
    isadminblocked: bool = Field(description="Always false.")
    isEdit: bool = Field(description="Whether the link was edited.")
    password: str | None = Field(description="Never shown.")
    passwordProtectionEnabled: bool = Field(description="Whether visitors are asked for a password.")
    primary: str | None = Field(description=_UNSET)
    qrType: str | None = Field(description=_UNSET)
    secondary: str | None = Field(description=_UNSET)
    text: str | None = Field(description=_UNSET)
    textColor: str | None = Field(description=_UNSET)


class DivslyCreated(BaseModel):
    """A short link was made."""

    success: bool = Field(description="Always true.")
    message: str = Field(description=f"`{CREATED}`")
    data: DivslyLink


def view(link: Link, short_host: str) -> dict[str, Any]:
    """``link`` as this API answers it; ``short_host`` is its host, plus a port that is not the default."""
    utm, extra = link.utm.get, link.extras.get
    return {
        "id": link.id,
        "type": ANSWERED[extra("type", SHORT_LINK)],
        "type2": None,
        "userId": link.workspace,
        "clicks": 0,
        "lbClicks": 0,
        "scans": 0,
        "destinationUrl": link.destination,
        "faviconUrl": extra("faviconUrl", ""),
        "title": link.title,
        "titleLabel": link.title.lower(),
        "btnLabel": extra("btnLabel", DEFAULT_BUTTON),
        "brandedDomain": short_host,
        "slashTag": link.slug,
        "edit": link.edits,
        "utm_id": utm("id"),
        "utm_content": utm("content"),
        "utm_term": utm("term"),
        "utm_campaign": utm("campaign"),
        "utm_medium": utm("medium"),
        "utm_source": utm("source"),
        "preset": extra("preset"),
        "bgColor": extra("bgColor"),
        "color": extra("color"),
        "pattern": extra("pattern"),
        "corner": extra("corner"),
        "logo": extra("logo"),
        "qr": None,
        "qrLogoId": extra("qrLogoId"),
        "tags": ",".join(link.labels),
        "linkInBioId": None,
        "uniqueTagId": link.id,
        "isActive": link.enabled,
        "isStarred": False,
        "expirationDate": None if link.expires_at is None else format_millis(link.expires_at),
        "createdAt": format_millis(link.created_at),
        "updatedAt": format_millis(link.updated_at),
        "fieldData": None,
        "frame": extra("frame"),
        "isadminblocked": False,
        "isEdit": link.edits > 0,
        "password": None,
        "passwordProtectionEnabled": link.password is not None,
        "primary": extra("primary"),
        "qrType": extra("qrType"),
        "secondary": extra("secondary"),
        "text": extra("text"),
        "textColor": extra("textColor"),
    }
