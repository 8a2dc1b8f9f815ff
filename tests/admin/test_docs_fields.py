import pytest

from admin.docs_fields import Field, fields_of, kind_of, resolve

INNER = {"properties": {"depth": {"type": "integer", "description": "How deep."}}}
DOCUMENT = {"components": {"schemas": {"Inner": INNER, "Alias": {"$ref": "#/components/schemas/Inner"}}}}
REF = {"$ref": "#/components/schemas/Alias"}


def test_references_are_followed():
    assert resolve(DOCUMENT, REF) is INNER


def test_nested_objects_are_rows_of_their_own():
    schema = {
        "required": ["one"],
        "properties": {
            "one": {"anyOf": [REF, {"type": "null"}], "description": "One."},
            "many": {"type": "array", "items": REF, "description": "Many."},
        },
    }
    assert fields_of(DOCUMENT, schema) == [
        Field("one", "any or null", True, "One."),
        Field("one.depth", "integer", False, "How deep."),
        Field("many", "array of any", False, "Many."),
        Field("many[].depth", "integer", False, "How deep."),
    ]


def test_a_schema_that_holds_itself_ends():
    DOCUMENT["components"]["schemas"]["Loop"] = {"properties": {"again": {"$ref": "#/components/schemas/Loop"}}}
    assert len(fields_of(DOCUMENT, {"$ref": "#/components/schemas/Loop"})) == 4


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "maxLength": 3}, "string, at most 3 characters"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "string (date-time) or null"),
        ({"enum": ["a", "b"], "default": "a"}, "one of a, b, default a"),
        ({"type": ["string", "integer"]}, "string or integer"),
        ({"type": "integer", "minimum": 0, "maximum": 9}, "integer, at least 0, at most 9"),
        (
            {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 9},
            "array of (string, at least 1 characters), at most 9 items",
        ),
        ({}, "any"),
    ],
)
def test_kind_of(schema, kind):
    assert kind_of(DOCUMENT, schema) == kind


def test_a_parameter_says_where_it_goes():
    parameter = {"name": "q", "in": "query", "required": False, "description": "Text.", "schema": {"type": "string"}}
    assert Field.of_parameter(DOCUMENT, parameter) == Field("q (query)", "string", False, "Text.")
