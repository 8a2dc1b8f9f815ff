import pytest
from pydantic_core import PydanticCustomError

from admin.divsly_types import TYPES, QrSettings, link_type, split_tags


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SHORT_LINK", "SHORT_LINK"),
        ("shortlink", "SHORT_LINK"),
        ("Short Link", "SHORT_LINK"),
        ("short-link", "SHORT_LINK"),
        ("QR", "QR"),
        ("qr", "QR"),
        ("BIO_LINK", "BIO_LINK"),
        ("biolink", "BIO_LINK"),
        ("BIO_PAGE", "BIO_LINK"),
        ("QR_N_BIO_PAGE", "QR_N_BIO_PAGE"),
        ("QR_N_, BIO_PAGE", None),
        ("QR_N_", "QR_N_BIO_PAGE"),
        ("QR_N", "QR_N_BIO_PAGE"),
        ("qrnbiopage", "QR_N_BIO_PAGE"),
        ("QR_N_ BIO_PAGE", "QR_N_BIO_PAGE"),
        ("page", None),
        ("", None),
    ],
)
def test_every_spelling_of_a_type(text, name):
    assert link_type(text) == name


def test_every_type_is_a_spelling_of_itself():
    assert [link_type(name) for name in TYPES] == list(TYPES)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", []),
        (" , ,", []),
        ("a", ["a"]),
        (" b ,a,,b", ["b", "a"]),
        (",".join(map(str, range(40))), list(map(str, range(40)))),
    ],
)
def test_tags_are_trimmed_unique_and_in_order(text, tags):
    assert split_tags(text) == tags


def test_a_bad_tag_is_counted_out():
    with pytest.raises(PydanticCustomError, match="tag 2 must have at most 64 characters, this has 65"):
        split_tags("a," + "b" * 65)


def test_qr_settings_ignore_what_is_unknown_and_what_is_empty():
    settings = QrSettings.model_validate({"color": "", "corner": "", "later": {"a": 1}, "preset": 7, "frame": None})
    assert settings.model_dump(exclude_none=True) == {"preset": 7}
