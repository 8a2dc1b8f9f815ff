"""What the Divsly API takes and answers, as models: they validate, and their descriptions are the documentation."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from admin.divsly_types import (
    NOT_GIVEN,
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

_NOT_YET = "not available yet"


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


def _no_bio_page(page: float) -> float:
    raise rule(f"bio pages are {_NOT_YET}")


def _refuse_true(what: str) -> AfterValidator:
    """A switch that can only be off."""

    def check(on: bool) -> bool:
        if on:
            raise rule(f"{what} {_NOT_YET}")
        return on

    return AfterValidator(check)


Domain = Annotated[Annotated[str, AfterValidator(_domain)] | None, NOT_GIVEN]
Password = Annotated[Annotated[str, AfterValidator(_password)] | None, NOT_GIVEN]
Title = Annotated[Annotated[Text, Field(max_length=MAX_TITLE_CHARACTERS)] | None, NOT_GIVEN]
Expiration = Annotated[Millis | None, NOT_GIVEN]
BioPage = Annotated[float, AfterValidator(_no_bio_page)]
WithPassword = Annotated[bool, AfterValidator(_with_password)]
WithBio = Annotated[bool, _refuse_true("bio pages are")]


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
    bioPage: BioPage | None = Field(default=None, description="Id of a bio page. Not available yet: only null.")
    isQrGenerated: bool | None = Field(
        default=None,
        description="Whether the link has a QR code, which counts as one. Its image is not available yet: `qr` is "
        "null.",
    )
    qrSettings: QrSettings | None = Field(default=None, description="How the QR code is to look; stored and echoed.")
    isLinkInBio: WithBio | None = Field(default=None, description="Not available yet: only false.")
    faviconUrl: WebAddress = Field(default=None, description="Icon of the link on a bio page: an http or https URL.")
    btnLabel: Annotated[Annotated[Text, Field(max_length=64)] | None, NOT_GIVEN] = Field(
        default=None, description=f'Label of the link on a bio page. "{DEFAULT_BUTTON}" if omitted.'
    )
