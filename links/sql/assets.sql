-- Every statement on assets.

-- name: insert
INSERT INTO assets (id, workspace, filename, mime_type, file_size, status, is_public, is_uploaded, upload_hash,
                    upload_until, created_at, updated_at)
VALUES (:id, :workspace, :filename, :mime_type, :file_size, 'pending', 0, 0, :upload_hash, :upload_until, :now, :now);

-- name: one
SELECT id, workspace, filename, mime_type, file_size, status, is_public, is_uploaded, upload_until, created_at,
       updated_at
FROM assets WHERE id = :id;

-- name: page
SELECT id, workspace, filename, mime_type, file_size, status, is_public, is_uploaded, upload_until, created_at,
       updated_at
FROM assets WHERE workspace = :workspace ORDER BY number DESC LIMIT :limit OFFSET :offset;

-- name: count
SELECT COUNT(*) FROM assets WHERE workspace = :workspace;

-- name: by_upload
SELECT id, workspace, filename, mime_type, file_size, status, is_public, is_uploaded, upload_until, created_at,
       updated_at
FROM assets WHERE upload_hash = :upload_hash AND upload_until > :now;

-- name: used
-- Bytes of all assets together. Those that are pending count as they were declared: they may come any moment.
SELECT COALESCE(SUM(file_size), 0) FROM assets;

-- name: uploaded
UPDATE assets SET is_uploaded = 1, upload_hash = NULL, mime_type = :mime_type, updated_at = :now
WHERE upload_hash = :upload_hash RETURNING id;

-- name: confirm
UPDATE assets SET status = 'confirmed', updated_at = :now WHERE id = :id;

-- name: publish
UPDATE assets SET is_public = 1, updated_at = :now WHERE id = :id;

-- name: delete
DELETE FROM assets WHERE id = :id AND workspace = :workspace RETURNING id;

-- name: sweep
-- Those that nobody has confirmed in time.
DELETE FROM assets WHERE id IN (
    SELECT id FROM assets WHERE status = 'pending' AND upload_until <= :before ORDER BY upload_until LIMIT 100)
RETURNING id;

-- name: ids
SELECT id FROM assets;
