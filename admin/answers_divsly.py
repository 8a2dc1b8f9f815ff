"""A link as the Divsly API answers it: 48 keys in a fixed order, for programs and for the documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from admin.divsly_types import ANSWERED, SHORT_LINK
from admin.fields import Time
from admin.models_divsly import DEFAULT_BUTTON
from admin.wire_divsly import DivslyFieldError
from clicks.answers import Counts
from links.model import Link
from links.times import format_millis

CREATED = "Short Link Created Successfully."
LISTED = "Short Links Fetched Successfully."
CHANGED = "Short Link Updated Successfully."
DELETED = "Short Link Deleted Successfully."
IMPORTED = "Short Links Imported Successfully."
ALL_DELETED = "Short Links Deleted Successfully."
QR_CREATED = "Qr Code Created Successfully."
QR_LISTED = "Qr Codes Fetched Successfully."
QR_CHANGED = "Qr Code Updated Successfully."
QR_DELETED = "Qr Code Deleted Successfully."

NO_COUNTS = Counts()

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
    lbClicks: int = Field(description="Visits through a bio page; in `clicks`, too.")
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
    linkInBioId: int | None = Field(description="Number of the bio page that the link is on.")
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
    """A short link was made or changed."""

    success: bool = Field(description="Always true.")
    message: str = Field(description="What was done.", examples=[CREATED])
    data: DivslyLink


class DivslyOne(BaseModel):
    """One short link."""

    success: bool = Field(description="Always true.")
    data: DivslyLink


class DivslyList(BaseModel):
    """Short links, newest first."""

    message: str = Field(description="What was done.", examples=[LISTED])
    success: bool = Field(description="Always true.")
    resultData: list[DivslyLink] = Field(description="The links of this page.")
    error: None = Field(description="Always null.")


class DivslyDone(BaseModel):
    """It was done."""

    success: bool = Field(description="Always true.")
    message: str = Field(description="What was done.", examples=[DELETED])


class DivslyRefusedRow(BaseModel):
    """A row that no link was made of."""

    index: int = Field(description="Its place in `importData`, from 0.")
    destinationUrl: str | None = Field(description="As it was sent.")
    slashTag: str | None = Field(description="As it was sent.")
    message: str = Field(description="As of a single creation.", examples=["Slug already exists"])
    errors: list[DivslyFieldError] = Field(
        default_factory=list, description="Each field that is at fault; only there with `Bad Request`."
    )


class DivslyImportedData(BaseModel):
    """What became of the rows."""

    created: list[DivslyLink] = Field(description="The links that were made, in the order of the rows.")
    errors: list[DivslyRefusedRow] = Field(description="The rows that none was made of.")


class DivslyImported(BaseModel):
    """Links were imported."""

    success: bool = Field(description="Whether any link was made.")
    message: str = Field(description="What was done.", examples=[IMPORTED])
    data: DivslyImportedData


class DivslyBulkDeletedData(BaseModel):
    """What became of the links."""

    deleted: list[int] = Field(description="Numbers of the links that were deleted.")
    notFound: list[int] = Field(description="Numbers that the workspace has no link of.")


class DivslyBulkDeleted(BaseModel):
    """Links were deleted."""

    success: bool = Field(description="Always true.")
    message: str = Field(description="What was done.", examples=[ALL_DELETED])
    data: DivslyBulkDeletedData


class DivslyCity(BaseModel):
    """A city, and the visits that came from it."""

    country: str | None = Field(description="English name; null with `city` `other`.")
    countryCode: str | None = Field(description="ISO 3166-1 alpha-2.")
    city: str = Field(description="English name; `other` for those beyond the 200 that are kept of a day.")
    clicks: int = Field(description="Visits that did not come through the QR code.")
    scans: int = Field(description="Visits through the QR code.")


class DivslyCities(BaseModel):
    """Cities, the most frequent first."""

    success: bool = Field(description="Always true.")
    message: str = Field(description="What was done.")
    data: list[DivslyCity] = Field(description="The cities.")


def view(
    link: Link, short_host: str, qr: str | None = None, page: int | None = None, counts: Counts = NO_COUNTS
) -> dict[str, Any]:
    """``link`` as this API answers it; ``short_host`` is its host, plus a port that is not the default; ``qr`` the
    address of its QR code's image, ``page`` the number of the bio page that it is on, ``counts`` its visits."""
    utm, extra = link.utm.get, link.extras.get
    return {
        "id": link.id,
        "type": ANSWERED[extra("type", SHORT_LINK)],
        "type2": None,
        "userId": link.workspace,
        "clicks": counts.clicks + counts.bio_clicks,
        "lbClicks": counts.bio_clicks,
        "scans": counts.scans,
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
        "qr": qr,
        "qrLogoId": extra("qrLogoId"),
        "tags": ",".join(link.labels),
        "linkInBioId": page,
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
