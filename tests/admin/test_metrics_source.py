"""Where the numbers of ``/metrics`` come from."""

from pathlib import Path
from typing import Any

import pytest

from admin.metrics_source import Source, sizes_of
from clicks.answers import NO_STATE
from links.counts import ANSWERS, Counts
from links.errors import Code, LinkError
from links.locks import WORKERS

COUNTS = Counts((1,) * len(ANSWERS))


class FakeHub:
    counts = {WORKERS.start + 1: COUNTS, WORKERS.start: COUNTS}
    watermarks = {WORKERS.start + 1: 7}
    warnings = ["one"]

    def missing(self) -> set[int]:
        return {WORKERS.start}


class FakeAsks:
    error: LinkError | None = None

    async def ask(self, question: Any) -> Any:
        if self.error is not None:
            raise self.error
        return question(self)

    def state(self) -> Any:
        return NO_STATE


@pytest.mark.parametrize("status", [200, 503])
async def test_a_snapshot(tmp_path: Path, status: int) -> None:
    async def health() -> tuple[int, dict[str, Any]]:
        return status, {"rev": 8}

    asks, hub = FakeAsks(), FakeHub()
    gather = Source(tmp_path, health, hub, asks, 2)  # type: ignore[arg-type]
    snapshot = await gather()
    assert snapshot.up is (status == 200)
    assert (snapshot.rev, snapshot.expected, snapshot.missing, snapshot.proxies) == (8, 2, 1, 1)
    assert snapshot.counts == {0: COUNTS, 1: COUNTS}
    assert snapshot.watermarks == {1: 7}
    assert snapshot.state == NO_STATE
    assert snapshot.sizes == {"links.db": 0, "clicks.db": 0, "journal": 0}
    asks.error = LinkError(Code.UNAVAILABLE, "later")
    assert (await gather()).state is None


def test_sizes_are_those_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "links.db").write_bytes(b"x" * 10_000)
    (tmp_path / "links.db-wal").write_bytes(b"x" * 10_000)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "1-2-3").write_bytes(b"x" * 5_000)
    with open(tmp_path / "journal" / "1-2-4", "wb") as sparse:
        sparse.truncate(1 << 30)
    sizes = sizes_of(tmp_path)
    assert 20_000 <= sizes["links.db"] < 100_000
    assert 5_000 <= sizes["journal"] < 100_000
    assert sizes["clicks.db"] == 0
