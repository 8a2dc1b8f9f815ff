"""What stands in a product's journal, and a process that reads it all the time.

As a program: ``DIRECTORY`` is polled until standard input ends; then once more, and what was found is said as JSON.
"""

import json
import select
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from clicks.reader import JournalReader, Visit
from clicks.record import END_MARK
from clicks.segment import is_abandoned, names
from links import database
from tests.flows.processes import LIMIT_S
from tests.flows.product import Product

HOUSE = Path(__file__).parents[2]
POLL_S = 0.005


def journal_of(product: Product) -> Path:
    return product.data / "journal"


def visits_of(directory: Path) -> list[Visit]:
    """Everything, after the writers' end."""
    reader = JournalReader(directory)
    visits = list(reader.poll())
    assert reader.torn == 0
    assert reader.positions() == {}
    return visits


def everything(directory: Path) -> bytes:
    """The bytes of all files."""
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()))


def link_ids(product: Product) -> dict[str, int]:
    """The id of the link of each slug."""
    with closing(sqlite3.connect(product.data / database.FILE_NAME)) as connection:
        return dict(connection.execute("SELECT slug, link FROM codes WHERE state = 'live'"))


def is_cut(path: Path) -> bool:
    """Whether a segment ends with its end mark: nothing that was reserved is left."""
    return path.read_bytes().endswith(END_MARK)


def are_abandoned(directory: Path) -> bool:
    """Whether nobody writes to any segment any more. A process that was killed holds its locks as long as one of its
    threads waits for the disk, and is a zombie before."""
    for name in names(directory):
        with open(directory / str(name), "rb") as file:
            if not is_abandoned(file.fileno()):
                return False
    return True


class Reading:
    """A process that reads a journal as long as the context is open. Then: how many ``visits`` of each link there
    are, how many records were ``torn``, how many visits are ``lost``."""

    def __init__(self, directory: Path) -> None:
        self.visits: Counter[int] = Counter()
        self.torn = self.lost = self.twice = self.open = 0
        command = [sys.executable, "-m", "tests.flows.journals", str(directory)]
        self._process = subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with self._process:  # closes its pipes
            pass

    def end(self) -> None:
        """After the writers' end: wait for what is left to be read."""
        said, _ = self._process.communicate(timeout=LIMIT_S)
        assert self._process.returncode == 0
        found = json.loads(said)
        self.visits = Counter({int(link): count for link, count in found["visits"].items()})
        self.torn, self.lost, self.twice, self.open = found["torn"], found["lost"], found["twice"], found["open"]


def main(directory: Path) -> None:
    reader = JournalReader(directory)
    visits: Counter[int] = Counter()
    lost = twice = 0
    offsets: dict[object, int] = {}
    is_last = False
    while not is_last:
        is_last = bool(select.select([sys.stdin], [], [], POLL_S)[0])
        for visit in reader.poll():
            if visit.peer:
                visits[visit.link_id] += 1
            else:
                lost += visit.link_id
            twice += visit.offset <= offsets.get(visit.segment, 0)
            offsets[visit.segment] = visit.offset
    assert offsets.keys() <= set(names(directory))
    found = {"visits": visits, "torn": reader.torn, "lost": lost, "twice": twice, "open": len(reader.positions())}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
