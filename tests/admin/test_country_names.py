from importlib.resources import files

import pytest

from admin.country_names import _lines, code_of, name_of, plain


def test_every_country_is_there_once():
    zones = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    codes = [line[:2] for line in zones.splitlines() if not line.startswith("#")]
    assert [two for two, _, _ in _lines()] == sorted(codes)
    assert len(codes) == len({three for _, three, _ in _lines()}) == 249
    assert all(len(three) == 3 and three.isupper() for _, three, _ in _lines())


def test_no_name_stands_for_two():
    owners = {}
    for two, three, names in _lines():
        for name in (two, three, *names):
            assert owners.setdefault(plain(name), two) == two, name
            assert code_of(name) == two


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Germany", "DE"),
        ("germany", "DE"),
        (" GERMANY ", "DE"),
        ("de", "DE"),
        ("DEU", "DE"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("The United States of America", "US"),
        ("UK", "GB"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Cote d’Ivoire", "CI"),
        ("Ivory Coast", "CI"),
        ("Turkey", "TR"),
        ("Turkiye", "TR"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("The Netherlands", "NL"),
        ("the Bahamas", "BS"),
        ("Curacao", "CW"),
        ("Aland Islands", "AX"),
        ("Guinea-Bissau", "GW"),
        ("Guinea Bissau", "GW"),
        ("Atlantis", None),
        ("", None),
        ("the", None),
        ("XX", None),
    ],
)
def test_names(name, code):
    assert code_of(name) == code


def test_codes_have_a_name():
    assert (name_of("DE"), name_of("KR"), name_of("XX")) == ("Germany", "South Korea", None)
