"""What the process answers, and the process itself: real codes, which are read back."""

import io
import re
import subprocess
from base64 import b64encode

import pytest

from admin import qr_process
from admin.qr_jobs import LENGTH_BYTES, Done, Job, Logo, Refused, decode_answer, encode, framed
from admin.qr_pool import COMMAND
from admin.qr_process import answer, serve
from qr import logo
from qr.design import Design
from tests.admin.qr_pictures import decoded, png, size_of

DATA = "https://go.example/summer24?qr=1"
URL = "data:image/png;base64," + b64encode(png()).decode()


def job(**fields):
    return Job(**{"design": Design(), "data": DATA, "format": "svg", "size": 10, **fields})


def modules(body):
    """Width of an SVG in modules, by what it claims in pixels at ten a module."""
    return int(re.search(rb'width="(\d+)"', body)[1]) // 10


@pytest.mark.parametrize("format_", ["svg", "png"])
@pytest.mark.parametrize("logo", [None, Logo(url=URL)], ids=["bare", "logo"])
@pytest.mark.parametrize("text", [DATA, "Grüße 😀", "x" * 1_000])
def test_a_code_can_be_read(format_, logo, text):
    outcome = answer(job(format=format_, logo=logo, data=text, design=Design(pattern="classy")))
    assert isinstance(outcome, Done)
    assert decoded(outcome.body) == text


def test_a_picture_has_the_size_that_was_asked_for():
    wide = modules(answer(job()).body)
    for size in (1, 3, 50):
        body = answer(job(size=size)).body
        assert f'width="{wide * size}" height="{wide * size}"'.encode() in body
        assert size_of(answer(job(format="png", size=size)).body) == (wide * size, wide * size)


def test_a_pdf_has_the_size_that_it_would_have_on_a_page():
    wide = modules(answer(job()).body)
    body = answer(job(format="pdf", size=10)).body
    assert body.startswith(b"%PDF-")
    points = float(re.search(rb"/MediaBox ?\[0 0 ([0-9.]+) ", body)[1])
    assert points == pytest.approx(wide * 10 * 72 / 96, abs=0.5)


def test_the_same_job_gives_the_same_bytes():
    for format_ in ("svg", "png", "pdf"):
        assert answer(job(format=format_, logo=Logo(url=URL))) == answer(job(format=format_, logo=Logo(url=URL)))


def test_a_logo_is_made_ready_once_while_its_bytes_stay(tmp_path, monkeypatch):
    made = []
    clean = logo.clean
    monkeypatch.setattr(logo, "clean", lambda data: made.append(data) or clean(data))
    qr_process._cleaned.cache_clear()
    qr_process._from_data_url.cache_clear()
    file = tmp_path / "logo"
    file.write_bytes(png())
    jobs = [job(logo=Logo(path=str(file))), job(logo=Logo(url=URL))]
    first = [answer(one) for one in jobs]
    assert first == [answer(one) for one in jobs]
    assert len(made) == 2
    file.write_bytes(b"no picture")
    refused = [answer(jobs[0]) for _ in range(2)]
    assert all(isinstance(one, Refused) for one in refused)
    assert made[2:] == [b"no picture"] * 2


def test_a_logo_comes_from_a_file(tmp_path):
    file = tmp_path / "logo"
    file.write_bytes(png())
    with_logo = answer(job(logo=Logo(path=str(file))))
    assert with_logo == answer(job(logo=Logo(url=URL)))
    assert with_logo != answer(job())


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"design": Design(foreground="#eeeeee")}, "foreground", "contrast"),
        ({"design": Design(foreground="#eeeeee"), "data": ""}, "foreground", "contrast"),
        ({"data": "x" * 2_000}, "data", "1"),
        ({"data": "x" * 1_200, "size": 50}, "size", "must be at most 2"),
        ({"logo": Logo(url="data:image/png;base64,!!!!")}, "logo", "base64"),
        ({"logo": Logo(url="data:image/svg+xml;base64," + b64encode(b"<svg/>").decode())}, "logo", "picture"),
        ({"logo": Logo(path="/nowhere/at/all")}, "logo", "is not there any more"),
    ],
)
def test_what_cannot_be_drawn_is_named(fields, field, message):
    outcome = answer(job(**fields))
    assert isinstance(outcome, Refused)
    assert outcome.field == field
    assert message in outcome.message


def test_a_design_alone_is_only_looked_at():
    assert answer(job(data="", logo=Logo(url=URL))) == Done(b"")


def frames(data):
    while data:
        length = int.from_bytes(data[:LENGTH_BYTES], "big")
        yield decode_answer(data[LENGTH_BYTES : LENGTH_BYTES + length])
        data = data[LENGTH_BYTES + length :]


def test_jobs_are_answered_in_order_until_there_are_no_more():
    jobs = [job(data="one"), job(data="x" * 2_000), job(data="three")]
    out = io.BytesIO()
    serve(io.BytesIO(b"".join(framed(encode(each)) for each in jobs) + b"\0\0"), out)
    one, two, three = frames(out.getvalue())
    assert isinstance(two, Refused)
    assert (decoded(one.body), decoded(three.body)) == ("one", "three")


def test_the_process_says_nothing_but_answers_and_ends_with_its_input():
    done = subprocess.run(COMMAND, input=framed(encode(job())), capture_output=True, timeout=60, check=True)
    (outcome,) = frames(done.stdout)
    assert decoded(outcome.body) == DATA
    assert done.stderr == b""
