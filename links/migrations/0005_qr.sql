-- Templates of QR codes, and files of the workspaces (logos among them). Times are epoch milliseconds.

CREATE TABLE qr_templates (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,   -- the order in which they were made
    id          TEXT    NOT NULL UNIQUE,             -- tpl_…
    workspace   INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT,
    design      TEXT    NOT NULL,                    -- JSON: what differs from the defaults of the API
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE INDEX qr_templates_workspace ON qr_templates (workspace, number);

-- The bytes are in data/assets/, under the id.
CREATE TABLE assets (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,            -- ast_…
    workspace    INTEGER NOT NULL,
    filename     TEXT    NOT NULL,
    mime_type    TEXT    NOT NULL,                   -- as declared; once the bytes are there, as they say
    file_size    INTEGER NOT NULL,                   -- bytes
    status       TEXT    NOT NULL CHECK (status IN ('pending', 'confirmed')),
    is_public    INTEGER NOT NULL,
    is_uploaded  INTEGER NOT NULL,
    upload_hash  BLOB,                               -- SHA-256 of the upload's token; NULL once it has been used
    upload_until INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);
CREATE INDEX assets_workspace ON assets (workspace, number);
CREATE UNIQUE INDEX assets_upload ON assets (upload_hash) WHERE upload_hash IS NOT NULL;
CREATE INDEX assets_pending ON assets (upload_until) WHERE status = 'pending';
