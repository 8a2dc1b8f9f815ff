"""What the XQR API takes and answers about bio pages, as models: they validate, and their descriptions are the
documentation."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from admin.fields import Time
from admin.listing import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, integer
from admin.models_page_data import EXAMPLE_DATA, Data, PageData
from admin.models_xqr import Slug
from admin.validation import rule
from admin.wire_xqr import XqrMeta
from bio import checks

MAX_PAGE_DATA_BYTES = 65_536
"""Of ``page_data`` as JSON: a hundred buttons with long addresses take a third of it."""

MAX_HOST = 253

_EXAMPLE_PAGE: JsonDict = {
    "id": "bio_01990d2e4b6c7f20a1b2c3d4e5f60718",
    "title": "Marta Öberg",
    "description": "Illustrator and printmaker.",
    "slug": "marta-oberg",
    "page_data": EXAMPLE_DATA,
    "is_published": True,
    "published_at": "2026-03-21T14:35:00Z",
    "view_count": 0,
    "click_count": 0,
    "html_url": "http://localhost:8080/marta-oberg",
    "created_at": "2026-03-21T14:30:00Z",
    "updated_at": "2026-03-21T14:35:00Z",
    "number": 12,
}


def _title(value: str) -> str:
    try:
        return checks.text(value, checks.MAX_TITLE)
    except ValueError as error:
        raise rule(str(error)) from None


def _description(value: str) -> str:
    try:
        return checks.text(value, checks.MAX_DESCRIPTION, lines=True)
    except ValueError as error:
        raise rule(str(error)) from None


def _none_is_empty(value: Any) -> Any:
    return "" if value is None else value


Title = Annotated[
    str, AfterValidator(_title), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": checks.MAX_TITLE})
]
Description = Annotated[
    str, AfterValidator(_description), WithJsonSchema({"type": "string", "maxLength": checks.MAX_DESCRIPTION})
]


_TITLE = f"The heading: 1 to {checks.MAX_TITLE} characters."
_DESCRIPTION = f"Below the heading: at most {checks.MAX_DESCRIPTION} characters; line ends are kept."
_SLUG = "Last part of the address: 3 to 64 letters, digits and hyphens."
_ROOT = "Whether the page also answers `/` of its domain while it is published. Takes that from the page that had it."


class CreatePage(BaseModel):
    """A bio page to make. It is not published yet. Optional fields may be left out or null."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"title": "Marta Öberg", "page_data": EXAMPLE_DATA}]},
    )

    title: Title = Field(description=_TITLE)
    description: Annotated[Description, BeforeValidator(_none_is_empty)] = Field(default="", description=_DESCRIPTION)
    page_data: Data | None = Field(default=None, description="What stands on the page.")
    slug: Slug | None = Field(default=None, description=f"{_SLUG} Made from the title if left out.")
    domain: Annotated[str, Field(max_length=MAX_HOST)] | None = Field(
        default=None, description="A registered domain for the page; the server's own if left out."
    )
    at_root: bool | None = Field(default=None, description=_ROOT)

    def data(self) -> dict[str, Any]:
        """``page_data`` as it was sent."""
        sent: Any = self.page_data
        return sent or {}


class PatchPage(BaseModel):
    """What to change; fields that are left out stay as they are. It is live at once on a published page."""

    # Defaults are never read: model_fields_set tells what was sent. They only make a field optional without null.
    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"page_data": {"theme": "ocean"}}]}
    )

    title: Title = Field(default_factory=str, description=_TITLE)
    description: Description = Field(default_factory=str, description=_DESCRIPTION)
    page_data: Data = Field(
        default_factory=PageData,
        description="Keys that are sent replace those of the page as a whole, null removes one, the others stay.",
    )
    slug: Slug = Field(default_factory=str, description=f"{_SLUG} The old address answers for a grace period.")
    at_root: bool = Field(default_factory=bool, description=_ROOT)

    def wanted(self) -> dict[str, Any]:
        """What was sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class ListPages(BaseModel):
    """Which pages to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, BeforeValidator(integer)] = Field(
        default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Bio pages to answer at most."
    )
    offset: Annotated[int, BeforeValidator(integer)] = Field(
        default=0, ge=0, le=MAX_OFFSET, description="Bio pages to skip."
    )


class XqrPage(BaseModel):
    """A bio page."""

    model_config = ConfigDict(title="Bio page (XQR)", json_schema_extra={"examples": [_EXAMPLE_PAGE]})

    id: str = Field(description="Names the page in the paths of this API.")
    title: str = Field(description="The heading.")
    description: str = Field(description="Below the heading.")
    slug: str = Field(description="The last part of `html_url`.")
    page_data: dict[str, Any] = Field(description="What stands on the page, as it was sent.")
    is_published: bool = Field(description="Whether `html_url` answers; else it is 404.")
    published_at: Time | None = Field(description="When it was published last; kept when it no longer is.")
    view_count: int = Field(description="Visits of the page that are counted.")
    click_count: int = Field(description="Visits of its buttons that are counted.")
    html_url: str = Field(description="The address of the page.")
    created_at: Time = Field(description="ISO 8601, UTC, whole seconds.")
    updated_at: Time = Field(description="ISO 8601, UTC, whole seconds.")
    number: int = Field(description="What the Divsly API calls the page by: its `bioPage`.")


class XqrPageAnswer(BaseModel):
    """One bio page."""

    data: XqrPage
    meta: XqrMeta


class XqrPagesMeta(XqrMeta):
    """About the answer and its place in the listing."""

    total: int = Field(description="Bio pages of the workspace.")
    limit: int = Field(description="Bio pages to answer at most, as asked for.")
    offset: int = Field(description="Bio pages skipped, as asked for.")


class XqrPagesAnswer(BaseModel):
    """Some bio pages, newest first."""

    data: list[XqrPage] = Field(description="The pages.")
    meta: XqrPagesMeta
