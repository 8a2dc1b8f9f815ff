-- What the collector writes and reads back. One transaction holds rollups and positions.

-- name: state
SELECT commits, visits, lost, damaged, at, lag_records, lag_ms FROM state WHERE id = 1;

-- name: advance
UPDATE state SET commits = commits + 1, visits = visits + :visits, lost = lost + :lost, damaged = damaged + :damaged,
                 at = :at, lag_records = :lag_records, lag_ms = :lag_ms
WHERE id = 1;

-- name: positions
SELECT boot_ns, pid, seq, position, done FROM segments;

-- name: set_position
INSERT INTO segments (boot_ns, pid, seq, position, done) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (boot_ns, pid, seq) DO UPDATE SET position = excluded.position, done = excluded.done;

-- name: forget_segment
DELETE FROM segments WHERE boot_ns = ? AND pid = ? AND seq = ?;

-- name: name_id
SELECT id FROM names WHERE dimension = ? AND text = ?;

-- name: add_name
INSERT INTO names (dimension, text) VALUES (?, ?) RETURNING id;

-- name: add_hours
INSERT INTO hours (day, subject, hour, class, n) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (day, subject, hour, class) DO UPDATE SET n = n + excluded.n;

-- name: add_days
INSERT INTO days (day, subject, dimension, value, class, n) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (day, subject, dimension, value, class) DO UPDATE SET n = n + excluded.n;

-- name: add_months
INSERT INTO months (month, subject, dimension, value, class, n)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (month, subject, dimension, value, class) DO UPDATE SET n = n + excluded.n;

-- name: summed
SELECT subject, month FROM summed;

-- name: many_visits
SELECT subject FROM totals WHERE subject > 0 GROUP BY subject HAVING SUM(n) >= :visits;

-- name: months_from
SELECT months_from FROM state WHERE id = 1;

-- name: sum_month
WITH RECURSIVE span (day) AS (SELECT :first UNION ALL SELECT day + 1 FROM span WHERE day < :last)
INSERT INTO months (month, subject, dimension, value, class, n)
SELECT :month, :subject, v.dimension, v.value, v.class, SUM(v.n)
FROM span d
CROSS JOIN days v ON v.day = d.day AND v.subject = :subject
GROUP BY v.dimension, v.value, v.class;

-- name: set_summed
INSERT INTO summed (subject, month) VALUES (:subject, :month);

-- name: forget_sums
DELETE FROM months WHERE month = ?2 AND subject = ?1 AND subject > 0;

-- name: forget_summed
DELETE FROM summed WHERE subject = ?1 AND month = ?2;

-- name: drop_summed
DELETE FROM summed WHERE month < (SELECT months_from FROM state WHERE id = 1);

-- name: summed_of
SELECT subject, month FROM summed WHERE subject = :subject;

-- name: add_visitors
INSERT INTO visitors (day, subject, registers) VALUES (?, ?, ?)
ON CONFLICT (day, subject) DO UPDATE SET registers = hll_merged(registers, excluded.registers)
WHERE registers IS NOT NULL;

-- name: add_totals
INSERT INTO totals (subject, class, n, last_at) VALUES (?, ?, ?, ?)
ON CONFLICT (subject, class) DO UPDATE SET n = n + excluded.n, last_at = MAX(last_at, excluded.last_at);

-- name: set_activity
INSERT INTO activity (link, workspace, day) VALUES (?, ?, ?)
ON CONFLICT (link) DO UPDATE SET workspace = excluded.workspace, day = excluded.day
WHERE day < excluded.day OR workspace <> excluded.workspace;

-- name: free_counts
SELECT subject, COUNT(DISTINCT value) FROM days
WHERE day = :day AND dimension IN (SELECT value FROM json_each(:free))
GROUP BY subject;

-- name: free_values
SELECT DISTINCT d.dimension, n.text
FROM json_each(:free) f
CROSS JOIN days d ON d.day = :day AND d.subject = :subject AND d.dimension = f.value
CROSS JOIN names n ON n.id = d.value;

-- name: erasures
SELECT id, subject, until_at FROM erasures WHERE id > ? ORDER BY id;

-- name: settle_visitors
UPDATE visitors SET n = hll_count(registers), registers = NULL
WHERE (day, subject) IN (
    SELECT day, subject FROM visitors
    WHERE day >= (SELECT settled FROM state WHERE id = 1) AND day < :before AND registers IS NOT NULL
    LIMIT :most
);

-- name: set_settled
UPDATE state SET settled = :before WHERE id = 1 AND settled < :before;

-- name: settled
SELECT settled FROM state WHERE id = 1;

-- name: first_day
SELECT MIN(day) FROM (SELECT MIN(day) AS day FROM hours UNION ALL SELECT MIN(day) FROM days);

-- name: last_day
SELECT MAX(day) FROM (SELECT MAX(day) AS day FROM hours UNION ALL SELECT MAX(day) FROM days);

-- name: drop_hours
DELETE FROM hours WHERE (day, subject, hour, class) IN (
    SELECT day, subject, hour, class FROM hours WHERE day < :before LIMIT :most
);

-- name: drop_days
DELETE FROM days WHERE (day, subject, dimension, value, class) IN (
    SELECT day, subject, dimension, value, class FROM days WHERE day < :before LIMIT :most
);

-- name: set_months_from
UPDATE state SET months_from = MAX(months_from, :month) WHERE id = 1;

-- name: drop_months
DELETE FROM months WHERE (month, subject, dimension, value, class) IN (
    SELECT month, subject, dimension, value, class FROM months
    WHERE month < (SELECT months_from FROM state WHERE id = 1) LIMIT :most
);

-- name: drop_visitors
DELETE FROM visitors WHERE (day, subject) IN (
    SELECT day, subject FROM visitors WHERE day < :before LIMIT :most
);

-- name: erase_hours_of_day
DELETE FROM hours WHERE day = :day AND subject = :subject;

-- name: erase_days_of_day
DELETE FROM days WHERE day = :day AND subject = :subject;

-- name: erase_visitors_of_day
DELETE FROM visitors WHERE day = :day AND subject = :subject;

-- name: erase_totals
DELETE FROM totals WHERE subject = :subject;

-- name: erase_activity
DELETE FROM activity WHERE link = :subject;

-- name: note_erasure
INSERT INTO erasures (subject, until_at) VALUES (:subject, :until_at);

-- name: forget_erasures
DELETE FROM erasures WHERE until_at < ?;

-- name: days_with_value
SELECT n FROM days WHERE day = ? AND subject = ? AND dimension = ? AND value = ? AND class = ?;

-- name: tidy_hours
DELETE FROM hours WHERE day = ? AND subject = ? AND hour = ? AND class = ? AND n <= 0;

-- name: tidy_days
DELETE FROM days WHERE day = ? AND subject = ? AND dimension = ? AND value = ? AND class = ? AND n <= 0;

-- name: tidy_months
DELETE FROM months WHERE month = ? AND subject = ? AND dimension = ? AND value = ? AND class = ? AND n <= 0;

-- name: tidy_totals
DELETE FROM totals WHERE subject = ? AND class = ? AND n <= 0;

-- name: reclassified
SELECT profile, kind, agent FROM reclassified WHERE month = ?;

-- name: set_reclassified
INSERT INTO reclassified (month, profile, kind, agent) VALUES (?, ?, ?, ?)
ON CONFLICT (month, profile) DO UPDATE SET kind = excluded.kind, agent = excluded.agent;

-- name: forget_reclassified
DELETE FROM reclassified WHERE month = ?;
