-- Every statement on API keys.

-- name: insert
INSERT INTO api_keys (id, hash, name, scopes, created_at, expires_at, workspace)
VALUES (:id, :hash, :name, :scopes, :now, :expires_at, :workspace);

-- name: find
SELECT hash, name, scopes, expires_at, revoked_at, last_used_at, workspace FROM api_keys WHERE id = :id;

-- name: all
SELECT id, name, scopes, created_at, expires_at, revoked_at, last_used_at, workspace FROM api_keys ORDER BY created_at, id;

-- name: count
SELECT COUNT(*) FROM api_keys;

-- name: revoke
UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL RETURNING id;

-- name: used
UPDATE api_keys SET last_used_at = :now WHERE id = :id;
