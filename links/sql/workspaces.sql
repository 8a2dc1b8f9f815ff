-- Every statement on workspaces. A quota that is NULL is none.

-- name: all
SELECT id, name, most_links, most_edits, most_qr_codes, most_bio_pages, most_domains,
       used_links, used_edits, used_qr_codes, used_bio_pages, used_domains, created_at
FROM workspaces ORDER BY id;

-- name: one
SELECT id, name, most_links, most_edits, most_qr_codes, most_bio_pages, most_domains,
       used_links, used_edits, used_qr_codes, used_bio_pages, used_domains, created_at
FROM workspaces WHERE id = :id;

-- name: insert
INSERT INTO workspaces (name, most_links, most_edits, most_qr_codes, most_bio_pages, most_domains, created_at)
VALUES (:name, :links, :edits, :qr_codes, :bio_pages, :domains, :now) RETURNING id;

-- name: update
UPDATE workspaces SET name = :name, most_links = :links, most_edits = :edits, most_qr_codes = :qr_codes,
       most_bio_pages = :bio_pages, most_domains = :domains
WHERE id = :id;

-- name: room
-- How many more links and QR codes; NULL: any number. `ids` is a JSON array.
SELECT w.id, w.most_links - w.used_links, w.most_qr_codes - w.used_qr_codes
FROM json_each(:ids) AS p CROSS JOIN workspaces AS w ON w.id = p.value;

-- name: use
UPDATE workspaces SET used_links = used_links + :links, used_qr_codes = used_qr_codes + :qr_codes WHERE id = :id;

-- name: used_links
SELECT used_links FROM workspaces WHERE id = :workspace;

-- A charge changes a row only where the quota allows it, and a refund (a negative count) always.

-- name: charge_links
UPDATE workspaces SET used_links = used_links + :count
WHERE id = :workspace AND (:count <= 0 OR most_links IS NULL OR used_links + :count <= most_links) RETURNING id;

-- name: charge_edits
UPDATE workspaces SET used_edits = used_edits + :count
WHERE id = :workspace AND (:count <= 0 OR most_edits IS NULL OR used_edits + :count <= most_edits) RETURNING id;

-- name: charge_qr_codes
UPDATE workspaces SET used_qr_codes = used_qr_codes + :count
WHERE id = :workspace AND (:count <= 0 OR most_qr_codes IS NULL OR used_qr_codes + :count <= most_qr_codes)
RETURNING id;

-- name: charge_bio_pages
UPDATE workspaces SET used_bio_pages = used_bio_pages + :count
WHERE id = :workspace AND (:count <= 0 OR most_bio_pages IS NULL OR used_bio_pages + :count <= most_bio_pages)
RETURNING id;

-- name: charge_domains
UPDATE workspaces SET used_domains = used_domains + :count
WHERE id = :workspace AND (:count <= 0 OR most_domains IS NULL OR used_domains + :count <= most_domains) RETURNING id;
