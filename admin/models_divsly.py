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
from admin.validation import Context, rule

MAX_TITLE_CHARACTERS = 1_024
DEFAULT_BUTTON = "Click Here"

_NOT_YET = "not available yet"


def _own_domain(domain: str, info: ValidationInfo[Context]) -> str:
    if domain.lower() != info.context.own_host.lower():
        raise rule(f"custom domains are {_NOT_YET}: leave it out, or send {info.context.own_host}")
    return domain


def _no_password(password: str) -> str:
    raise rule(f"password protection is {_NOT_YET}")


def _no_bio_page(page: float) -> float:
    raise rule(f"bio pages are {_NOT_YET}")


def _refuse_true(what: str) -> AfterValidator:
    """A switch that can only be off."""

    def check(on: bool) -> bool:
        if on:
            raise rule(f"{what} {_NOT_YET}")
        return on

    return AfterValidator(check)


Domain = Annotated[Annotated[str, AfterValidator(_own_domain)] | None, NOT_GIVEN]
Password = Annotated[Annotated[str, AfterValidator(_no_password)] | None, NOT_GIVEN]
Title = Annotated[Annotated[Text, Field(max_length=MAX_TITLE_CHARACTERS)] | None, NOT_GIVEN]
Expiration = Annotated[Millis | None, NOT_GIVEN]
BioPage = Annotated[float, AfterValidator(_no_bio_page)]
WithPassword = Annotated[bool, _refuse_true("password protection is")]
WithQr = Annotated[bool, _refuse_true("QR codes are")]
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
        description="Domain of the short link. Custom domains are not available yet: only this server's own is "
        "accepted, which is the default.",
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
        description="`SHORT_LINK` (the default). `QR`, `BIO_LINK` and `QR_N_BIO_PAGE` are not available yet. Case, "
        "spaces, hyphens and underscores do not matter.",
    )
    public: bool | None = Field(
        default=None, description="If true, the link expires in 1 hour, or earlier by expirationDate."
    )
    expirationDate: Expiration = Field(
        default=None,
        description="ISO 8601 date or time after which the link answers 410 Gone. Without a zone it is UTC.",
    )
    password: Password = Field(
        default=None, description="Password protection is not available yet: only empty is accepted."
    )
    passwordProtectionEnabled: WithPassword | None = Field(default=None, description="Not available yet: only false.")
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
    isQrGenerated: WithQr | None = Field(
        default=None, description="Whether to make a QR code. Not available yet: only false."
    )
    qrSettings: QrSettings | None = Field(default=None, description="How the QR code is to look; stored and echoed.")
    isLinkInBio: WithBio | None = Field(default=None, description="Not available yet: only false.")
    faviconUrl: WebAddress = Field(default=None, description="Icon of the link on a bio page: an http or https URL.")
    btnLabel: Annotated[Annotated[Text, Field(max_length=64)] | None, NOT_GIVEN] = Field(
        default=None, description=f'Label of the link on a bio page. "{DEFAULT_BUTTON}" if omitted.'
    )
