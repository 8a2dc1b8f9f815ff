"""Keeps a journal in segments: two threads, so that neither the disk nor a large allocation is ever waited for.

One makes segments ahead and puts away those that are full; it never waits for the disk to write. The other
synchronises: what is older than ``SYNC_S`` survives a power cut.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from clicks.journal import Journal
from clicks.memory_segment import LINK_BYTES, MemorySegment, forget_unlinked, memory_for
from clicks.memory_segment import MOST_BYTES as MOST_MEMORY_BYTES
from clicks.segment import SLICE_BYTES, Name, Segment, alone_in, used_bytes
from clicks.tidying import tidy

log = logging.getLogger(__name__)

AHEAD = 2
"""Segments ready beside the one that is written: at 100,000 visits a second one lasts some two seconds."""

MOST_SEGMENT_BYTES = 16 << 20
SEGMENTS_IN_CAP = 64
"""A segment is this part of the cap, so that several workers fit with those that they have ready."""

BARE_FROM = 0.75
"""The part of the cap from which visits are written without address and header."""

LOOK_S = 1.0
"""Seconds between two looks at the disk."""

SYNC_S = 0.25
"""Seconds between two synchronisations while visits come in. A whole second's visits written out at once hold stores up
for more than a millisecond; at each 256 KB there were twice as many pauses of a tenth."""

SYNC_NICE = 10


class Keeper:
    """Makes and keeps the segments of ``journal`` in ``directory``.

    ``boot_ns``: when this process started, epoch nanoseconds; with the process id it must be unique for ever.
    ``cap_bytes``: what all segments of all processes in the directory may take of the disk. ``memory``: a directory of
    a file system in memory, which may be everybody's, for those that are written; ``None``: the disk alone.
    """

    def __init__(
        self, journal: Journal, directory: Path, boot_ns: int, cap_bytes: int, memory: Path | None = None
    ) -> None:
        self._journal = journal
        self._directory = directory
        self._boot_ns = boot_ns
        self._cap_bytes = cap_bytes
        self._memory = memory
        most = MOST_SEGMENT_BYTES if memory is None else MOST_MEMORY_BYTES
        self._segment_bytes = min(most, cap_bytes // SEGMENTS_IN_CAP // SLICE_BYTES * SLICE_BYTES)
        self._room_bytes = self._segment_bytes + (0 if memory is None else LINK_BYTES)
        self._seq = 0
        self.complaint = ""
        """Why visits are recorded in part or not at all; empty while all is well."""
        self._disk_complaint = ""
        self._memory_complaint = ""

        self._reported = 0
        self._synced: tuple[Segment | None, int] = (None, 0)
        self._unmapped: deque[Segment] = deque()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name="journal", daemon=True),
            threading.Thread(target=self._sync, name="journal-sync", daemon=True),
        ]

    def start(self) -> None:
        """Give the journal its first segments, and begin."""
        self._look()
        self._journal.wake = self._wake.set
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Write everything to the disk and give back what was reserved. Nobody writes to the journal any more."""
        self._stopping.set()
        self._wake.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._journal.close()
        self._put_away()
        self._synchronise()
        self._report_loss()
        self._leave_memory()

    def _work(self) -> None:
        try:
            with alone_in(self._directory):
                tidy(self._directory)
                if self._memory is not None and self._memory.is_dir():
                    forget_unlinked(memory_for(self._directory, self._memory), self._directory)
        except OSError as error:
            log.warning("journal: %s: what ended processes left is not tidied: %s", self._directory, error.strerror)
        while not self._stopping.is_set():
            self._wake.clear()
            if self._look():
                self._wake.wait(LOOK_S)
            else:  # the disk is full: every lost visit says so, and a second is soon enough
                self._stopping.wait(LOOK_S)

    def _look(self) -> bool:
        """Do what is to be done; whether there was room for it."""
        self._put_away()
        made = True
        if len(self._journal.ready) < AHEAD or self._journal.bare:
            try:
                made = self._make()
            except OSError as error:
                self._complain(f"no room for visits in {self._directory}: {error.strerror}")
                made = False
        return made

    def _make(self) -> bool:
        """Make the segments that are missing, as far as the cap allows; whether it does."""
        with alone_in(self._directory):
            used = used_bytes(self._directory)
            while len(self._journal.ready) < AHEAD and used + self._room_bytes <= self._cap_bytes:
                name = Name(self._boot_ns, os.getpid(), self._seq)
                segment = self._segment(name)
                self._seq += 1
                self._journal.ready.append(segment)
                used += self._room_bytes
        self._journal.bare = used > self._cap_bytes * BARE_FROM
        # Not by their number alone: the journal may have taken one since.
        if len(self._journal.ready) < AHEAD and used + self._room_bytes > self._cap_bytes:
            self._complain(f"{self._directory} has reached its cap, clicks.journal_mib")
            return False
        if self._journal.bare:
            self._complain(f"{self._directory} is nearly full: of visits only time and link are recorded")
        else:
            self._complain("")
        return True

    def _segment(self, name: Name) -> Segment:
        """A new segment: in memory, where there is room."""
        if self._memory is None:
            return Segment(self._directory, name, self._segment_bytes)
        complaint = ""
        try:
            memory = memory_for(self._directory, self._memory)
            segment: Segment = MemorySegment(self._directory, name, self._segment_bytes, memory)
        except OSError as error:
            segment = Segment(self._directory, name, self._segment_bytes)
            complaint = f"{self._memory}: {error.strerror}: visits are written to the disk at once"
        if complaint != self._memory_complaint:
            log.warning("journal: %s", complaint or "visits are written to memory first again")
            self._memory_complaint = complaint
        return segment

    def _leave_memory(self) -> None:
        """Remove the directory in memory, which is another's too as long as anything is in it."""
        if self._memory is None or not self._directory.is_dir():
            return
        try:
            with alone_in(self._directory):
                memory_for(self._directory, self._memory).rmdir()
        except OSError as error:
            log.debug("journal: %s: %s", self._memory, error.strerror)

    def _put_away(self) -> None:
        while self._journal.retired:
            segment = self._journal.retired.popleft()
            segment.unmap()
            self._unmapped.append(segment)

    def _sync(self) -> None:
        # Of this thread alone (setpriority(2)): writing pages out takes CPU time, and a request that comes meanwhile on
        # the same core goes first. It holds the interpreter for some microseconds only.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), SYNC_NICE)
        while not self._stopping.wait(SYNC_S):
            self._synchronise()
            self._report_loss()

    def _synchronise(self) -> None:
        complaint = ""
        segment, offset = self._journal.segment, self._journal.offset
        if segment is not None and (segment, offset) != self._synced:
            complaint = self._tried(partial(segment.sync, offset))
            if not complaint:
                self._synced = segment, offset
        while self._unmapped:
            segment = self._unmapped.popleft()
            for work in (partial(segment.sync, segment.end), segment.close):
                complaint = self._tried(work) or complaint
        if complaint != self._disk_complaint:
            log.warning("journal: %s", complaint or "visits are on the disk again")
            self._disk_complaint = complaint

    def _tried(self, work: Callable[[], None]) -> str:
        """Do ``work``; what is to be said where the disk does not."""
        try:
            work()
        except OSError as error:
            return f"{self._directory}: visits may not survive a power cut: {error.strerror}"
        return ""

    def _complain(self, complaint: str) -> None:
        if complaint != self.complaint:
            log.warning("journal: %s", complaint or "visits are recorded in full again")
            self.complaint = complaint

    def _report_loss(self) -> None:
        lost = self._journal.lost
        if lost != self._reported:
            log.warning("journal: %d visits were not recorded", lost - self._reported)
            self._reported = lost
