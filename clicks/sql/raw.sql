-- Visits one by one: monthly files, see clicks/raw.py.

-- name: make_segments
CREATE TABLE IF NOT EXISTS segments (
    id      INTEGER PRIMARY KEY,
    boot_ns INTEGER NOT NULL,
    pid     INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    UNIQUE (boot_ns, pid, seq)
);

-- name: make_profiles
CREATE TABLE IF NOT EXISTS profiles (
    id         INTEGER PRIMARY KEY,
    user_agent BLOB    NOT NULL,
    kind       INTEGER NOT NULL,
    agent      TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    referrer   TEXT    NOT NULL,
    UNIQUE (user_agent, kind, agent, language, referrer)
);

-- What else visits have in common; '' and 0 where there is none.
-- name: make_traits
CREATE TABLE IF NOT EXISTS traits (
    id      INTEGER PRIMARY KEY,
    class   INTEGER NOT NULL,
    country TEXT    NOT NULL,
    city    TEXT    NOT NULL,
    utm     TEXT    NOT NULL,
    rule    INTEGER NOT NULL,
    UNIQUE (class, country, city, utm, rule)
);

-- name: make_kept
CREATE TABLE IF NOT EXISTS kept (
    segment INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    link    INTEGER NOT NULL,
    profile INTEGER NOT NULL,
    traits  INTEGER NOT NULL,
    PRIMARY KEY (segment, offset)
) WITHOUT ROWID;

-- What is kept only where stats.raw_addresses and stats.raw_referrers say so.
-- name: make_private
CREATE TABLE IF NOT EXISTS private (
    segment      INTEGER NOT NULL,
    offset       INTEGER NOT NULL,
    address      BLOB,
    referrer_url TEXT,
    PRIMARY KEY (segment, offset)
) WITHOUT ROWID;

-- Visits as they are to be read.
-- name: make_visits
CREATE VIEW IF NOT EXISTS visits
    (segment, offset, at, link, class, profile, country, city, utm, rule, address, referrer_url) AS
SELECT k.segment, k.offset, k.at, k.link, t.class, k.profile, t.country,
       NULLIF(t.city, ''), NULLIF(t.utm, ''), NULLIF(t.rule, 0), p.address, p.referrer_url
FROM kept k CROSS JOIN traits t ON t.id = k.traits
LEFT JOIN private p ON p.segment = k.segment AND p.offset = k.offset;

-- name: add_segment
INSERT OR IGNORE INTO segments (boot_ns, pid, seq) VALUES (?, ?, ?);

-- name: segment_id
SELECT id FROM segments WHERE boot_ns = ? AND pid = ? AND seq = ?;

-- name: add_profile
INSERT OR IGNORE INTO profiles (user_agent, kind, agent, language, referrer) VALUES (?, ?, ?, ?, ?);

-- name: profile_id
SELECT id FROM profiles WHERE user_agent = ? AND kind = ? AND agent = ? AND language = ? AND referrer = ?;

-- name: add_traits
INSERT OR IGNORE INTO traits (class, country, city, utm, rule) VALUES (?, ?, ?, ?, ?);

-- name: traits_id
SELECT id FROM traits WHERE class = ? AND country = ? AND city = ? AND utm = ? AND rule = ?;

-- name: add_visit
INSERT OR IGNORE INTO kept (segment, offset, at, link, profile, traits) VALUES (?, ?, ?, ?, ?, ?);

-- name: add_private
INSERT OR IGNORE INTO private (segment, offset, address, referrer_url) VALUES (?, ?, ?, ?);

-- name: profiles
SELECT id, user_agent, kind, agent FROM profiles ORDER BY id;

-- name: visits_of_profile
SELECT v.at, v.link, v.class, v.country, v.city, v.utm, v.rule, p.language, p.referrer
FROM visits v JOIN profiles p ON p.id = v.profile
WHERE v.profile = ?;

-- name: count_visits
SELECT COUNT(*) FROM kept;

-- name: erase_private_link
DELETE FROM private
WHERE (segment, offset) IN (SELECT segment, offset FROM kept WHERE link = ? AND at <= ?);

-- name: erase_private_before
DELETE FROM private WHERE (segment, offset) IN (SELECT segment, offset FROM kept WHERE at < ?);

-- name: erase_link
DELETE FROM kept WHERE link = ? AND at <= ?;

-- name: erase_before
DELETE FROM kept WHERE at < ?;

-- name: visits_of_link
SELECT v.at, v.class, v.country, v.city, v.utm, p.referrer, p.agent
FROM visits v JOIN profiles p ON p.id = v.profile
WHERE v.link = ?
ORDER BY v.at;
