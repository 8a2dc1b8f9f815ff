-- Bio pages: one HTML document each, rendered when something on it changes, served by redirect workers.

-- `id` comes from the counter of links: a number names a link or a page, in journals too. A page's codes are rows of
-- `codes` with its id in the place of a link's. A row stays when the page is removed, so that workers hear of it by its
-- rev. The document stands last: who reads what is before it does not read the pages it takes.
CREATE TABLE bio_pages (
    id           INTEGER PRIMARY KEY,
    public_id    TEXT    NOT NULL,
    workspace    INTEGER NOT NULL,
    domain       TEXT    NOT NULL,           -- '' is the default domain
    slug         TEXT    NOT NULL,
    is_published INTEGER NOT NULL,
    published_at INTEGER,                    -- when it was last published; kept when it no longer is
    at_root      INTEGER NOT NULL,           -- whether it answers its domain's / too
    due_at       INTEGER,                    -- when it is to be rendered again; NULL: never
    removed      INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    etag         TEXT    NOT NULL,           -- of the document and its policy
    policy       TEXT    NOT NULL,           -- Content-Security-Policy
    title        TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    page_data    TEXT    NOT NULL,           -- what one API stores and echoes: JSON
    document     BLOB                        -- HTML, compressed by gzip; NULL while it is not published
);
CREATE UNIQUE INDEX bio_pages_public_id ON bio_pages (public_id);
CREATE UNIQUE INDEX bio_pages_rev ON bio_pages (rev);
CREATE UNIQUE INDEX bio_pages_root ON bio_pages (domain) WHERE at_root = 1;
CREATE INDEX bio_pages_workspace ON bio_pages (workspace) WHERE removed = 0;
CREATE INDEX bio_pages_due ON bio_pages (due_at) WHERE due_at IS NOT NULL;

-- What stands on a page, in order.
CREATE TABLE bio_buttons (
    page      INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    link      INTEGER,                       -- NULL: leads to no short link
    label     TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    icon      TEXT    NOT NULL,
    enabled   INTEGER NOT NULL,
    starts_at INTEGER,                       -- NULL: shown always, as far as this end goes
    ends_at   INTEGER,
    extras    TEXT    NOT NULL,
    PRIMARY KEY (page, position)
) WITHOUT ROWID;
CREATE INDEX bio_buttons_link ON bio_buttons (link) WHERE link IS NOT NULL;

-- One row: what the documents were rendered for (addresses, program). Where that changes, all are due.
CREATE TABLE bio_look (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    look TEXT NOT NULL
);
INSERT INTO bio_look (id, look) VALUES (1, '');

-- Whoever changes a link, by whatever way: the published pages that show it are due, in the same transaction.
-- A migration that makes `links` anew has to make these triggers again.
CREATE TRIGGER bio_link_changed
AFTER UPDATE OF domain, slug, destination, location, enabled, title, password, extras, expires_at ON links BEGIN
    UPDATE bio_pages SET due_at = 0
    WHERE is_published = 1 AND id IN (SELECT page FROM bio_buttons WHERE link = new.id);
END;
CREATE TRIGGER bio_link_deleted AFTER DELETE ON links BEGIN
    UPDATE bio_pages SET due_at = 0
    WHERE is_published = 1 AND id IN (SELECT page FROM bio_buttons WHERE link = old.id);
END;
