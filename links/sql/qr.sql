-- Every statement on QR templates.

-- name: insert
INSERT INTO qr_templates (id, workspace, name, description, design, created_at, updated_at)
VALUES (:id, :workspace, :name, :description, :design, :now, :now);

-- name: one
SELECT id, workspace, name, description, design, created_at, updated_at
FROM qr_templates WHERE id = :id AND workspace = :workspace;

-- name: page
SELECT id, workspace, name, description, design, created_at, updated_at
FROM qr_templates WHERE workspace = :workspace ORDER BY number DESC LIMIT :limit OFFSET :offset;

-- name: count
SELECT COUNT(*) FROM qr_templates WHERE workspace = :workspace;

-- name: update
UPDATE qr_templates SET name = :name, description = :description, design = :design, updated_at = :now
WHERE id = :id AND workspace = :workspace;

-- name: delete
DELETE FROM qr_templates WHERE id = :id AND workspace = :workspace RETURNING id;
