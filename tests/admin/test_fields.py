from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from admin.errors import Problem
from admin.fields import Label, Millis, Seconds, Text, Url, shown
from admin.validation import context, validated


class Sample(BaseModel):
    model_config = ConfigDict(strict=True)
    url: Url | None = None
    tag: Label | None = None
    text: Text | None = None
    seconds: Seconds | None = None
    millis: Millis | None = None


def parsed(**data: Any) -> Any:
    return validated(Sample, data, context("sho.rt", ("http", "https")))


def fault(**data: Any) -> str:
    with pytest.raises(Problem) as caught:
        parsed(**data)
    return caught.value.details[0].message


def test_a_url_is_kept_as_it_was_sent():
    assert parsed(url="HTTP://Example.com").url == "HTTP://Example.com"


@pytest.mark.parametrize(
    "url", ["", "example.com", "ftp://example.com/", "javascript:alert(1)", "http://", " http://a/"]
)
def test_a_bad_url_is_found_with_the_other_faults(url):
    assert fault(url=url).startswith("must")


def test_a_url_may_not_lead_back_here():
    assert "this server" in fault(url="http://SHO.rt/x")


def test_schemes_are_the_operators():
    assert validated(Sample, {"url": "mailto:a@example.com"}, context("sho.rt", ("mailto",))).url


def test_a_label_is_trimmed():
    assert parsed(tag="  summer  ").tag == "summer"
    assert parsed(tag=" " + "x" * 64 + " ").tag == "x" * 64


@pytest.mark.parametrize("tag", ["", "   ", "x" * 65, "a\x00b", "a\nb"])
def test_a_bad_label(tag):
    assert fault(tag=tag).startswith("must")


def test_text_is_anything_that_the_database_holds():
    assert parsed(text="a\n🎉").text == "a\n🎉"
    assert fault(text="a\x00b") == "must not contain U+0000"


def test_times_are_milliseconds():
    assert parsed(millis="1970-01-01T00:00:01.25Z").millis == 1_250
    assert parsed(seconds="1970-01-01T00:00:01.99Z").seconds == 1_000


@pytest.mark.parametrize("value", [5, True, [], "soon", "2026-13-01", ""])
def test_a_bad_time(value):
    assert "ISO 8601" in fault(seconds=value)


@pytest.mark.parametrize(
    ("character", "said"), [("_", '"_"'), (" ", "U+0020"), ("\u0301", "U+0301"), ("\u200b", "U+200B")]
)
def test_shown(character, said):
    assert shown(character) == said
