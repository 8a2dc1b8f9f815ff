"""What the XQR API takes and answers about QR codes, as models."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from admin.fields import Text, Time
from admin.listing import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from admin.qr_designs import DEFAULTS, filled, logo_of
from admin.qr_jobs import Format
from admin.validation import rule
from admin.wire_xqr import XqrMeta
from links.qr_templates import Template
from links.times import format_seconds

MAX_NAME, MAX_DESCRIPTION = 100, 500
MAX_DATA = 1_273
"""Bytes that a code with the most error correction holds; here characters, the bytes are counted when it is drawn."""

MAX_DATA_URL = 65_536
"""Characters of a logo that travels with the design. A larger one is uploaded as an asset."""

LEAST_SIZE, MOST_SIZE, DEFAULT_SIZE = 1, 50, 10
MOST_QUIET_ZONE = 10

_NAME = "Name of the template."
_DESCRIPTION = "What it is for."
_FORMAT = "`svg`, `png` or `pdf`."
_SIZE = "Size of a module in pixels, 96 of which are an inch on paper. The picture has at most 4,096."
_DATA = "What the code holds: text, up to 1,273 bytes of UTF-8."

_EXAMPLE_DESIGN: JsonDict = {"foreground_color": "#1A2B3C", "dot_style": "rounded", "corner_style": "dot"}


def _colour(text: str) -> str:
    if len(text) not in (4, 7) or text[0] != "#" or set(text[1:]) - set("0123456789abcdefABCDEF"):
        raise rule('must be a hexadecimal colour such as "#1a2b3c"')
    return text


def _logo(text: str) -> str:
    if not any(logo_of(text)):
        raise rule("must be a data URL, or the id or public_url of an asset: pictures are never fetched from elsewhere")
    return text


def _number(text: Any) -> Any:
    """A number as it is written in a query."""
    try:
        return float(text) if isinstance(text, str) and text.strip() == text and "_" not in text else text
    except ValueError:
        raise rule("must be a number") from None


def _integer(text: Any) -> Any:
    if isinstance(text, str):
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise rule("must be a whole number")
        return int(text)
    return text


Colour = Annotated[str, AfterValidator(_colour)]
LogoUrl = Annotated[Annotated[str, Field(max_length=MAX_DATA_URL)], AfterValidator(_logo)]
Level = Literal["L", "M", "Q", "H"]
DotStyle = Literal["square", "rounded", "dots", "classy"]
CornerStyle = Literal["square", "rounded", "dot"]
LogoSize = Annotated[float, Field(ge=0.1, le=0.4, allow_inf_nan=False)]
QuietZone = Annotated[int, Field(ge=0, le=MOST_QUIET_ZONE)]
Name = Annotated[Text, Field(min_length=1, max_length=MAX_NAME)]
Description = Annotated[Text, Field(max_length=MAX_DESCRIPTION)]
Data = Annotated[Text, Field(min_length=1, max_length=MAX_DATA)]
Size = Annotated[int, BeforeValidator(_integer), Field(ge=LEAST_SIZE, le=MOST_SIZE)]

_SAYS: dict[str, str] = {
    "foreground_color": "Colour of the modules.",
    "background_color": "Colour behind them.",
    "error_correction": "How much of the code may be unreadable: about 7, 15, 25 or 30 %. With a logo it is `H`.",
    "dot_style": "Shape of the modules.",
    "corner_style": "Shape of the three finder patterns.",
    "logo_url": "Logo in the middle: a data URL of a PNG, JPEG, GIF or WebP, or the id or `public_url` of an asset. "
    "Nothing is fetched from other addresses.",
    "logo_size": "Width of the logo as a part of the code's.",
    "quiet_zone": "Free modules around the code. The standard asks for 4.",
}


class QrDesign(BaseModel):
    """How a code looks. What is left out or null is as the default says."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [_EXAMPLE_DESIGN]})

    foreground_color: Colour | None = Field(default=None, description=_SAYS["foreground_color"] + " `#000000`.")
    background_color: Colour | None = Field(default=None, description=_SAYS["background_color"] + " `#FFFFFF`.")
    error_correction: Level | None = Field(default=None, description=_SAYS["error_correction"] + " `M`.")
    dot_style: DotStyle | None = Field(default=None, description=_SAYS["dot_style"] + " `square`.")
    corner_style: CornerStyle | None = Field(default=None, description=_SAYS["corner_style"] + " `square`.")
    logo_url: LogoUrl | None = Field(default=None, description=_SAYS["logo_url"])
    logo_size: LogoSize | None = Field(default=None, description=_SAYS["logo_size"] + " 0.2.")
    quiet_zone: QuietZone | None = Field(default=None, description=_SAYS["quiet_zone"] + " 1.")

    def given(self) -> dict[str, Any]:
        """What was said."""
        return self.model_dump(exclude_none=True)


class PatchQrDesign(BaseModel):
    """What to change of the design; what is left out stays as it is. null removes the logo and is refused elsewhere."""

    # Defaults are never read: model_fields_set tells what was sent.
    model_config = ConfigDict(extra="forbid", strict=True)

    foreground_color: Colour = Field(default_factory=str, description=_SAYS["foreground_color"])
    background_color: Colour = Field(default_factory=str, description=_SAYS["background_color"])
    error_correction: Level = Field(default="M", description=_SAYS["error_correction"])
    dot_style: DotStyle = Field(default="square", description=_SAYS["dot_style"])
    corner_style: CornerStyle = Field(default="square", description=_SAYS["corner_style"])
    logo_url: LogoUrl | None = Field(default=None, description=_SAYS["logo_url"])
    logo_size: LogoSize = Field(default_factory=float, description=_SAYS["logo_size"])
    quiet_zone: QuietZone = Field(default_factory=int, description=_SAYS["quiet_zone"])

    def over(self, design: dict[str, Any]) -> dict[str, Any]:
        """``design`` with what was sent."""
        return {**design, **{name: getattr(self, name) for name in self.model_fields_set}}


class CreateQrTemplate(BaseModel):
    """A template to make. Optional fields may be left out or null."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"name": "Summer", "design": _EXAMPLE_DESIGN}]},
    )

    name: Name = Field(description=_NAME)
    description: Description | None = Field(default=None, description=_DESCRIPTION)
    design: QrDesign | None = Field(default=None, description="How codes look.")


class PatchQrTemplate(BaseModel):
    """What to change. Fields that are left out stay as they are, and so does what `design` leaves out; null clears
    `description` and is refused elsewhere."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"design": {"dot_style": "dots"}}]}
    )

    name: Name = Field(default_factory=str, description=_NAME)
    description: Description | None = Field(default=None, description=_DESCRIPTION)
    design: PatchQrDesign = Field(default_factory=PatchQrDesign, description="How codes look.")


class ListPage(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, BeforeValidator(_integer)] = Field(
        default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Entries a page."
    )
    offset: Annotated[int, BeforeValidator(_integer)] = Field(
        default=0, ge=0, le=MAX_OFFSET, description="Entries to skip."
    )


class RenderLink(BaseModel):
    """How to draw the code of a link."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Field(default="svg", description=_FORMAT)
    size: Size = Field(default=DEFAULT_SIZE, description=_SIZE)
    template_id: Text | None = Field(default=None, description="Id of the template to use instead of the link's look.")


class RenderTemplate(BaseModel):
    """What to draw with a template."""

    model_config = ConfigDict(extra="forbid")

    data: Data = Field(description=_DATA)
    format: Format = Field(default="svg", description=_FORMAT)
    size: Size = Field(default=DEFAULT_SIZE, description=_SIZE)


class RenderQuery(RenderTemplate):
    """What to draw, and how it looks."""

    foreground_color: Colour | None = Field(default=None, description=_SAYS["foreground_color"])
    background_color: Colour | None = Field(default=None, description=_SAYS["background_color"])
    error_correction: Level | None = Field(default=None, description=_SAYS["error_correction"])
    dot_style: DotStyle | None = Field(default=None, description=_SAYS["dot_style"])
    corner_style: CornerStyle | None = Field(default=None, description=_SAYS["corner_style"])
    logo_url: LogoUrl | None = Field(default=None, description=_SAYS["logo_url"])
    logo_size: Annotated[LogoSize, BeforeValidator(_number)] | None = Field(
        default=None, description=_SAYS["logo_size"]
    )
    quiet_zone: Annotated[QuietZone, BeforeValidator(_integer)] | None = Field(
        default=None, description=_SAYS["quiet_zone"]
    )

    def given(self) -> dict[str, Any]:
        """What was said of the design."""
        return self.model_dump(exclude_none=True, include=set(DEFAULTS))


class RenderBody(BaseModel):
    """What to draw, and how it looks. Optional fields may be left out or null."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"data": "https://example.com/", "design": _EXAMPLE_DESIGN, "format": "png"}]},
    )

    data: Data = Field(description=_DATA)
    design: QrDesign | None = Field(default=None, description="How it looks.")
    format: Format | None = Field(default=None, description=_FORMAT + " `svg` if omitted.")
    size: Annotated[int, Field(ge=LEAST_SIZE, le=MOST_SIZE)] | None = Field(
        default=None, description=_SIZE + " 10 if omitted."
    )


class XqrPageMeta(XqrMeta):
    """About the answer and its place in the listing."""

    total: int = Field(description="Entries on all pages.")
    limit: int = Field(description="Entries a page, as asked for.")
    offset: int = Field(description="Entries skipped, as asked for.")


class XqrDesign(BaseModel):
    """How codes look."""

    foreground_color: str = Field(description=_SAYS["foreground_color"])
    background_color: str = Field(description=_SAYS["background_color"])
    error_correction: str = Field(description=_SAYS["error_correction"])
    dot_style: str = Field(description=_SAYS["dot_style"])
    corner_style: str = Field(description=_SAYS["corner_style"])
    logo_url: str | None = Field(description=_SAYS["logo_url"])
    logo_size: float = Field(description=_SAYS["logo_size"])
    quiet_zone: int = Field(description=_SAYS["quiet_zone"])


class XqrTemplate(BaseModel):
    """A template of QR codes."""

    model_config = ConfigDict(title="QR template (XQR)")

    id: str = Field(description="Names the template in the paths of this API: `tpl_` and 24 hexadecimal digits.")
    name: str = Field(description=_NAME)
    description: str | None = Field(description=_DESCRIPTION)
    design: XqrDesign = Field(description="How codes look: all of it, defaults filled in.")
    created_at: Time = Field(description="ISO 8601, UTC, whole seconds.")
    updated_at: Time = Field(description="ISO 8601, UTC, whole seconds.")


class XqrTemplateAnswer(BaseModel):
    """One template."""

    data: XqrTemplate
    meta: XqrMeta


class XqrTemplatesAnswer(BaseModel):
    """One page of templates, newest first."""

    data: list[XqrTemplate] = Field(description="The templates of this page.")
    meta: XqrPageMeta


def view(template: Template) -> dict[str, Any]:
    """``template`` as the API answers it."""
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "design": filled(template.design),
        "created_at": format_seconds(template.created_at),
        "updated_at": format_seconds(template.updated_at),
    }
