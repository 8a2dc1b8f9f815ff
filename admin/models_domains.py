"""What the Divsly API takes and answers about domains of their own, as models."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from admin.divsly_types import NOT_GIVEN
from admin.fields import Text, Time
from admin.validation import rule
from links.domain_rules import Domain
from links.hosts import MAX_HOST, readable
from links.times import format_millis

MAX_REDIRECT = 8_192

ADDED = "Custom Domain Added Successfully."
VERIFIED = "Custom Domain Verified Successfully."
CHANGED = "Custom Domain Updated Successfully."
DELETED = "Custom Domain Deleted Successfully."

_SETTINGS = {
    "redirectStatus": "redirect_status",
    "rootRedirect": "root_redirect",
    "notFoundRedirect": "not_found_redirect",
    "ignoreCase": "ignores_case",
    "robots": "robots",
}

Name = Annotated[Text, Field(max_length=MAX_HOST)]
Redirect = Annotated[Text, Field(max_length=MAX_REDIRECT)]


def _status(status: int | None) -> int | None:
    if status not in (None, 301, 302, 307, 308):
        raise rule("must be 301, 302, 307 or 308, or null")
    return status


class AddDomain(BaseModel):
    """A domain to register. Fields that are not listed are ignored."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={"examples": [{"domain": "example.com", "subDomain": "go", "spare": "No"}]},
    )

    domain: Name = Field(description="The domain, such as `example.com`: in Unicode or in its `xn--` form.")
    subDomain: Annotated[Name | None, NOT_GIVEN] = Field(
        default=None, description="What comes before it, such as `go` for `go.example.com`."
    )
    spare: Annotated[Literal["Yes", "No"] | None, NOT_GIVEN] = Field(
        default=None, description="Kept and answered; `No` if omitted."
    )

    def name(self) -> str:
        """The whole host name, as it was sent."""
        return f"{self.subDomain}.{self.domain}" if self.subDomain else self.domain


class ChangeDomain(BaseModel):
    """Settings to change. Fields that are left out stay as they are."""

    # Defaults are never read: model_fields_set tells what was sent.
    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"rootRedirect": "https://example.com/"}]}
    )

    redirectStatus: Annotated[int | None, AfterValidator(_status)] = Field(
        default=None, description="HTTP status of redirects: 301, 302, 307 or 308; null for the server's."
    )
    rootRedirect: Redirect = Field(
        default_factory=str, description="Where `/` leads: an http or https URL; empty for a small page."
    )
    notFoundRedirect: Redirect = Field(
        default_factory=str, description="Where unknown short links lead; empty for what the server does."
    )
    ignoreCase: bool = Field(
        default_factory=bool,
        description="Whether upper and lower case are the same in slugs. Switching it on makes all slugs of the domain "
        "lower-case; it is refused where two differ in case only.",
    )
    robots: Literal["allow", "disallow"] = Field(default="allow", description="What `/robots.txt` tells crawlers.")

    def wanted(self) -> dict[str, Any]:
        """What was sent, by the names of ``links.domains.SETTINGS``."""
        return {_SETTINGS[name]: getattr(self, name) for name in self.model_fields_set}


class DivslyDomain(BaseModel):
    """A registered domain."""

    model_config = ConfigDict(title="Domain (Divsly)")

    id: int = Field(description="Names the domain in this API.")
    domain: str = Field(description="The host name as people read it.")
    host: str = Field(description="The same in ASCII, as DNS and browsers have it.")
    spare: str = Field(description="`Yes` or `No`, as it was sent.")
    status: str = Field(
        description="`active`; `pending` until its DNS was first seen to point here; `failed` when it does no longer."
    )
    expected: list[str] = Field(description="The DNS records that it should have: the CNAME, or the addresses.")
    found: list[str] = Field(description="Those that were there at the last look, or why there were none.")
    checkedAt: Time | None = Field(description="When that was.")
    verifiedAt: Time | None = Field(description="When they were last as they should be.")
    redirectStatus: int | None = Field(description="HTTP status of redirects; null for the server's.")
    rootRedirect: str = Field(description="Where `/` leads; empty for a small page.")
    notFoundRedirect: str = Field(description="Where unknown short links lead; empty for what the server does.")
    ignoreCase: bool = Field(description="Whether upper and lower case are the same in slugs.")
    robots: str = Field(description="What `/robots.txt` tells crawlers: `allow` or `disallow`.")
    createdAt: Time = Field(description="ISO 8601, UTC, milliseconds.")
    updatedAt: Time = Field(description="ISO 8601, UTC, milliseconds.")


class DomainAnswer(BaseModel):
    """One domain."""

    success: bool = Field(description="Always true.")
    message: str = Field(description="What was done.", examples=[ADDED])
    data: DivslyDomain


class DomainsAnswer(BaseModel):
    """All domains of the workspace."""

    success: bool = Field(description="Always true.")
    data: list[DivslyDomain] = Field(description="The domains, by number.")


class DomainDeleted(BaseModel):
    """A domain was removed."""

    success: bool = Field(description="Always true.")
    message: str = Field(description=f"`{DELETED}`")


def view(domain: Domain) -> dict[str, Any]:
    """``domain`` as this API answers it."""
    return {
        "id": domain.id,
        "domain": readable(domain.host),
        "host": domain.host,
        "spare": "Yes" if domain.spare else "No",
        "status": domain.status,
        "expected": domain.expected,
        "found": domain.found,
        "checkedAt": _time(domain.checked_at),
        "verifiedAt": _time(domain.verified_at),
        "redirectStatus": domain.redirect_status,
        "rootRedirect": domain.root_redirect,
        "notFoundRedirect": domain.not_found_redirect,
        "ignoreCase": domain.ignores_case,
        "robots": domain.robots,
        "createdAt": format_millis(domain.created_at),
        "updatedAt": format_millis(domain.updated_at),
    }


def _time(time_ms: int | None) -> str | None:
    return None if time_ms is None else format_millis(time_ms)
