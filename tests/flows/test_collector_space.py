"""A full disk stops the counting, not the collector; when there is room again it goes on, and nothing is missing."""

import os
import subprocess
from pathlib import Path

import pytest

from clicks.segment import DIRECTORY, names
from tests.clicks.counting import Writer
from tests.flows.collected import prepared, rows
from tests.flows.processes import LIMIT_S, wait_until
from tests.flows.product import FINGERPOST
from tests.flows.test_journal_space import can_mount, free_bytes, unsharing, use_up

__all__ = ["can_mount"]

DISK_MIB = 24
VISITS = 20_000
FULL = "visits cannot be counted at the moment: database or disk is full"
WELL = "visits are counted again"


def write_visits(journal: Path) -> None:
    """Of many links, so that the rollups take some megabytes."""
    writer = Writer(journal, size=4 << 20)
    for n in range(VISITS):
        writer.visit(n + 1)
    writer.close()


@pytest.mark.usefixtures("can_mount")
def test_on_a_full_disk_visits_wait(tmp_path: Path) -> None:
    config = prepared(tmp_path)
    data, template = tmp_path / "data", tmp_path / "template"
    data.rename(template)
    data.mkdir()
    # First without a journal, so that the database is made while there is room.
    script = (
        f"mount -t tmpfs -o size={DISK_MIB}m,mode=700 tmpfs '{data}' && cp -r '{template}/.' '{data}' && exec \"$@\""
    )
    command = [*unsharing(), "sh", "-c", script, "sh", *FINGERPOST, "--config", str(config), "collector"]
    log = tmp_path / "log"
    with log.open("w") as err:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"collecting   {data}\n"
        fd = os.open(f"/proc/{process.pid}/root{data}", os.O_RDONLY | os.O_DIRECTORY)
        disk = Path(f"/proc/self/fd/{fd}")
        elsewhere = tmp_path / "journal"
        write_visits(elsewhere)
        (segment,) = elsewhere.iterdir()
        (disk / DIRECTORY).mkdir(exist_ok=True)
        use_up(disk / "filler", free_bytes(disk) - segment.stat().st_size - 256 * 1024)
        part = disk / DIRECTORY / "part"
        part.write_bytes(segment.read_bytes())
        part.rename(disk / DIRECTORY / segment.name)
        wait_until(lambda: FULL in log.read_text(), "it complains")
        assert len(names(disk / DIRECTORY)) == 1
        assert process.poll() is None
        (disk / "filler").unlink()
        wait_until(lambda: names(disk / DIRECTORY) == [], "it is counted")
        assert WELL in log.read_text()
        process.terminate()
        assert process.wait(LIMIT_S) == 0
        for path in disk.glob("clicks.db*"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        os.close(fd)
    finally:
        process.kill()
        process.communicate()
    assert log.read_text().count(FULL) == 1
    assert rows(tmp_path, "SELECT COUNT(*), SUM(n) FROM totals WHERE subject > 0") == [(VISITS, VISITS)]
