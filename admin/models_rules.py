"""Routing rules, as the XQR API takes them: models that validate and document. They are stored and echoed as sent.

Nothing unknown is let through: a condition that is ignored would match everybody. ``null`` counts as left out.
"""

import re
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from admin.fields import Millis, Url
from admin.validation import rule
from links.program import DIRECT, UTC
from links.rules import referrer_host

MAX_RULES = 50
MAX_VARIANTS = 20
MAX_MEMBERS = 250
"""Of a list: every country fits."""
MAX_PARAMETERS = 20
MAX_PARAMETER_CHARACTERS = 1_024
MAX_NAME_CHARACTERS = 64
MAX_PRIORITY = 2_147_483_647
"""What every client can hold."""
MAX_WEIGHT = 1_000_000

# ISO 3166-1 alpha-2, and XK, which the sources of countries use for Kosovo.
_COUNTRIES = frozenset(
    re.findall(
        "[A-Z]{2}",
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
        BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
        FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
        IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
        ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
        PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
        TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
        """,
    )
)
_MEANT = {"UK": "GB", "EL": "GR"}

# RFC 5646 section 2.1, as far as a language range goes (RFC 4647 section 2.1).
_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,8}|[iIxX](?=-))(?:-[A-Za-z0-9]{1,8})*")
MAX_LANGUAGE_CHARACTERS = 35  # RFC 5646 section 4.4.1

Mode = Literal["include", "exclude"]
Os = Literal["ios", "android", "windows", "macos", "linux", "chromeos"]
Browser = Literal["chrome", "safari", "firefox", "edge", "opera", "samsung", "other"]
Device = Literal["mobile", "tablet", "desktop"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _country(code: str) -> str:
    if code.upper() not in _COUNTRIES:
        meant = _MEANT.get(code.upper())
        hint = f', this country\'s is "{meant}"' if meant else ', such as "DE"'
        raise rule(f"must be a country code of two letters (ISO 3166-1 alpha-2){hint}")
    return code


def _language(tag: str) -> str:
    if len(tag) > MAX_LANGUAGE_CHARACTERS or not _LANGUAGE.fullmatch(tag):
        raise rule('must be a language tag (BCP 47), such as "pt" or "pt-BR"')
    return tag


def _zone(name: str) -> str:
    if name not in _zones():
        raise rule('must be the IANA name of a time zone, such as "Europe/Berlin"')
    return name


def _referrer(host: str) -> str:
    try:
        return host if host.lower() == DIRECT else referrer_host(host)
    except ValueError:
        raise rule('must be a host without scheme, port or path, such as "example.com", or "direct"') from None


def _not_available(value: Any) -> None:
    if value is not None:
        raise rule("is not available yet")


def _at(faults: dict[str, str]) -> ValidationError:
    """What is wrong with fields of a model beside each other: a message by the name of the field."""
    return ValidationError.from_exception_data(
        "rule", [{"type": rule(message), "loc": (field,), "input": ""} for field, message in faults.items()]
    )


@cache
def _zones() -> frozenset[str]:
    # Some 50 ms, once. "localtime" is another zone on each machine.
    return frozenset(available_timezones() - {"localtime"} | {UTC})


_STRICT = ConfigDict(extra="forbid", strict=True)
_MODE = "`include` (the default): who is in the list matches; `exclude`: who is not."
_Parameter = Annotated[str, Field(max_length=MAX_PARAMETER_CHARACTERS)]
# An empty list is refused: nobody can be in it, and it is usually meant otherwise.
_LIST = Field(min_length=1, max_length=MAX_MEMBERS)
_Country = Annotated[str, AfterValidator(_country), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{2}$"})]
_Language = Annotated[str, AfterValidator(_language)]
_Referrer = Annotated[str, AfterValidator(_referrer)]
_Zone = Annotated[str, AfterValidator(_zone)]


class RuleHours(BaseModel):
    """A window of hours: from `start` on, before `end`. `start` after `end` wraps midnight: 20 to 6."""

    model_config = _STRICT

    start: int = Field(ge=0, le=23, description="The first hour, 0 to 23.")
    end: int = Field(ge=0, le=24, description="The hour that is the first outside, 0 to 24.")
    timezone: _Zone | None = Field(default=None, description="As `timezone` beside `hours`; both must be the same.")

    @model_validator(mode="after")
    def _is_a_window(self) -> "RuleHours":
        if self.start == self.end:
            raise _at({"end": "must not be the same as start; the whole day is 0 to 24"})
        return self


class RuleConditions(BaseModel):
    """When a rule matches: all conditions that are given must hold; of a list, one member. None: always."""

    model_config = _STRICT

    countries: Annotated[list[_Country], _LIST] | None = Field(
        default=None, description="Country codes (ISO 3166-1 alpha-2) of the visitor's address."
    )
    country_mode: Mode | None = Field(default=None, description=f"{_MODE} An unknown country is in no list.")
    device_types: Annotated[list[Device], _LIST] | None = Field(
        default=None, description="By the user agent; what is not known is a desktop."
    )
    os: Annotated[list[Os], _LIST] | None = Field(
        default=None, description="Operating systems, by the user agent; an unknown one is in no list."
    )
    os_mode: Mode | None = Field(default=None, description=_MODE)
    browsers: Annotated[list[Browser], _LIST] | None = Field(
        default=None, description="By the user agent; `other` is what is none of the others."
    )
    browser_mode: Mode | None = Field(default=None, description=_MODE)
    languages: Annotated[list[_Language], _LIST] | None = Field(
        default=None,
        description="Language tags (BCP 47), any of which the visitor accepts; `pt` matches `pt-BR` as well.",
    )
    language_mode: Mode | None = Field(default=None, description=_MODE)
    referrers: Annotated[list[_Referrer], _LIST] | None = Field(
        default=None, description="Hosts that the visitor comes from, with their subdomains; `direct`: no Referer."
    )
    referrer_mode: Mode | None = Field(default=None, description=_MODE)
    query: Annotated[dict[_Parameter, _Parameter | None], Field(min_length=1, max_length=MAX_PARAMETERS)] | None = (
        Field(default=None, description="Parameters that the short link was asked for with; null: with any value.")
    )
    hours: RuleHours | None = Field(default=None, description="Hours of the day.")
    days: Annotated[list[Day], _LIST] | None = Field(
        default=None, description="Days of the week. After midnight it is the next day, in a window of hours too."
    )
    timezone: _Zone | None = Field(default=None, description="Of `hours` and `days`: an IANA name. UTC if left out.")
    starts_at: Millis | None = Field(default=None, description="ISO 8601: the rule is live from then on.")
    expires_at: Millis | None = Field(default=None, description="ISO 8601: the rule is live until then.")
    percentage: float | None = Field(
        default=None,
        ge=0,
        le=100,
        description="The share of the visits that fulfil the other conditions of this rule and got no earlier one, "
        "drawn anew for each visit.",
    )
    max_scans: Annotated[Any, BeforeValidator(_not_available), WithJsonSchema({"type": "null"})] = Field(
        default=None, description="Not available yet."
    )

    @model_validator(mode="after")
    def _fit_together(self) -> "RuleConditions":
        faults = {}
        if self.starts_at is not None and self.expires_at is not None and self.starts_at >= self.expires_at:
            faults["expires_at"] = "must be later than starts_at"
        inner = self.hours.timezone if self.hours else None
        if inner is not None and self.timezone is not None and inner != self.timezone:
            faults["timezone"] = "must be the same as hours.timezone, or only one of them be given"
        if faults:
            raise _at(faults)
        return self


class RuleVariant(BaseModel):
    """One of several destinations of a rule."""

    model_config = _STRICT

    destination: Url = Field(description="Where the visitor is sent, as `url` of a link.")
    weight: float | None = Field(
        default=None, gt=0, le=MAX_WEIGHT, description="How often, in proportion to the other variants; 1 if left out."
    )


class RoutingRule(BaseModel):
    """Where to send whom. Of the rules of a link the first that matches counts, and if none does, its `url`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "destination": "https://example.com/de",
                    "priority": 1,
                    "conditions": {"countries": ["DE", "AT"], "device_types": ["mobile"]},
                }
            ]
        },
    )

    destination: Url | None = Field(
        default=None, description="As `url` of a link. Required unless there are `variants`."
    )
    priority: int | None = Field(
        default=None,
        ge=-MAX_PRIORITY,
        le=MAX_PRIORITY,
        description="Rules are tried from the lowest on, equal ones in the order of the array; 0 if left out.",
    )
    conditions: RuleConditions | None = Field(default=None, description="When the rule matches.")
    name: Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)] | None = Field(default=None, description="For people.")
    enabled: bool | None = Field(
        default=None, description="A rule that is not enabled never matches. True if left out."
    )
    variants: Annotated[list[RuleVariant], Field(min_length=1, max_length=MAX_VARIANTS)] | None = Field(
        default=None,
        description="Destinations to be chosen from, instead of `destination`. A visitor (address and user agent) "
        "always gets the same one.",
    )

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "RoutingRule":
        if self.destination is None and self.variants is None:
            raise _at({"destination": "is required where there are no variants"})
        return self


def _as_sent(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    check(value)
    return value


Rules = Annotated[
    list[RoutingRule],
    Field(max_length=MAX_RULES),
    WrapValidator(_as_sent),
]
"""Routing rules: checked, and then what was sent."""
