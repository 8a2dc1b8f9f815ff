"""What the Divsly API takes and answers, as models: they validate, and their descriptions are the documentation."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from admin.divsly_types import (
    NOT_GIVEN,
    Part,
    QrSettings,
    SlashTag,
    TagsText,
    TypeName,
    UtmParams,
    UtmText,
    WebAddress,
)
from admin.fields import Millis, Text, Url
from admin.passwords import is_allowed
from admin.validation import Context, rule
from links.checking import MOST_PASSWORD_BYTES
from links.errors import LinkError
from links.hosts import host_of

MAX_TITLE_CHARACTERS = 1_024
DEFAULT_BUTTON = "Click Here"

MAX_NUMBER = 2**63 - 1


def _domain(domain: str, info: ValidationInfo[Context]) -> str:
    if domain.lower() != info.context.own_host.lower():
        try:
            host_of(domain)
        except LinkError as error:
            raise rule(error.message) from None
    return domain


def _password(password: str) -> str:
    if not is_allowed(password):
        raise rule(f"must have at most {MOST_PASSWORD_BYTES:,} bytes of UTF-8")
    return password


def _with_password(on: bool, info: ValidationInfo[Context]) -> bool:
    # A password that is at fault itself is not in `data`: one complaint is enough.
    if on and "password" in info.data and info.data["password"] is None:
        raise rule("needs a password")
    return on


def _with_page(on: bool, info: ValidationInfo[Context]) -> bool:
    if on and "bioPage" in info.data and info.data["bioPage"] is None:
        raise rule("needs bioPage")
    return on


Domain = Annotated[Annotated[str, AfterValidator(_domain)] | None, NOT_GIVEN]
Password = Annotated[Annotated[str, AfterValidator(_password)] | None, NOT_GIVEN]
Title = Annotated[Annotated[Text, Field(max_length=MAX_TITLE_CHARACTERS)] | None, NOT_GIVEN]
Expiration = Annotated[Millis | None, NOT_GIVEN]
BioPage = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
WithPassword = Annotated[bool, AfterValidator(_with_password)]
WithPage = Annotated[bool, AfterValidator(_with_page)]


class CreateShortLink(BaseModel):
    """A short link to make. Fields that are not listed are ignored; null or an empty string is as good as nothing."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "destinationUrl": "https://example.com/long-url",
                    "slashTag": "my-custom-slug",
                    "title": "Summer campaign",
                    "tags": "campaign, summer",
                    "utm_source": "twitter",
                    "utm_medium": "social",
                    "utm_campaign": "summer_2024",
                }
            ]
        },
    )

    destinationUrl: Url = Field(description="The original, long URL to shorten: http or https.")
    brandedDomain: Domain = Field(
        default=None,
        description="Domain of the short link: a registered one that is active, or this server's own, which is the "
        "default.",
    )
    slashTag: SlashTag = Field(
        default=None,
        description="Custom slug: 1 to 64 letters, digits, hyphens and emoji. If omitted, 5 lower-case letters and "
        "digits are generated.",
    )
    title: Title = Field(default=None, description="Title of the link.")
    tags: TagsText = Field(default=None, description="Comma-separated tags, at most 64 characters each.")
    type: TypeName = Field(
        default=None,
        description="`SHORT_LINK` (the default), `QR`, `BIO_LINK` or `QR_N_BIO_PAGE`. Case, spaces, hyphens and "
        "underscores do not matter. Stored and echoed; the link redirects all the same.",
    )
    public: bool | None = Field(
        default=None,
        description="If true, the link expires in 1 hour, or earlier by expirationDate. Needs no key where the "
        "operator has switched that on.",
    )
    expirationDate: Expiration = Field(
        default=None,
        description="ISO 8601 date or time after which the link answers 410 Gone. Without a zone it is UTC.",
    )
    password: Password = Field(
        default=None,
        description="Asks visitors for this password before they are redirected: 1 to 1,024 bytes of UTF-8. Never "
        "shown again.",
    )
    passwordProtectionEnabled: WithPassword | None = Field(
        default=None,
        description="A password alone is enough. If true, there must be one; if false, none is asked for, whatever "
        "`password` says.",
    )
    utm_params: UtmParams | None = Field(
        default=None, description="UTM parameters. The flat `utm_…` fields win over these."
    )
    utm_source: UtmText = Field(default=None, description="UTM source.")
    utm_medium: UtmText = Field(default=None, description="UTM medium.")
    utm_campaign: UtmText = Field(default=None, description="UTM campaign.")
    utm_term: UtmText = Field(default=None, description="UTM term.")
    utm_content: UtmText = Field(default=None, description="UTM content.")
    utm_id: UtmText = Field(default=None, description="UTM id.")
    bioPage: BioPage | None = Field(
        default=None, description="Number of a bio page of the workspace: the link is put on it, as its last button."
    )
    isQrGenerated: bool | None = Field(
        default=None,
        description="Whether the link has a QR code, which counts as one: `qr` is then the address of its image. A "
        "link whose type has a QR code always has one.",
    )
    qrSettings: QrSettings | None = Field(default=None, description="How the QR code is to look.")
    isLinkInBio: WithPage | None = Field(default=None, description="`bioPage` alone is enough; true needs it.")
    faviconUrl: WebAddress = Field(default=None, description="Icon of the link on a bio page: an http or https URL.")
    btnLabel: Annotated[Annotated[Text, Field(max_length=64)] | None, NOT_GIVEN] = Field(
        default=None, description=f'Label of the link on a bio page. "{DEFAULT_BUTTON}" if omitted.'
    )
    track: bool | None = Field(
        default=None,
        description="If false, nothing is counted of the link's visits, from a second later on; it redirects as any "
        "other. true if omitted. Not echoed.",
    )


class ChangeShortLink(CreateShortLink, Part):
    """What to change of a short link. Fields that are left out or null stay as they are; `expirationDate: null` clears
    it, and an empty string clears a text. Fields that are not listed are ignored."""

    # Defaults are not read where model_fields_set says that nothing was sent.
    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={"examples": [{"title": "Autumn campaign", "tags": "campaign, autumn"}]},
    )

    NULLABLE = ("expirationDate",)

    destinationUrl: Url = Field(
        default_factory=str, description="The original, long URL: http or https. UTM parameters are added anew."
    )
    brandedDomain: Domain = Field(
        default=None,
        description="Moves the link to this domain: a registered one that is active, or this server's own. The old "
        "address goes on answering for a while.",
    )
    slashTag: SlashTag = Field(
        default=None,
        description="Renames the link: 1 to 64 letters, digits, hyphens and emoji. The old slug goes on answering for "
        "a while.",
    )
    public: bool | None = Field(
        default=None, description="If true, the link expires in 1 hour from now, or earlier if it was to."
    )
    expirationDate: Expiration = Field(
        default=None,
        description="ISO 8601 date or time after which the link answers 410 Gone. Without a zone it is UTC. null "
        "clears it.",
    )
    password: Password = Field(
        default=None,
        description="Asks visitors for this password from now on: 1 to 1,024 bytes of UTF-8. An empty string lifts "
        "the protection.",
    )
    passwordProtectionEnabled: bool | None = Field(
        default=None,
        description="If false, visitors are asked for no password any more; if true, there must be one, in this "
        "request or from before.",
    )
    bioPage: BioPage | None = Field(
        default=None, description="Number of a bio page of the workspace: the link is on this one from now on."
    )
    isLinkInBio: bool | None = Field(
        default=None,
        description="If false and without `bioPage`, the link is taken off its bio page; if true, it must be on one, "
        "by this request or from before.",
    )
    track: bool | None = Field(
        default=None,
        description="If false, nothing is counted of the link's visits any more, from a second later on; what was "
        "counted before stays. true counts again. Not echoed.",
    )


class CreateQrCode(QrSettings, CreateShortLink):
    """A QR code to make: a short link of type QR, with what `qrSettings` has beside its other fields."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "destinationUrl": "https://example.com/menu",
                    "title": "Menu",
                    "qrType": "website",
                    "color": "#1a2b3c",
                    "bgColor": "#ffffff",
                    "pattern": "dots",
                }
            ]
        },
    )


class ChangeQrCode(QrSettings, ChangeShortLink):
    """What to change of a QR code: as of a short link, with what `qrSettings` has beside the other fields."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={"examples": [{"color": "#0b3d2e", "pattern": "rounded"}]},
    )
