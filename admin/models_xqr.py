"""What the XQR API takes and answers, as models: they validate, and their descriptions are the documentation."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from admin.fields import Label, Seconds, Time, Url, shown, storable
from admin.models_rules import Rules
from admin.rows import LATER, Rows
from admin.validation import rule
from admin.wire_xqr import XqrErrorBody, XqrListMeta, XqrMeta
from links.model import Changes, Draft

MIN_SLUG, MAX_SLUG = 3, 64
MAX_LABELS = 10
MAX_SWITCHED = 200
"""Links that are enabled or disabled at once (the XQR reference)."""

_NOT_SLUG = re.compile(r"[^A-Za-z0-9-]")

_URL = "Destination URL. Must be a valid HTTP or HTTPS URL."
_LABELS = "Labels for organizing links: 1 to 64 characters each, trimmed, duplicates folded, order kept."
_RULES = (
    "Conditional routing rules: the one with the lowest priority that matches says where the visitor is sent; if none "
    "does, `url` does. A link with rules answers 302 and is never cached."
)
_EXPIRES = (
    "ISO 8601 date or time after which the link answers 410 Gone. Without a zone it is UTC, a date alone is its "
    "00:00 UTC, fractions of a second are cut."
)
_TRACK = (
    "Whether its visits are counted. Of a link with `false` nothing is, from a second later on: no totals, no charts, "
    "no single visits; it redirects as any other. Not part of the answered link."
)
_EXAMPLE_URL = "https://example.com/summer-sale?utm_source=qr"
_EXAMPLE_LINK: JsonDict = {
    "id": "d47f2e1a-8c3b-4a5d-9e6f-1234567890ab",
    "short_url": "http://localhost:8080/summer24",
    "short_code": "summer24",
    "destination": _EXAMPLE_URL,
    "enabled": True,
    "labels": ["campaign", "summer"],
    "routing_rules": [],
    "scan_count": 0,
    "last_scan_at": None,
    "expires_at": "2026-09-30T23:59:59Z",
    "created_at": "2026-03-21T14:30:00Z",
    "updated_at": "2026-03-21T14:30:00Z",
}


def _slug(text: str) -> str:
    if not MIN_SLUG <= len(text) <= MAX_SLUG:
        fault = "short" if len(text) < MIN_SLUG else "long"
        raise rule(f"is too {fault}: it must have {MIN_SLUG} to {MAX_SLUG} characters, this has {len(text)}")
    wrong = _NOT_SLUG.search(text)
    if wrong:
        raise rule(f"must have letters A-Z and a-z, digits and hyphens only, not {shown(wrong[0])}")
    return storable(text)


Slug = Annotated[
    str,
    AfterValidator(_slug),
    WithJsonSchema({"type": "string", "minLength": MIN_SLUG, "maxLength": MAX_SLUG, "pattern": "^[A-Za-z0-9-]+$"}),
]
Labels = Annotated[list[Label], Field(max_length=MAX_LABELS)]


def _folded(labels: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels))


class CreateLink(BaseModel):
    """A short link to make. Optional fields may be left out or null."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "url": _EXAMPLE_URL,
                    "custom_slug": "summer24",
                    "labels": ["campaign", "summer"],
                    "expires_at": "2026-09-30T23:59:59Z",
                }
            ]
        },
    )

    url: Url = Field(description=_URL)
    custom_slug: Slug | None = Field(
        default=None,
        description="Custom short code: 3 to 64 letters, digits and hyphens. If omitted, a random 7-character code "
        "is generated.",
    )
    labels: Labels | None = Field(default=None, description=_LABELS)
    routing_rules: Rules | None = Field(default=None, description=_RULES)
    expires_at: Seconds | None = Field(default=None, description=f"{_EXPIRES} A time that has passed is accepted.")
    track: bool | None = Field(default=None, description=f"{_TRACK} true if omitted.")

    def draft(self, workspace: int) -> Draft:
        """What the links are asked for."""
        return Draft(
            workspace=workspace,
            destination=self.url,
            slug=self.custom_slug,
            labels=_folded(self.labels or []),
            rules=tuple(self.routing_rules or ()),
            expires_at=self.expires_at,
            track=self.track is not False,
        )


# PATCH field → field of Changes, and how its value is turned into what Changes has.
_CHANGES: dict[str, tuple[str, Callable[[Any], Any] | None]] = {
    "url": ("destination", None),
    "custom_slug": ("slug", None),
    "labels": ("labels", _folded),
    "enabled": ("enabled", None),
    "routing_rules": ("rules", tuple),
    "expires_at": ("expires_at", None),
    "track": ("track", None),
}


class PatchLink(BaseModel):
    """What to change. Fields that are left out stay as they are; null clears `expires_at` and is refused elsewhere."""

    # Defaults are never read: model_fields_set tells what was sent. They only make a field optional without null.
    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"labels": ["campaign", "autumn"]}]}
    )

    url: Url = Field(default_factory=str, description=_URL)
    labels: Labels = Field(default_factory=list, description=f"{_LABELS} The array replaces the old one.")
    enabled: bool = Field(default_factory=bool, description="A link that is not enabled answers 410 Gone.")
    routing_rules: Rules = Field(default_factory=list, description=f"{_RULES} The array replaces the old one.")
    expires_at: Seconds | None = Field(default=None, description=f"{_EXPIRES} null clears it.")
    track: bool = Field(default_factory=bool, description=f"{_TRACK} What was counted before stays.")
    custom_slug: Slug = Field(default_factory=str, description="Renames the link: 3 to 64 letters, digits and hyphens.")

    def changes(self) -> Changes | None:
        """What the links are asked for; ``None`` where nothing is."""
        wanted: dict[str, Any] = {}
        for name in self.model_fields_set & _CHANGES.keys():
            field, convert = _CHANGES[name]
            value = getattr(self, name)
            wanted[field] = convert(value) if convert else value
        return Changes(**wanted) if wanted else None


class XqrLink(BaseModel):
    """A short link."""

    model_config = ConfigDict(title="Link (XQR)", json_schema_extra={"examples": [_EXAMPLE_LINK]})

    id: str = Field(description="Names the link in the paths of this API.", json_schema_extra={"format": "uuid"})
    short_url: str = Field(description="The address to share.")
    short_code: str = Field(description="The last part of `short_url`.")
    destination: str = Field(description="Where the link leads, as it was sent.")
    enabled: bool = Field(description="A link that is not enabled answers 410 Gone.")
    labels: list[str] = Field(description="Labels for organizing links.")
    routing_rules: list[dict[str, Any]] = Field(description="Conditional routing rules, as they were sent.")
    scan_count: int = Field(description="Visits counted.")
    last_scan_at: Time | None = Field(description="Time of the last visit counted.")
    expires_at: Time | None = Field(description="When the link starts to answer 410 Gone; null for never.")
    created_at: Time = Field(description="ISO 8601, UTC, whole seconds.")
    updated_at: Time = Field(description="ISO 8601, UTC, whole seconds.")


class XqrLinkAnswer(BaseModel):
    """One link."""

    data: XqrLink
    meta: XqrMeta


class XqrLinksAnswer(BaseModel):
    """One page of links, newest first."""

    data: list[XqrLink] = Field(description="The links of this page.")
    meta: XqrListMeta


class CreateLinks(BaseModel):
    """Links to make, each by itself: a bad one does not stop the others."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"links": [{"url": "https://example.com/one", "custom_slug": "one"}, {"url": _EXAMPLE_URL}]}]
        },
    )

    links: Annotated[list[CreateLink], Field(min_length=1), LATER] = Field(
        description="The links, as for a single one: as many as the operator allows, 1,000 by default."
    )

    @property
    def rows(self) -> Rows:
        """The rows, unchecked."""
        rows: Rows = self.links  # type: ignore[assignment]
        return rows


class SwitchLinks(BaseModel):
    """Links to enable or disable."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"ids": ["d47f2e1a-8c3b-4a5d-9e6f-1234567890ab"], "enabled": False}]},
    )

    ids: Annotated[list[str], Field(min_length=1, max_length=MAX_SWITCHED)] = Field(description="UUIDs of the links.")
    enabled: bool = Field(description="A link that is not enabled answers 410 Gone.")


class XqrRefusedRow(BaseModel):
    """A row that no link was made of."""

    index: int = Field(description="Its place in `links`, from 0.")
    url: str | None = Field(description="As it was sent.")
    custom_slug: str | None = Field(description="As it was sent.")
    error: XqrErrorBody


class XqrCreatedLinks(BaseModel):
    """What became of the rows."""

    created: list[XqrLink] = Field(description="The links that were made, in the order of the rows.")
    errors: list[XqrRefusedRow] = Field(description="The rows that none was made of.")


class XqrCreatedAnswer(BaseModel):
    """Links were made."""

    data: XqrCreatedLinks
    meta: XqrMeta


class XqrSwitched(BaseModel):
    """How many links that were."""

    updated: int = Field(description="Those of the ids that are links of the workspace: they are as asked for now.")


class XqrSwitchedAnswer(BaseModel):
    """Links were enabled or disabled."""

    data: XqrSwitched
    meta: XqrMeta
