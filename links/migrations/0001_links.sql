-- Links, the codes that lead to them, and the history of their changes.
-- Times are epoch milliseconds; lists and objects are JSON text; booleans are 0 and 1.

-- One row: `rev` numbers changes in commit order (taken inside the transaction that it numbers), `link` numbers
-- links. Both only grow, so neither is ever used twice.
CREATE TABLE counters (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    rev  INTEGER NOT NULL,
    link INTEGER NOT NULL
);
INSERT INTO counters (id, rev, link) VALUES (1, 0, 0);

CREATE TABLE links (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid             TEXT    NOT NULL,
    domain           TEXT    NOT NULL,           -- '' is the default domain
    slug             TEXT    NOT NULL,           -- NFC text, not percent-encoded
    destination      TEXT    NOT NULL,           -- as the client sent it
    destination_hash INTEGER NOT NULL,           -- of its WHATWG serialisation, without UTM parameters
    location         TEXT,                       -- what the redirect answers; NULL: the same as destination
    status           INTEGER,                    -- 301, 302, 307, 308; NULL: the server's
    cache_seconds    INTEGER,                    -- NULL: the server's
    forward_query    INTEGER,                    -- NULL: the server's
    enabled          INTEGER NOT NULL,
    labels           TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    rules            TEXT    NOT NULL,
    utm              TEXT    NOT NULL,
    extras           TEXT    NOT NULL,           -- what one API stores and echoes
    expires_at       INTEGER,
    edits            INTEGER NOT NULL,
    rev              INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    -- What a redirect worker needs beyond the location, as a JSON array; NULL for a link with nothing set, which nearly
    -- all are. One column instead of five takes a third off the time that a worker needs to load a million links.
    settings         TEXT GENERATED ALWAYS AS (
        CASE WHEN enabled = 1 AND status IS NULL AND expires_at IS NULL AND cache_seconds IS NULL
                  AND forward_query IS NULL
             THEN NULL
             ELSE '[' || CAST(enabled AS TEXT) || ',' || COALESCE(CAST(status AS TEXT), 'null')
                      || ',' || COALESCE(CAST(expires_at AS TEXT), 'null')
                      || ',' || COALESCE(CAST(cache_seconds AS TEXT), 'null')
                      || ',' || COALESCE(CAST(forward_query AS TEXT), 'null') || ']'
        END) STORED
);
CREATE UNIQUE INDEX links_uuid ON links (uuid);
CREATE INDEX links_destination ON links (destination_hash);

-- What a short path leads to. live: the link's slug. grace: an old slug that answers until `until`.
-- gone: free again. kept: answers 404 and stays taken. A row's rev is its own: no two rows share one,
-- so a reader that follows by rev can stop after any row.
CREATE TABLE codes (
    id     INTEGER PRIMARY KEY,
    domain TEXT    NOT NULL,
    slug   TEXT    NOT NULL,
    link   INTEGER NOT NULL,
    state  TEXT    NOT NULL CHECK (state IN ('live', 'grace', 'gone', 'kept')),
    until  INTEGER,
    rev    INTEGER NOT NULL
);
CREATE UNIQUE INDEX codes_taken ON codes (domain, slug) WHERE state <> 'gone';
CREATE UNIQUE INDEX codes_rev ON codes (rev);
CREATE INDEX codes_link ON codes (link);
CREATE INDEX codes_graces ON codes (until) WHERE state = 'grace';

CREATE TABLE link_labels (
    label TEXT    NOT NULL,
    link  INTEGER NOT NULL,
    PRIMARY KEY (label, link)
) WITHOUT ROWID;

-- History: one row a change, with what the link was before it (NULL for its creation).
CREATE TABLE link_changes (
    rev    INTEGER PRIMARY KEY,
    link   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    who    TEXT    NOT NULL,
    action TEXT    NOT NULL CHECK (action IN ('create', 'edit', 'delete')),
    before TEXT
);
CREATE INDEX link_changes_link ON link_changes (link);

-- API keys. `id` is the public prefix; only a SHA-256 of the whole key is kept.
CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    hash         BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
);
