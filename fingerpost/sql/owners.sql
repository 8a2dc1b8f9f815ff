-- What the collector asks of links.db.

-- name: of_links
SELECT id, workspace FROM links WHERE id IN (SELECT value FROM json_each(?));

-- name: of_pages
SELECT id, workspace FROM bio_pages WHERE id IN (SELECT value FROM json_each(?));

-- name: untracked
SELECT id FROM links WHERE track = 0;
