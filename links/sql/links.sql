-- Every statement of the link store and of the feed. Each is read by name: see links/statements.py.

-- name: current_rev
SELECT rev FROM counters WHERE id = 1;

-- name: take_revs
UPDATE counters SET rev = rev + :revs, link = link + :links WHERE id = 1 RETURNING rev, link;

-- name: taken
-- `pairs` is a JSON array of [domain, slug].
SELECT c.domain, c.slug FROM json_each(:pairs) AS p
CROSS JOIN codes AS c ON c.domain = p.value ->> 0 AND c.slug = p.value ->> 1 AND c.state <> 'gone';

-- name: insert_link
INSERT INTO links (id, uuid, workspace, domain, slug, destination, destination_hash, location, status, cache_seconds,
                   forward_query, enabled, labels, title, rules, program, password, utm, extras, track, expires_at,
                   edits, rev, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_code
INSERT INTO codes (domain, slug, link, state, until, rev) VALUES (?, ?, ?, ?, ?, ?);

-- name: insert_change
INSERT INTO link_changes (rev, link, at, who, action, before) VALUES (?, ?, ?, ?, ?, ?);

-- name: insert_label
INSERT INTO link_labels (label, link) VALUES (?, ?);

-- name: delete_labels
DELETE FROM link_labels WHERE label = ? AND link = ?;

-- name: links_by_uuid
-- `refs` is a JSON array, here and in the next one.
SELECT l.id, l.uuid, l.workspace, l.domain, l.slug, l.destination, l.location, l.status, l.cache_seconds,
       l.forward_query, l.enabled, l.labels, l.title, l.rules, l.program, l.password, l.utm, l.extras, l.track,
       l.expires_at, l.edits, l.rev, l.created_at, l.updated_at
FROM json_each(:refs) AS p CROSS JOIN links AS l ON l.uuid = p.value;

-- name: links_by_id
SELECT l.id, l.uuid, l.workspace, l.domain, l.slug, l.destination, l.location, l.status, l.cache_seconds,
       l.forward_query, l.enabled, l.labels, l.title, l.rules, l.program, l.password, l.utm, l.extras, l.track,
       l.expires_at, l.edits, l.rev, l.created_at, l.updated_at
FROM json_each(:refs) AS p CROSS JOIN links AS l ON l.id = p.value;

-- name: password_of
SELECT password FROM links WHERE id = :id;

-- name: links_by_slug
-- `<> 'gone'` says what `= 'live'` implies, for the planner: the index is for codes that are taken. CROSS JOIN keeps
-- it from looking at the whole domain first (SQLite does not reorder one).
SELECT l.id, l.uuid, l.workspace, l.domain, l.slug, l.destination, l.location, l.status, l.cache_seconds,
       l.forward_query, l.enabled, l.labels, l.title, l.rules, l.program, l.password, l.utm, l.extras, l.track,
       l.expires_at, l.edits, l.rev, l.created_at, l.updated_at
FROM json_each(:slugs) AS p
CROSS JOIN codes AS c ON c.domain = :domain AND c.slug = p.value AND c.state <> 'gone' AND c.state = 'live'
JOIN links AS l ON l.id = c.link;

-- name: links_by_destination
-- Those of a workspace: what others have is not to be relied on.
SELECT l.destination_hash, COALESCE(l.location, l.destination) FROM json_each(:hashes) AS p
CROSS JOIN links AS l ON l.destination_hash = p.value AND l.domain = :domain AND l.workspace = :workspace;

-- name: update_link
UPDATE links SET domain = :domain, slug = :slug, destination = :destination,
       destination_hash = COALESCE(:destination_hash, destination_hash), location = :location, enabled = :enabled,
       labels = :labels, title = :title, rules = :rules, program = :program, password = :password, utm = :utm,
       extras = :extras, track = :track, expires_at = :expires_at, edits = :edits, rev = :rev,
       updated_at = :updated_at
WHERE id = :id;

-- name: switch_link
UPDATE links SET enabled = :enabled, edits = edits + 1, rev = :rev, updated_at = :now WHERE id = :id;

-- name: delete_link
DELETE FROM links WHERE id = :id;

-- name: codes_of_links
-- `links` is a JSON array of numbers.
SELECT c.id, c.domain, c.slug, c.state, c.until, c.link FROM json_each(:links) AS p
CROSS JOIN codes AS c ON c.link = p.value AND c.state IN ('live', 'grace') ORDER BY c.id;

-- name: update_code
UPDATE codes SET state = :state, until = :until, rev = :rev WHERE id = :id;

-- name: ended_graces
SELECT id FROM codes WHERE state = 'grace' AND until <= :now LIMIT 1000;

-- name: expired_unowned
-- Links that somebody without a key made, after their end.
SELECT uuid FROM links WHERE workspace = 0 AND expires_at <= :now LIMIT 50;

-- name: history
SELECT rev, at, who, action, before FROM link_changes WHERE link = :link ORDER BY rev;

-- name: list_links
-- The filters that are NULL do not filter. Newest first.
SELECT id, uuid, workspace, domain, slug, destination, location, status, cache_seconds, forward_query, enabled,
       labels, title, rules, program, password, utm, extras, track, expires_at, edits, rev, created_at,
       updated_at
FROM links
WHERE workspace = :workspace AND id < :before
  AND (:enabled IS NULL OR enabled = :enabled)
  AND (:search IS NULL OR instr(lower(slug), lower(:search)) > 0 OR instr(lower(destination), lower(:search)) > 0)
  AND (:kinds IS NULL OR COALESCE(extras ->> 'type', '') IN (SELECT p.value FROM json_each(:kinds) AS p))
ORDER BY id DESC LIMIT :limit OFFSET :offset;

-- name: list_typed
-- As list_links, of links that have a type: by an index of those alone. `kinds` is not NULL.
SELECT id, uuid, workspace, domain, slug, destination, location, status, cache_seconds, forward_query, enabled,
       labels, title, rules, program, password, utm, extras, track, expires_at, edits, rev, created_at,
       updated_at
FROM links
WHERE workspace = :workspace AND id < :before AND extras ->> 'type' IS NOT NULL
  AND extras ->> 'type' IN (SELECT p.value FROM json_each(:kinds) AS p)
  AND (:enabled IS NULL OR enabled = :enabled)
  AND (:search IS NULL OR instr(lower(slug), lower(:search)) > 0 OR instr(lower(destination), lower(:search)) > 0)
ORDER BY id DESC LIMIT :limit OFFSET :offset;

-- name: count_links
-- The + keeps SQLite from going by workspace: where one has nearly all links, that takes half as long again.
SELECT COUNT(*) FROM links
WHERE +workspace = :workspace AND (:enabled IS NULL OR enabled = :enabled)
  AND (:search IS NULL OR instr(lower(slug), lower(:search)) > 0 OR instr(lower(destination), lower(:search)) > 0)
  AND (:kinds IS NULL OR COALESCE(extras ->> 'type', '') IN (SELECT p.value FROM json_each(:kinds) AS p));

-- name: list_labelled
SELECT l.id, l.uuid, l.workspace, l.domain, l.slug, l.destination, l.location, l.status, l.cache_seconds,
       l.forward_query, l.enabled, l.labels, l.title, l.rules, l.program, l.password, l.utm, l.extras, l.track,
       l.expires_at, l.edits, l.rev, l.created_at, l.updated_at
FROM link_labels AS t CROSS JOIN links AS l ON l.id = t.link
WHERE t.label = :label AND t.link < :before AND l.workspace = :workspace
  AND (:enabled IS NULL OR l.enabled = :enabled)
  AND (:search IS NULL OR instr(lower(l.slug), lower(:search)) > 0 OR instr(lower(l.destination), lower(:search)) > 0)
  AND (:kinds IS NULL OR COALESCE(l.extras ->> 'type', '') IN (SELECT p.value FROM json_each(:kinds) AS p))
ORDER BY t.link DESC LIMIT :limit OFFSET :offset;

-- name: count_labelled
SELECT COUNT(*) FROM link_labels AS t CROSS JOIN links AS l ON l.id = t.link
WHERE t.label = :label AND l.workspace = :workspace
  AND (:enabled IS NULL OR l.enabled = :enabled)
  AND (:search IS NULL OR instr(lower(l.slug), lower(:search)) > 0 OR instr(lower(l.destination), lower(:search)) > 0)
  AND (:kinds IS NULL OR COALESCE(l.extras ->> 'type', '') IN (SELECT p.value FROM json_each(:kinds) AS p));

-- name: export_page
SELECT id, uuid, workspace, domain, slug, destination, location, status, cache_seconds, forward_query, enabled,
       labels, title, rules, program, password, utm, extras, track, expires_at, edits, rev, created_at,
       updated_at
FROM links WHERE id > :after ORDER BY id LIMIT :limit;

-- name: feed_scan
-- The columns of feed_page, but for the first, in the order in which codes were made: loading needs no order of rev, and
-- so one look-up less for each of a million rows. Of the codes of one slug, the one that is not gone was made last.
SELECT c.id, c.domain, c.slug, c.link, COALESCE(l.location, l.destination),
       CASE c.state WHEN 'live' THEN NULL WHEN 'grace' THEN c.until ELSE 0 END, l.settings
FROM codes AS c LEFT JOIN links AS l ON l.id = c.link
WHERE c.id > :after ORDER BY c.id LIMIT :limit;

-- name: feed_page
-- Codes, domains and bio pages changed after a rev, in order of rev: what every redirect worker follows. Few columns,
-- because a worker reads a million rows when it starts. A domain is a row without a slug, a bio page one with an id.
SELECT c.rev, c.domain, c.slug, c.link, COALESCE(l.location, l.destination),
       CASE c.state WHEN 'live' THEN NULL WHEN 'grace' THEN c.until ELSE 0 END, l.settings
FROM codes AS c LEFT JOIN links AS l ON l.id = c.link
WHERE c.rev > :after
UNION ALL
SELECT rev, host, NULL, 0, NULL, NULL, CASE WHEN removed = 1 THEN NULL ELSE
       json_array(redirect_status, root_redirect, not_found_redirect, ignores_case, robots) END
FROM domains WHERE rev > :after
UNION ALL
SELECT rev, domain, NULL, id, document, NULL, json_array(etag, policy, at_root) FROM bio_pages WHERE rev > :after
ORDER BY 1 LIMIT :limit;

-- name: feed_domains
-- The domains that there are, as feed_page has them: the first thing that a worker loads.
SELECT rev, host, NULL, 0, NULL, NULL, json_array(redirect_status, root_redirect, not_found_redirect, ignores_case, robots)
FROM domains WHERE removed = 0 AND rev > :after ORDER BY rev LIMIT :limit;

-- name: feed_bio_pages
-- The bio pages that are published, as feed_page has them.
SELECT rev, domain, NULL, id, document, NULL, json_array(etag, policy, at_root)
FROM bio_pages WHERE rev > :after AND is_published = 1 ORDER BY rev LIMIT :limit;
