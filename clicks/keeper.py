"""Keeps a journal in segments: two threads, so that neither the disk nor a large allocation is ever waited for.

One makes segments ahead and puts away those that are full; it never waits for the disk to write. The other
synchronises: what is older than ``SYNC_S`` survives a power cut.
"""

import logging
import os
import threading
from collections import deque
from pathlib import Path

from clicks.journal import Journal
from clicks.segment import SLICE_BYTES, Name, Segment, alone_in, tidy, used_bytes

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
    ``cap_bytes``: what all segments of all processes in the directory may take of the disk.
    """

    def __init__(self, journal: Journal, directory: Path, boot_ns: int, cap_bytes: int) -> None:
        self._journal = journal
        self._directory = directory
        self._boot_ns = boot_ns
        self._cap_bytes = cap_bytes
        self._segment_bytes = min(MOST_SEGMENT_BYTES, cap_bytes // SEGMENTS_IN_CAP // SLICE_BYTES * SLICE_BYTES)
        self._seq = 0
        self.complaint = ""
        """Why visits are recorded in part or not at all; empty while all is well."""
        self._disk_complaint = ""

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

    def _work(self) -> None:
        try:
            with alone_in(self._directory):
                tidy(self._directory)
        except OSError as error:
            self._complain(f"{self._directory}: {error.strerror}")
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
            while len(self._journal.ready) < AHEAD and used + self._segment_bytes <= self._cap_bytes:
                name = Name(self._boot_ns, os.getpid(), self._seq)
                segment = Segment(self._directory, name, self._segment_bytes)
                self._seq += 1
                self._journal.ready.append(segment)
                used += self._segment_bytes
        self._journal.bare = used > self._cap_bytes * BARE_FROM
        # Not by their number alone: the journal may have taken one since.
        if len(self._journal.ready) < AHEAD and used + self._segment_bytes > self._cap_bytes:
            self._complain(f"{self._directory} has reached its cap, clicks.journal_mib")
            return False
        if self._journal.bare:
            self._complain(f"{self._directory} is nearly full: of visits only time and link are recorded")
        else:
            self._complain("")
        return True

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
        try:
            state = (self._journal.segment, self._journal.offset)
            if state[0] is not None and state != self._synced:
                state[0].sync()
                self._synced = state
            while self._unmapped:
                segment = self._unmapped.popleft()
                segment.sync()
                segment.close()
            complaint = ""
        except OSError as error:
            complaint = f"{self._directory}: visits may not survive a power cut: {error.strerror}"
        if complaint != self._disk_complaint:
            log.warning("journal: %s", complaint or "visits are on the disk again")
            self._disk_complaint = complaint

    def _complain(self, complaint: str) -> None:
        if complaint != self.complaint:
            log.warning("journal: %s", complaint or "visits are recorded in full again")
            self.complaint = complaint

    def _report_loss(self) -> None:
        lost = self._journal.lost
        if lost != self._reported:
            log.warning("journal: %d visits were not recorded", lost - self._reported)
            self._reported = lost
