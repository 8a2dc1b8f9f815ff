"""Codes in few designs, in which any two properties meet, are read again. ``make qr`` tries all designs."""

import itertools
import shutil

import pytest

from tests.qr import reading


def test_the_sample_holds_every_pair() -> None:
    chosen = reading.sample()
    assert chosen == reading.sample()
    assert len(chosen) < 40
    assert set().union(*map(reading.pairs_of, chosen)) == set().union(*map(reading.pairs_of, reading.cases()))


def test_all_cases_are_the_whole_product() -> None:
    assert len(set(reading.cases())) == 6 * 3 * 3 * 2 * 3 * 2 * 2 * 2


@pytest.mark.parametrize("case", reading.sample(), ids=lambda case: "-".join(map(str, case[:-1])))
def test_codes_are_read(case: reading.Case) -> None:
    for what, image in reading.pictures(case, with_pdf=False):
        assert reading.read(image) == case.text, what


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs pdftoppm (apt install poppler-utils)")
@pytest.mark.parametrize("case", reading.sample(), ids=lambda case: "-".join(map(str, case[:-1])))
def test_printed_codes_are_read(case: reading.Case) -> None:
    image = reading.printed(reading.render.pdf(case.text, case.design()))
    assert reading.read(image) == case.text


def test_a_code_that_is_not_read_is_counted() -> None:
    case = reading.cases()[0]
    good = dict.fromkeys(itertools.product(("300 px",), reading.DISTURBED), True)
    bad = good | {("300 px", reading.CLEAN): False}
    made = reading.table([case, case], [good, bad])
    assert made.rows[0] == ["all, 300 px", "2", "50.0 %", "100.0 %", "100.0 %", "100.0 %"]


def test_a_damaged_picture_is_not_read() -> None:
    image = reading.opened(reading.render.png("x", reading.Design(), 300))
    assert reading.read(image) == "x"
    image.paste("#ffffff", (0, 0, 150, 150))
    assert reading.read(image) is None
