-- Statistics: what the collector has counted, and how far it has read the journal. Times are epoch milliseconds.
--
-- Days come first in the keys: what is written at any time is then in one small part of each table, whatever the number
-- of links. With links first, batches of 100,000 visits wrote half as much again. A chart seeks once a day it shows.
--
-- subject: a link's or bio page's id (they come from one counter); 0: everybody; -1 - w: all links of workspace w.
-- class: outcome, way and kind of a visit as one number, see clicks/classes.py.

-- Texts of values, once. dimension: see clicks/dimensions.py.
CREATE TABLE names (
    id        INTEGER PRIMARY KEY,
    dimension INTEGER NOT NULL,
    text      TEXT    NOT NULL,
    UNIQUE (dimension, text)
);

-- day: UTC, from 1970-01-01; hour: 0 to 23, UTC.
CREATE TABLE hours (
    day     INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    class   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (day, subject, hour, class)
) WITHOUT ROWID;

-- day: in the zone stats.timezone. value: an id of names.
CREATE TABLE days (
    day       INTEGER NOT NULL,
    subject   INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    value     INTEGER NOT NULL,
    class     INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (day, subject, dimension, value, class)
) WITHOUT ROWID;

-- How many different people. registers: see clicks/hyperloglog.py; replaced by their estimate n once the day's salt is
-- gone and nobody can be added any more.
CREATE TABLE visitors (
    day       INTEGER NOT NULL,
    subject   INTEGER NOT NULL,
    n         INTEGER,
    registers BLOB,
    PRIMARY KEY (day, subject)
) WITHOUT ROWID;

-- Since ever; kept when older days are dropped.
CREATE TABLE totals (
    subject INTEGER NOT NULL,
    class   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (subject, class)
) WITHOUT ROWID;

-- The last day (UTC) on which a link had a visit by a person or tool, for "active links" of a workspace.
CREATE TABLE activity (
    link      INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL,
    day       INTEGER NOT NULL
);
CREATE INDEX activity_by_day ON activity (workspace, day);

-- How far each segment of the journal is in the rollups. Names of segments are never used again.
CREATE TABLE segments (
    boot_ns  INTEGER NOT NULL,
    pid      INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    PRIMARY KEY (boot_ns, pid, seq)
) WITHOUT ROWID;

-- One row. commits counts transactions of the collector; lost: visits that workers could not record; damaged: records;
-- settled: the first day whose visitors may still be more than a number.
CREATE TABLE state (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    commits     INTEGER NOT NULL,
    visits      INTEGER NOT NULL,
    lost        INTEGER NOT NULL,
    damaged     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    lag_records INTEGER NOT NULL,
    lag_ms      INTEGER NOT NULL,
    settled     INTEGER NOT NULL
);
INSERT INTO state (id, commits, visits, lost, damaged, at, lag_records, lag_ms, settled)
VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- Links whose visits up to a time are not counted: the collector may hold some that it has not stored yet.
CREATE TABLE erasures (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    subject  INTEGER NOT NULL,
    until_at INTEGER NOT NULL
);

-- Header sections of raw visits whose classification has been replaced: see clicks/reclassify.py.
CREATE TABLE reclassified (
    month   TEXT    NOT NULL,
    profile INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    agent   TEXT    NOT NULL,
    PRIMARY KEY (month, profile)
) WITHOUT ROWID;
