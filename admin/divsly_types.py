"""Parts of the Divsly vocabulary: link types in all their spellings, tags, slash tags, QR settings, UTM parameters.

Everything documented is checked. Unknown members are ignored, and where something is made an empty string counts as not
given, as null does: clients of this API send both.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from admin.fields import Text, label, shown, storable
from admin.validation import rule

MAX_SLASH_TAG = 64
MAX_UTM_CHARACTERS = 255
# Characters. No limit is documented; these keep one link's row small.
MAX_TAGS_CHARACTERS = 16_384
MAX_SHORT_TEXT = 255
MAX_LONG_TEXT = 2_048
# A picture of 48 KB as a data URL.
MAX_LOGO_TEXT = 65_536

SHORT_LINK = "SHORT_LINK"
TYPES = (SHORT_LINK, "QR", "BIO_LINK", "QR_N_BIO_PAGE")
WITH_QR = ("QR", "QR_N_BIO_PAGE")

# Spellings in the field, without case, spaces, hyphens and underscores: the names, what answers say, and the ways in
# which the documentation breaks the names over lines.
_SPELLINGS = {
    "shortlink": SHORT_LINK,
    "qr": "QR",
    "qrcode": "QR",
    "biolink": "BIO_LINK",
    "biopage": "BIO_LINK",
    "qrnbiopage": "QR_N_BIO_PAGE",
    "qrnbiolink": "QR_N_BIO_PAGE",
    "qrnbio": "QR_N_BIO_PAGE",
    "qrn": "QR_N_BIO_PAGE",
}
ANSWERED = {SHORT_LINK: "shortlink", "QR": "qr", "BIO_LINK": "biolink", "QR_N_BIO_PAGE": "qrnbiopage"}
"""What answers call each type."""

_FILLING = re.compile(r"[\s_-]+")

_NOT_SLASH_TAG = re.compile(r"[_.~/]")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#\\]+[^\s\\]*", re.IGNORECASE)


def link_type(text: str) -> str | None:
    """Which of ``TYPES`` a spelling means; ``None`` if it is none of them."""
    return _SPELLINGS.get(_FILLING.sub("", text).lower())


def split_tags(text: str) -> list[str]:
    """Comma-separated tags as labels: trimmed, empty ones left out. Raises what pydantic reports for a bad one."""
    tags: dict[str, None] = {}
    for number, tag in enumerate(text.split(","), 1):
        if tag.strip():
            try:
                tags[label(tag)] = None
            except PydanticCustomError as error:
                raise rule(f"tag {number} {error.message()}") from None
    return list(tags)


def _slash_tag(text: str) -> str:
    if len(text) > MAX_SLASH_TAG:
        raise rule(f"is too long: it must have 1 to {MAX_SLASH_TAG} characters, this has {len(text)}")
    wrong = _NOT_SLASH_TAG.search(text)
    if wrong:
        raise rule(f"must have letters, digits, hyphens and emoji only, not {shown(wrong[0])}")
    return storable(text)


def _type(text: str) -> str:
    name = link_type(text)
    if name is None:
        raise rule(f"must be one of {', '.join(TYPES)}")
    return name


def _colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise rule('must be a hexadecimal colour such as "#1a2b3c"')
    return text


def _web_address(text: str) -> str:
    if not _WEB_ADDRESS.fullmatch(text):
        raise rule("must be an http or https URL")
    return text


def _text_or_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise rule("must be a string or an integer")
    if isinstance(value, str) and (len(value) > MAX_LONG_TEXT or "\x00" in value):
        raise rule(f"must have at most {MAX_LONG_TEXT} characters, none of them U+0000")
    return value


def _blank(value: Any) -> Any:
    return None if value == "" else value


def _tags(text: str) -> str:
    split_tags(text)
    return text


NOT_GIVEN = BeforeValidator(_blank)
"""Makes an empty string of an optional field null."""

ShortText = Annotated[Annotated[Text, Field(max_length=MAX_SHORT_TEXT)] | None, NOT_GIVEN]
LongText = Annotated[Annotated[Text, Field(max_length=MAX_LONG_TEXT)] | None, NOT_GIVEN]
LogoText = Annotated[Annotated[Text, Field(max_length=MAX_LOGO_TEXT)] | None, NOT_GIVEN]
UtmText = Annotated[Annotated[Text, Field(max_length=MAX_UTM_CHARACTERS)] | None, NOT_GIVEN]
TagsText = Annotated[Annotated[str, Field(max_length=MAX_TAGS_CHARACTERS), AfterValidator(_tags)] | None, NOT_GIVEN]
WebAddress = Annotated[Annotated[Text, Field(max_length=MAX_LONG_TEXT), AfterValidator(_web_address)] | None, NOT_GIVEN]
Colour = Annotated[Annotated[str, AfterValidator(_colour)] | None, NOT_GIVEN]
SlashTag = Annotated[
    Annotated[
        str,
        AfterValidator(_slash_tag),
        WithJsonSchema({"type": "string", "maxLength": MAX_SLASH_TAG}),
    ]
    | None,
    NOT_GIVEN,
]
TypeName = Annotated[Annotated[str, AfterValidator(_type)] | None, NOT_GIVEN]
TextOrNumber = Annotated[
    Annotated[Any, BeforeValidator(_text_or_number), WithJsonSchema({"type": ["string", "integer"]})] | None, NOT_GIVEN
]
Pattern = Annotated[Literal["square", "dots", "rounded", "extra-rounded", "classy", "classy-rounded"] | None, NOT_GIVEN]
Corner = Annotated[Literal["square", "dot", "extra-rounded"] | None, NOT_GIVEN]


class Part(BaseModel):
    """An object in which null is as good as left out, so that an empty string can say what null cannot; but for the
    fields ``NULLABLE``."""

    model_config = ConfigDict(extra="ignore", strict=True)

    NULLABLE: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _said(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None or name in cls.NULLABLE}


class QrSettings(Part):
    """How the link's QR code is to look."""

    color: Colour = Field(default=None, description="Foreground colour. QR codes take `#000000` if it is not given.")
    bgColor: Colour = Field(default=None, description="Background colour. QR codes take `#ffffff` if it is not given.")
    isBgTransparent: bool | None = Field(default=None, description="Whether there is no background.")
    pattern: Pattern = Field(
        default=None, description="Shape of the modules. QR codes take `classy` if it is not given."
    )
    corner: Corner = Field(default=None, description="Shape of the finder patterns. `square` if it is not given.")
    preset: TextOrNumber = Field(default=None, description="Name or number of a preset.")
    logo: LogoText = Field(
        default=None,
        description="Logo in the middle: a data URL of a PNG, JPEG, WebP or GIF. Larger ones are assets: see qrLogoId.",
    )
    qrLogoId: TextOrNumber = Field(default=None, description="Logo in the middle: the id of an asset. Wins over logo.")
    frame: TextOrNumber = Field(
        default=None, description="Frame around the code: `none`, `box`, `banner-bottom` or `banner-top`."
    )
    text: ShortText = Field(default=None, description="Text in the frame.")
    textColor: Colour = Field(default=None, description="Colour of that text.")
    primary: Colour = Field(default=None, description="First colour of the frame.")
    secondary: Colour = Field(default=None, description="Second colour of the frame.")
    qrType: ShortText = Field(
        default=None, description="What the code holds. QR codes take `website` if it is not given."
    )


class UtmParams(Part):
    """UTM parameters. They are added to the destination's query when the link redirects."""

    source: UtmText = Field(default=None, description="`utm_source`")
    medium: UtmText = Field(default=None, description="`utm_medium`")
    campaign: UtmText = Field(default=None, description="`utm_campaign`")
    term: UtmText = Field(default=None, description="`utm_term`")
    content: UtmText = Field(default=None, description="`utm_content`")
    id: UtmText = Field(default=None, description="`utm_id`")
