-- Every statement on domains but those of the feed. A row whose `removed` is 1 is there for the feed alone.

-- name: all
SELECT id, host, workspace, spare, status, expected, found, checked_at, verified_at, redirect_status, root_redirect,
       not_found_redirect, ignores_case, robots, rev, created_at, updated_at
FROM domains WHERE removed = 0 ORDER BY id;

-- name: one
SELECT id, host, workspace, spare, status, expected, found, checked_at, verified_at, redirect_status, root_redirect,
       not_found_redirect, ignores_case, robots, rev, created_at, updated_at
FROM domains WHERE id = :id AND removed = 0;

-- name: named
-- Those of `hosts`, a JSON array, that are there.
SELECT d.id, d.host, d.workspace, d.spare, d.status, d.expected, d.found, d.checked_at, d.verified_at,
       d.redirect_status, d.root_redirect, d.not_found_redirect, d.ignores_case, d.robots, d.rev, d.created_at,
       d.updated_at
FROM json_each(:hosts) AS p CROSS JOIN domains AS d ON d.host = p.value AND d.removed = 0;

-- name: put
-- A domain that was removed gets its row again, with nothing left of what it was.
INSERT INTO domains (host, workspace, spare, status, expected, found, checked_at, verified_at, redirect_status,
                     root_redirect, not_found_redirect, ignores_case, robots, removed, rev, created_at, updated_at)
VALUES (:host, :workspace, :spare, :status, :expected, :found, :checked_at, :verified_at, NULL, '', '', 0, 'allow', 0,
        :rev, :now, :now)
ON CONFLICT (host) DO UPDATE SET workspace = excluded.workspace, spare = excluded.spare, status = excluded.status,
    expected = excluded.expected, found = excluded.found, checked_at = excluded.checked_at,
    verified_at = excluded.verified_at, redirect_status = NULL, root_redirect = '', not_found_redirect = '',
    ignores_case = 0, robots = 'allow', removed = 0, rev = excluded.rev, created_at = excluded.created_at,
    updated_at = excluded.updated_at
RETURNING id;

-- name: set
UPDATE domains SET redirect_status = :redirect_status, root_redirect = :root_redirect,
       not_found_redirect = :not_found_redirect, ignores_case = :ignores_case, robots = :robots, rev = :rev,
       updated_at = :updated_at
WHERE id = :id;

-- name: record
UPDATE domains SET status = :status, expected = :expected, found = :found, checked_at = :checked_at,
       verified_at = :verified_at, rev = :rev
WHERE id = :id;

-- name: remove
UPDATE domains SET removed = 1, rev = :rev, updated_at = :now WHERE id = :id;

-- name: count_links
SELECT COUNT(*) FROM codes WHERE domain = :host AND state <> 'gone' AND state = 'live';

-- name: count_pages
-- Those of them that lead to a bio page.
SELECT COUNT(*) FROM codes AS c JOIN bio_pages AS p ON p.id = c.link
WHERE c.domain = :host AND c.state <> 'gone' AND c.state = 'live';

-- name: codes
SELECT id, slug, link, state, until FROM codes WHERE domain = :host AND state <> 'gone' ORDER BY id;

-- name: rename_link
UPDATE links SET slug = :slug, rev = :rev, updated_at = :now WHERE id = :id;

-- name: rename_page
-- It is due: what it says of its own address is to be rendered again.
UPDATE bio_pages SET slug = :slug, due_at = CASE WHEN is_published = 1 THEN 0 END, updated_at = :now WHERE id = :id;
