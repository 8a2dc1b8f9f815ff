"""What the other endpoints of the Divsly API take: lists, imports, deletions of many, clicks by city."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from admin.divsly_types import NOT_GIVEN, SHORT_LINK, SlashTag, TagsText, TypeName, UtmText, WebAddress, link_type
from admin.fields import Text, Url
from admin.listing import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, Whole
from admin.models_divsly import CreateShortLink, Domain, Expiration, Title
from admin.rows import LATER, Rows
from admin.validation import rule
from links.model import LinkQuery

MAX_COUNTRIES = 300

_LENIENT = ConfigDict(extra="ignore", strict=True)


def _no_password(text: str) -> str:
    if text:
        raise rule("cannot be set by an import: create the link by itself")
    return text


def _kind(text: str) -> str | None:
    name = link_type(text) if text else ""
    if name is None:
        raise rule("must be a type of link, such as SHORT_LINK or QR")
    return name or None


Own = Annotated[str, Field(default="", description="The workspace of the key; any other is refused.")]


class ListShortLinks(BaseModel):
    """Which links to list. Parameters that are not listed are ignored."""

    model_config = ConfigDict(extra="ignore")

    type: Annotated[str | None, BeforeValidator(_kind)] = Field(
        default=None, description="Only links of this type: `SHORT_LINK`, `QR`, `BIO_LINK` or `QR_N_BIO_PAGE`."
    )
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Links a page.")
    offset: Whole = Field(default=0, ge=0, le=MAX_OFFSET, description="Links to skip.")
    user_id: Own
    parentUser: Own

    def is_of(self, workspace: int) -> bool:
        """Whether nobody else's links are asked for."""
        return {self.user_id, self.parentUser} <= {"", str(workspace)}

    def query(self, workspace: int, kinds: tuple[str, ...] | None = None) -> LinkQuery:
        """What the links are asked for. ``kinds``: the types that are listed where none is asked for."""
        wanted = (self.type,) if self.type else kinds
        return LinkQuery(
            workspace=workspace,
            limit=self.limit,
            offset=self.offset,
            kinds=None if wanted is None else tuple("" if kind == SHORT_LINK else kind for kind in wanted),
            counted=False,
        )


class ImportRow(BaseModel):
    """One link to import. Fields that are not listed are ignored; null or an empty string is as good as nothing."""

    model_config = _LENIENT

    destinationUrl: Url = Field(description="The original, long URL: http or https.")
    slashTag: SlashTag = Field(default=None, description="Custom slug; generated if omitted.")
    title: Title = Field(default=None, description="Title of the link.")
    tags: TagsText = Field(default=None, description="Comma-separated tags, after those of the whole import.")
    faviconUrl: WebAddress = Field(default=None, description="Icon of the link on a bio page.")
    expirationDate: Expiration = Field(default=None, description="ISO 8601 date or time: 410 Gone from then on.")
    utm_source: UtmText = Field(default=None, description="UTM source.")
    utm_medium: UtmText = Field(default=None, description="UTM medium.")
    utm_campaign: UtmText = Field(default=None, description="UTM campaign.")
    utm_term: UtmText = Field(default=None, description="UTM term.")
    utm_content: UtmText = Field(default=None, description="UTM content.")
    utm_id: UtmText = Field(default=None, description="UTM id.")
    track: bool | None = Field(
        default=None, description="If false, nothing is counted of the link's visits. true if omitted. Not echoed."
    )
    password: Annotated[str, AfterValidator(_no_password)] | None = Field(
        default=None, description="Refused: hashing it takes too long for many links at once."
    )

    def as_create(self, tags: str | None) -> CreateShortLink:
        """The same as the body of a creation, with ``tags`` before its own."""
        values = {**self.__dict__, "tags": ",".join(filter(None, (tags, self.tags)))}
        return CreateShortLink.model_construct(self.model_fields_set, **values)


class ImportShortLinks(BaseModel):
    """Links to make, each by itself: a bad one does not stop the others. Fields that are not listed are ignored."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "importData": [
                        {"destinationUrl": "https://example.com/one", "slashTag": "one", "tags": "first"},
                        {"destinationUrl": "https://example.com/two"},
                    ],
                    "tags": "imported",
                }
            ]
        },
    )

    importData: Annotated[list[ImportRow], Field(min_length=1), LATER] = Field(
        description="The links: as many as the operator allows, 1,000 by default."
    )
    brandedDomain: Domain = Field(default=None, description="Domain of all of them; this server's own if omitted.")
    tags: TagsText = Field(default=None, description="Comma-separated tags of all of them.")

    @property
    def rows(self) -> Rows:
        """The rows, unchecked."""
        rows: Rows = self.importData  # type: ignore[assignment]
        return rows


class NamedLink(BaseModel):
    """A link to delete."""

    model_config = _LENIENT

    id: int = Field(description="Number of the link.")
    type: TypeName = Field(default=None, description="Its type; whatever it is, the link of that number is meant.")


class DeleteShortLinks(BaseModel):
    """Links to delete. Fields that are not listed are ignored."""

    model_config = ConfigDict(
        extra="ignore", strict=True, json_schema_extra={"examples": [{"bulkLinks": [{"id": 1, "type": "SHORT_LINK"}]}]}
    )

    bulkLinks: Annotated[list[NamedLink], Field(min_length=1)] = Field(
        description="The links: as many as the operator allows, 1,000 by default."
    )


class CityAnalytics(BaseModel):
    """Whose clicks to tell by city. Fields that are not listed are ignored."""

    model_config = ConfigDict(
        extra="ignore",
        strict=True,
        json_schema_extra={"examples": [{"shortlink": "localhost:8080/summer24", "countries": ["Germany"]}]},
    )

    shortlink: Annotated[Text, Field(min_length=1, max_length=2_048)] = Field(
        description="The short link: its address, with or without `https://`, or its slug alone."
    )
    countries: Annotated[
        list[Annotated[Text, Field(max_length=255)]] | None, Field(max_length=MAX_COUNTRIES), NOT_GIVEN
    ] = Field(default=None, description="English names of countries, or their codes (ISO 3166-1); all if omitted.")
