-- What statistics need to know of links, and exports of what has been counted (clicks.db and the files of single visits).

-- name: labelled
SELECT l.id FROM link_labels AS t CROSS JOIN links AS l ON l.id = t.link
WHERE t.label = :label AND l.workspace = :workspace AND (:domain IS NULL OR l.domain = :domain) LIMIT :limit;

-- name: of_workspace
-- On the server's own domain, which most links are on.
SELECT id FROM links WHERE workspace = :workspace AND domain = :domain LIMIT :limit;

-- name: on_domain
-- A domain is one workspace's: its codes are few others'.
SELECT l.id FROM codes AS c CROSS JOIN links AS l ON l.id = c.link
WHERE c.domain = :domain AND c.state <> 'gone' AND c.state = 'live' AND l.workspace = :workspace LIMIT :limit;

-- name: at
SELECT l.id FROM codes AS c CROSS JOIN links AS l ON l.id = c.link
WHERE c.domain = :domain AND c.slug IN (:slug, :folded) AND c.state <> 'gone' AND l.workspace = :workspace
  AND (c.slug = :slug OR EXISTS (SELECT 1 FROM domains AS d WHERE d.host = c.domain AND d.ignores_case = 1))
LIMIT 1;

-- name: named
SELECT l.id, l.workspace, l.uuid, l.slug, l.track FROM json_each(:ids) AS p CROSS JOIN links AS l ON l.id = p.value;

-- name: hours
-- A part of a day, after (subject, hour, class).
SELECT subject, hour, class, n FROM hours
WHERE day = :day AND (subject, hour, class) > (:subject, :hour, :class)
  AND (:ids IS NULL OR subject IN (SELECT value FROM json_each(:ids)))
ORDER BY subject, hour, class LIMIT :limit;

-- name: values
-- A part of a day, after (subject, dimension, value, class).
SELECT d.subject, d.dimension, d.value, d.class, n.text, d.n
FROM days AS d CROSS JOIN names AS n ON n.id = d.value
WHERE d.day = :day AND (d.subject, d.dimension, d.value, d.class) > (:subject, :dimension, :value, :class)
  AND (:ids IS NULL OR d.subject IN (SELECT value FROM json_each(:ids)))
ORDER BY d.subject, d.dimension, d.value, d.class LIMIT :limit;

-- name: days
SELECT MIN(first), MAX(last) FROM (
    SELECT MIN(day) AS first, MAX(day) AS last FROM hours UNION ALL SELECT MIN(day), MAX(day) FROM days
);

-- name: visits
-- A part of a month, after (segment, offset).
SELECT v.segment, v.offset, s.boot_ns, s.pid, s.seq, v.at, v.link, v.class, v.country, v.city, v.utm, v.rule,
       p.agent, p.language, p.referrer, v.address, v.referrer_url
FROM visits AS v CROSS JOIN segments AS s ON s.id = v.segment CROSS JOIN profiles AS p ON p.id = v.profile
WHERE (v.segment, v.offset) > (:segment, :offset) AND v.at >= :from_ms AND v.at < :to_ms
  AND (:ids IS NULL OR v.link IN (SELECT value FROM json_each(:ids)))
ORDER BY v.segment, v.offset LIMIT :limit;
