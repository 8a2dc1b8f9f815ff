-- Whether visits of a link are counted. Few links are not: the collector reads all of them again when something changes.
ALTER TABLE links ADD COLUMN track INTEGER NOT NULL DEFAULT 1;
CREATE INDEX links_untracked ON links (id) WHERE track = 0;
