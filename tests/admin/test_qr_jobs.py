import msgspec
import pytest

from admin.qr_jobs import CONTENT_TYPES, Done, Job, Logo, Refused, decode_answer, decode_job, encode, framed
from qr.design import Design

JOB = Job(design=Design(background=None, foreground="#123"), data="ü", format="pdf", size=3, logo=Logo(path="/x"))


def test_a_job_comes_as_it_was_sent():
    assert decode_job(encode(JOB)) == JOB


@pytest.mark.parametrize("outcome", [Done(b"\0\xff"), Done(b""), Refused("size", "must be ü")])
def test_an_answer_comes_as_it_was_sent(outcome):
    assert decode_answer(encode(outcome)) == outcome


def test_nonsense_is_no_answer():
    with pytest.raises(msgspec.DecodeError):
        decode_answer(b"\xc1")


def test_the_length_stands_in_front():
    assert framed(b"abc") == b"\0\0\0\3abc"


def test_every_format_has_its_type():
    assert set(CONTENT_TYPES) == {"svg", "png", "pdf"}
