-- Statements of an import alone. Read by name: see links/statements.py.

-- name: set_created_at
UPDATE links SET created_at = ? WHERE id = ?;
