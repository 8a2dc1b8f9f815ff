-- Every statement on bio pages but those of the feed. A row whose `removed` is 1 is there for the feed alone.

-- name: by_public_id
SELECT id, public_id, workspace, domain, slug, title, description, page_data, is_published, published_at, at_root,
       due_at, rev, created_at, updated_at
FROM bio_pages WHERE public_id = :ref AND removed = 0;

-- name: by_id
SELECT id, public_id, workspace, domain, slug, title, description, page_data, is_published, published_at, at_root,
       due_at, rev, created_at, updated_at
FROM bio_pages WHERE id = :ref AND removed = 0;

-- name: listed
SELECT id, public_id, workspace, domain, slug, title, description, page_data, is_published, published_at, at_root,
       due_at, rev, created_at, updated_at
FROM bio_pages WHERE workspace = :workspace AND removed = 0 ORDER BY id DESC LIMIT :limit OFFSET :offset;

-- name: count
SELECT COUNT(*) FROM bio_pages WHERE workspace = :workspace AND removed = 0;

-- name: buttons
-- Those of `pages`, a JSON array of ids.
SELECT b.page, b.link, b.label, b.kind, b.icon, b.enabled, b.starts_at, b.ends_at, b.extras
FROM json_each(:pages) AS p CROSS JOIN bio_buttons AS b ON b.page = p.value ORDER BY b.page, b.position;

-- name: take
UPDATE counters SET rev = rev + :revs, link = link + :ids WHERE id = 1 RETURNING rev, link;

-- name: insert
INSERT INTO bio_pages (id, public_id, workspace, domain, slug, is_published, published_at, at_root, due_at, removed, rev,
                       created_at, updated_at, etag, policy, title, description, page_data, document)
VALUES (:id, :public_id, :workspace, :domain, :slug, :is_published, :published_at, :at_root, :due_at, 0, :rev,
        :created_at, :updated_at, :etag, :policy, :title, :description, :page_data, :document);

-- name: update
UPDATE bio_pages SET slug = :slug, is_published = :is_published, published_at = :published_at, at_root = :at_root,
       due_at = :due_at, rev = :rev, updated_at = :updated_at, etag = :etag, policy = :policy, title = :title,
       description = :description, page_data = :page_data, document = :document
WHERE id = :id;

-- name: etag
SELECT etag FROM bio_pages WHERE id = :id;

-- name: set_document
UPDATE bio_pages SET document = :document, etag = :etag, policy = :policy, due_at = :due_at, rev = :rev WHERE id = :id;

-- name: set_due
UPDATE bio_pages SET due_at = :due_at WHERE id = :id;

-- name: remove
UPDATE bio_pages SET removed = 1, is_published = 0, at_root = 0, due_at = NULL, rev = :rev, updated_at = :now, etag = '',
       policy = '', title = '', description = '', page_data = '{}', document = NULL
WHERE id = :id;

-- name: root
SELECT id FROM bio_pages WHERE domain = :domain AND at_root = 1;

-- name: leave_root
UPDATE bio_pages SET at_root = 0, rev = :rev, updated_at = :now WHERE id = :id;

-- name: delete_buttons
DELETE FROM bio_buttons WHERE page = :page;

-- name: insert_button
INSERT INTO bio_buttons (page, position, link, label, kind, icon, enabled, starts_at, ends_at, extras)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: pages_of_link
SELECT DISTINCT page FROM bio_buttons WHERE link = :link ORDER BY page;

-- name: pages_of_links
-- Of each of `links`, a JSON array, the page that was made first.
SELECT p.value, MIN(b.page) FROM json_each(:links) AS p CROSS JOIN bio_buttons AS b ON b.link = p.value
GROUP BY p.value;

-- name: due
SELECT id FROM bio_pages WHERE due_at <= :now ORDER BY due_at LIMIT 100;

-- name: look
UPDATE bio_look SET look = :look WHERE look <> :look RETURNING id;

-- name: all_are_due
UPDATE bio_pages SET due_at = 0 WHERE is_published = 1;
