-- Workspaces with their quotas, domains of their own, and links with passwords and routing rules.

-- Who owns links and keys, and how much of each thing they may have (NULL: as much as they like). `used_…` is counted in
-- the transaction that makes or removes one: counting a million rows for each create would cost more than the create.
CREATE TABLE workspaces (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL,
    most_links     INTEGER,
    most_edits     INTEGER,
    most_qr_codes  INTEGER,
    most_bio_pages INTEGER,
    most_domains   INTEGER,
    used_links     INTEGER NOT NULL DEFAULT 0,
    used_edits     INTEGER NOT NULL DEFAULT 0,
    used_qr_codes  INTEGER NOT NULL DEFAULT 0,
    used_bio_pages INTEGER NOT NULL DEFAULT 0,
    used_domains   INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL
);
INSERT INTO workspaces (id, name, used_links, used_edits, created_at)
SELECT 1, 'default', COUNT(*), COALESCE(SUM(edits), 0), unixepoch() * 1000 FROM links;

ALTER TABLE api_keys ADD COLUMN workspace INTEGER NOT NULL DEFAULT 1;

-- A host that has links of its own. A row stays when the domain is removed, so that workers hear of it by its rev.
CREATE TABLE domains (
    id                 INTEGER PRIMARY KEY,
    host               TEXT    NOT NULL UNIQUE,   -- lower-case ASCII (IDNA), without port
    workspace          INTEGER NOT NULL,
    spare              INTEGER NOT NULL,          -- what a client of the Divsly API said; echoed
    status             TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'failed')),
    expected           TEXT    NOT NULL,          -- JSON arrays of DNS records, as text
    found              TEXT    NOT NULL,
    checked_at         INTEGER,
    verified_at        INTEGER,
    redirect_status    INTEGER,                   -- NULL: the server's
    root_redirect      TEXT    NOT NULL,          -- empty: the page
    not_found_redirect TEXT    NOT NULL,
    ignores_case       INTEGER NOT NULL,
    robots             TEXT    NOT NULL CHECK (robots IN ('allow', 'disallow')),
    removed            INTEGER NOT NULL,
    rev                INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
);
CREATE UNIQUE INDEX domains_rev ON domains (rev);

-- SQLite cannot change a stored generated column: the table is made anew.
CREATE TABLE links_new (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid             TEXT    NOT NULL,
    workspace        INTEGER NOT NULL,           -- 0: made by somebody without a key
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
    rules            TEXT    NOT NULL,           -- as the client sent them
    program          TEXT,                       -- what a worker makes of them: see links/rules.py; NULL: no rules
    password         TEXT,                       -- argon2id, in its encoded form (RFC 9106); NULL: none
    utm              TEXT    NOT NULL,
    extras           TEXT    NOT NULL,           -- what one API stores and echoes
    expires_at       INTEGER,
    edits            INTEGER NOT NULL,
    rev              INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    -- What a redirect worker needs beyond the location, as a JSON array; NULL for a link with nothing set, which nearly
    -- all are. One column instead of several takes a third off the time that a worker needs to load a million links.
    -- Of a password it is told the last 11 characters of the hash: they change with the password.
    settings         TEXT GENERATED ALWAYS AS (
        CASE WHEN enabled = 1 AND status IS NULL AND expires_at IS NULL AND cache_seconds IS NULL
                  AND forward_query IS NULL AND password IS NULL AND program IS NULL
             THEN NULL
             ELSE '[' || CAST(enabled AS TEXT) || ',' || COALESCE(CAST(status AS TEXT), 'null')
                      || ',' || COALESCE(CAST(expires_at AS TEXT), 'null')
                      || ',' || COALESCE(CAST(cache_seconds AS TEXT), 'null')
                      || ',' || COALESCE(CAST(forward_query AS TEXT), 'null')
                      || ',' || COALESCE('"' || substr(password, -11) || '"', 'null')
                      || ',' || COALESCE(program, 'null') || ']'
        END) STORED
);
INSERT INTO links_new (id, uuid, workspace, domain, slug, destination, destination_hash, location, status, cache_seconds,
                       forward_query, enabled, labels, title, rules, program, password, utm, extras, expires_at, edits,
                       rev, created_at, updated_at)
SELECT id, uuid, 1, domain, slug, destination, destination_hash, location, status, cache_seconds, forward_query, enabled,
       labels, title, rules, NULL, NULL, utm, extras, expires_at, edits, rev, created_at, updated_at
FROM links ORDER BY id;
DROP TABLE links;
ALTER TABLE links_new RENAME TO links;
CREATE UNIQUE INDEX links_uuid ON links (uuid);
CREATE INDEX links_destination ON links (destination_hash);
-- Links of nobody are swept out when they have expired.
CREATE INDEX links_unowned ON links (expires_at) WHERE workspace = 0;
