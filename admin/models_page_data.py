"""What stands on a bio page: ``page_data`` of the XQR API as models that validate and document. It is stored and echoed
as it was sent. What may be shown is decided in ``bio.checks``."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic.config import JsonDict

from admin.fields import Millis
from admin.validation import Context, rule
from bio import checks
from bio.icons import ICONS
from bio.page import Colours, PageError
from bio.themes import SCHEMES, THEMES
from links.errors import LinkError

ALIASES = {"default": "paper", "light": "slate", "dark": "slate", "minimal": "mono"}
"""Names of themes that clients of other programs send; ``light`` and ``dark`` also fix the scheme."""

_NAMES = (*THEMES, *ALIASES)

EXAMPLE_DATA: JsonDict = {
    "theme": "forest",
    "avatar_url": "https://example.com/marta.png",
    "links": [{"label": "Shop", "url": "https://example.com/shop"}],
    "socials": [{"network": "instagram", "url": "https://instagram.com/example"}],
}


def _said_by(check: Callable[[str], Any]) -> AfterValidator:
    """A check of ``bio.checks`` as a validator; the value stays as it was sent."""

    def validate(value: str) -> str:
        try:
            check(value)
        except ValueError as error:
            raise rule(str(error)) from None
        return value

    return AfterValidator(validate)


def _theme(name: str) -> str:
    if name not in _NAMES:
        raise rule(f"must be one of {', '.join(THEMES)}")
    return name


def _link_url(url: str, info: ValidationInfo[Context]) -> str:
    try:
        href = checks.web_url(url)
    except ValueError as error:
        raise rule(str(error)) from None
    destinations = info.context.destinations
    if destinations.leads_here(href) is None:  # else it has to be one of the links, which know
        try:
            destinations.check(url)
        except LinkError as error:
            raise rule(error.message) from None
    return url


def _or_empty(check: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda value: value and check(value)


def _faults(faults: dict[str, str]) -> ValidationError:
    return ValidationError.from_exception_data(
        "bio", [{"type": rule(message), "loc": (field,), "input": ""} for field, message in faults.items()]
    )


# Keys of one's own may stand beside those that are known: they are kept and answered, and not shown.
_OPEN = ConfigDict(extra="allow", strict=True)


class PageLink(BaseModel):
    """A button. Keys that are not listed are kept and answered."""

    model_config = _OPEN

    label: Annotated[str, _said_by(lambda value: checks.text(value, checks.MAX_LABEL))] = Field(
        description=f"What stands on it: 1 to {checks.MAX_LABEL} characters."
    )
    url: Annotated[str, AfterValidator(_link_url)] = Field(
        description="Where it leads: an http or https URL, for which a short link is made, or one of the workspace's "
        "short links."
    )
    icon: Annotated[str, _said_by(checks.icon)] | None = Field(
        default=None,
        description="Before the label: the https URL of a small picture, an emoji, or the name of a drawing: "
        + ", ".join(f"`{name}`" for name in ICONS)
        + ".",
    )
    enabled: bool | None = Field(default=None, description="Whether it is shown; true if left out.")
    starts_at: Millis | None = Field(default=None, description="ISO 8601: it is shown from then on.")
    ends_at: Millis | None = Field(default=None, description="ISO 8601: it is shown until then.")

    @model_validator(mode="after")
    def _is_a_window(self) -> "PageLink":
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise _faults({"ends_at": "must be later than starts_at"})
        return self


class PageSocial(BaseModel):
    """A profile elsewhere, shown as an icon."""

    model_config = _OPEN

    network: Annotated[str, _said_by(checks.network)] = Field(description="Which icon: a name as in `icon` of a link.")
    url: Annotated[str, _said_by(checks.social_url)] = Field(
        description="An http or https URL, `mailto:` with an address, or `tel:` with a number."
    )


class PageColors(BaseModel):
    """Colours instead of the theme's, each `#rrggbb`. Text must have a contrast of 4.5:1 to what is behind it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    background: str = Field(description="Of the page.")
    text: str = Field(description="Of title, description and icons.")
    button: str | None = Field(default=None, description="Of the buttons; that of `text` if left out.")
    button_text: str | None = Field(
        default=None, description="Of their labels; `background`, or what is read best on `button`, if left out."
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> "PageColors":
        try:
            checks.colours(self.colours())
        except PageError as error:
            raise _faults({error.field: error.message}) from None
        return self

    def colours(self) -> Colours:
        """What the page is made with."""
        return Colours(background=self.background, text=self.text, button=self.button, button_text=self.button_text)


class PageData(BaseModel):
    """What stands on the page, and whatever else a client keeps with it. null is as good as left out."""

    model_config = ConfigDict(extra="allow", strict=True, json_schema_extra={"examples": [EXAMPLE_DATA]})

    theme: Annotated[str, AfterValidator(_theme), WithJsonSchema({"type": "string", "enum": list(_NAMES)})] | None = (
        Field(default=None, description="How it looks. `paper` if left out.")
    )
    color_scheme: (
        Annotated[str, _said_by(checks.scheme), WithJsonSchema({"type": "string", "enum": list(SCHEMES)})] | None
    ) = Field(  # noqa: E501
        default=None, description="Whether the theme is light or dark; `auto`, as the visitor's system is, if left out."
    )
    colors: PageColors | None = Field(default=None, description="Colours instead of the theme's.")
    avatar_url: Annotated[str, _said_by(_or_empty(checks.picture_url))] | None = Field(
        default=None, description="https URL of a square picture. Without one there are the title's initials."
    )
    lang: Annotated[str, _said_by(checks.language)] | None = Field(
        default=None, description="Language of the page (BCP 47); `en` if left out."
    )
    links: Annotated[list[PageLink], Field(max_length=checks.MAX_BUTTONS)] | None = Field(
        default=None, description="The buttons, in their order."
    )
    socials: Annotated[list[PageSocial], Field(max_length=checks.MAX_SOCIALS)] | None = Field(
        default=None, description="The icons below them, in their order."
    )


def _as_sent(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    check(value)
    return value


Data = Annotated[PageData, WrapValidator(_as_sent)]
"""``page_data``: checked, and then what was sent."""
