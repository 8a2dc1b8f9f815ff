"""Classes as numbers."""

from clicks.classes import CLASS_MASK, OUTCOMES, Kind, Outcome, Via, class_of, classes, parts_of
from clicks.record import VISITS


def test_every_class_has_a_number_of_its_own() -> None:
    parts = [(outcome, via, kind) for outcome in Outcome for via in Via for kind in Kind]
    numbers = [class_of(*part) for part in parts]
    assert len(set(numbers)) == len(parts)
    assert max(numbers) <= CLASS_MASK
    assert [parts_of(number) for number in numbers] == parts


def test_every_record_of_a_visit_has_an_outcome() -> None:
    assert set(OUTCOMES) == VISITS


def test_choosing_classes() -> None:
    assert classes([Outcome.REDIRECT], [Kind.PERSON, Kind.TOOL], [Via.QR]) == [8, 9]
    assert len(classes([Outcome.GONE])) == len(Kind) * len(Via)
