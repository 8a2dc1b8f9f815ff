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

-- name: make_visits
CREATE TABLE IF NOT EXISTS visits (
    segment INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    link    INTEGER NOT NULL,
    class   INTEGER NOT NULL,
    profile INTEGER NOT NULL,
    country TEXT    NOT NULL,
    city    TEXT,
    utm     TEXT,
    rule    INTEGER,
    -- NULL, unless stats.raw_addresses and stats.raw_referrers say otherwise.
    address      BLOB,
    referrer_url TEXT,
    PRIMARY KEY (segment, offset)
) WITHOUT ROWID;

-- name: add_address
ALTER TABLE visits ADD COLUMN address BLOB;

-- name: add_referrer_url
ALTER TABLE visits ADD COLUMN referrer_url TEXT;

-- name: add_segment
INSERT OR IGNORE INTO segments (boot_ns, pid, seq) VALUES (?, ?, ?);

-- name: segment_id
SELECT id FROM segments WHERE boot_ns = ? AND pid = ? AND seq = ?;

-- name: add_profile
INSERT OR IGNORE INTO profiles (user_agent, kind, agent, language, referrer) VALUES (?, ?, ?, ?, ?);

-- name: profile_id
SELECT id FROM profiles WHERE user_agent = ? AND kind = ? AND agent = ? AND language = ? AND referrer = ?;

-- name: add_visit
INSERT OR IGNORE INTO visits (segment, offset, at, link, class, profile, country, city, utm, rule, address,
                              referrer_url)
VALUES (?, ?, ?, ?, ?, ?, ?, NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, 0), NULLIF(?, x''), NULLIF(?, ''));

-- name: profiles
SELECT id, user_agent, kind, agent FROM profiles ORDER BY id;

-- name: visits_of_profile
SELECT v.at, v.link, v.class, v.country, v.city, v.utm, v.rule, p.language, p.referrer
FROM visits v JOIN profiles p ON p.id = v.profile
WHERE v.profile = ?;

-- name: count_visits
SELECT COUNT(*) FROM visits;

-- name: erase_link
DELETE FROM visits WHERE link = ? AND at <= ?;

-- name: erase_before
DELETE FROM visits WHERE at < ?;

-- name: visits_of_link
SELECT v.at, v.class, v.country, v.city, v.utm, p.referrer, p.agent
FROM visits v JOIN profiles p ON p.id = v.profile
WHERE v.link = ?
ORDER BY v.at;
