from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from admin.errors import Failure, Problem
from admin.validation import MAX_DETAILS, context, rule, validated

CONTEXT = context("localhost:8080")


class Inner(BaseModel):
    model_config = ConfigDict(strict=True)
    depth: int = 0


class Sample(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    name: str
    flags: list[bool] = Field(default=[], max_length=2)
    inner: Inner | None = None
    size: float | None = None


def details(data, noun="field"):
    with pytest.raises(Problem) as caught:
        validated(Sample, data, CONTEXT, noun)
    assert caught.value.failure is Failure.VALIDATION
    return {detail.field: detail.message for detail in caught.value.details}


def test_what_is_valid_is_a_model():
    assert validated(Sample, {"name": "x", "inner": {"depth": 2}}, CONTEXT).inner.depth == 2


def test_every_fault_is_found_with_its_place():
    assert details({"flags": [True, 1, "true"], "inner": {"depth": "2"}, "size": "big"}) == {
        "name": "is required",
        "flags": "must have at most 2 items",
        "inner.depth": "must be an integer",
        "size": "must be a number",
    }
    assert details({"name": None, "flags": [1], "inner": 5}) == {
        "name": "must be a string, not null",
        "flags[0]": "must be true or false",
        "inner": "must be an object",
    }


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("nmae", 'unknown field "nmae" (did you mean "name"?)'),
        ("FLAGS", 'unknown field "FLAGS" (did you mean "flags"?)'),
        ("zzz", 'unknown field "zzz"'),
        ("a\nb", 'unknown field "a?b"'),
        ("y" * 100, f'unknown field "{"y" * 64}…"'),
    ],
)
def test_an_unknown_field_is_named_with_its_nearest_neighbour(sent, message):
    assert list(details({"name": "x", sent: 1}).values()) == [message]


def test_a_limit_of_a_text_counts_characters_wherever_it_stands():
    class Texts(BaseModel):
        plain: Annotated[str, Field(max_length=2)] = ""
        checked: Annotated[Annotated[str, AfterValidator(str)], Field(max_length=2)] = ""

    with pytest.raises(Problem) as caught:
        validated(Texts, {"plain": "xxx", "checked": "xxx"}, CONTEXT)
    assert {detail.message for detail in caught.value.details} == {"must have at most 2 characters"}


def test_the_noun_is_the_callers():
    assert details({"name": "x", "zzz": 1}, "parameter") == {"zzz": 'unknown parameter "zzz"'}


def test_values_are_never_echoed():
    with pytest.raises(Problem) as caught:
        validated(Sample, {"name": ["s3cret"], "flags": "s3cret", "size": "s3cret"}, CONTEXT)
    assert "s3cret" not in caught.value.message


def test_an_answer_stays_small_however_many_faults_there_are():
    with pytest.raises(Problem) as caught:
        validated(Sample, {"name": "x"} | {f"field{i}": i for i in range(5_000)}, CONTEXT)
    assert len(caught.value.details) == MAX_DETAILS
    assert caught.value.message.endswith("; and 4990 more")


def test_a_rule_may_hold_braces():
    assert rule("no {braces}").message() == "no {braces}"
