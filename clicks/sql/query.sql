-- What charts and APIs read. Each statement seeks once for each day and subject: its cost depends on the days shown.
-- Where thousands of values a day are added up, classes are bits, the lowest class first: a list takes half as long again.

-- name: sums
-- Each of :parts is hours of a day: the day, the first and the last of them, as clicks.query packs it. A sum for each.
WITH part (number, day, first, last) AS MATERIALIZED (
    SELECT key, value >> 10, value >> 5 & 31, value & 31 FROM json_each(:parts)
)
SELECT p.number, (
    SELECT SUM(h.n)
    FROM json_each(:subjects) s
    CROSS JOIN hours h ON h.day = p.day AND h.subject = s.value AND h.hour BETWEEN p.first AND p.last
    WHERE h.class BETWEEN :lowest AND :highest AND :classes >> (h.class - :lowest) & 1
)
FROM part p;

-- name: classes
WITH part (day, first, last) AS MATERIALIZED (
    SELECT value >> 10, value >> 5 & 31, value & 31 FROM json_each(:parts)
)
SELECT h.class, SUM(h.n)
FROM part p
CROSS JOIN json_each(:subjects) s
CROSS JOIN hours h ON h.day = p.day AND h.subject = s.value AND h.hour BETWEEN p.first AND p.last
GROUP BY h.class;

-- name: week
-- Each of :parts is such a part and a number of hours to add. Sums for the hours of a week, from Monday; 1970-01-01 was
-- a Thursday.
WITH part (day, first, last, shift) AS MATERIALIZED (
    SELECT json_extract(value, '$[0]') >> 10, json_extract(value, '$[0]') >> 5 & 31, json_extract(value, '$[0]') & 31,
           json_extract(value, '$[1]')
    FROM json_each(:parts)
)
SELECT ((p.day + 3) * 24 + h.hour + p.shift) % 168 AS at, SUM(h.n)
FROM part p
CROSS JOIN json_each(:subjects) s
CROSS JOIN hours h ON h.day = p.day AND h.subject = s.value AND h.hour BETWEEN p.first AND p.last
WHERE h.class BETWEEN :lowest AND :highest AND :classes >> (h.class - :lowest) & 1
GROUP BY at;

-- name: values_of_links
-- Each of :days is a day and its month, where that is one of :months: some links have it as a sum, of others its days count.
SELECT n.text, c.count
FROM (
    SELECT v.value AS value, SUM(v.n) AS count
    FROM (
        SELECT v.value, v.n
        FROM json_each(:days) d
        CROSS JOIN json_each(:subjects) s
        CROSS JOIN days v
        ON v.day = json_extract(d.value, '$[0]') AND v.subject = s.value AND v.dimension = :dimension
        WHERE NOT EXISTS (
            SELECT 1 FROM summed k WHERE k.subject = s.value AND k.month = json_extract(d.value, '$[1]')
        ) AND v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
        UNION ALL
        SELECT v.value, v.n
        FROM json_each(:months) m
        CROSS JOIN json_each(:subjects) s
        CROSS JOIN summed k ON k.subject = s.value AND k.month = m.value
        CROSS JOIN months v ON v.month = k.month AND v.subject = k.subject AND v.dimension = :dimension
        WHERE v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
    ) v
    GROUP BY v.value
) c
JOIN names n ON n.id = c.value;

-- name: values_of_many
SELECT n.text, c.count
FROM (
    SELECT v.value AS value, SUM(v.n) AS count
    FROM (
        SELECT v.value, v.n
        FROM json_each(:days) d
        CROSS JOIN json_each(:subjects) s
        CROSS JOIN days v ON v.day = d.value AND v.subject = s.value AND v.dimension = :dimension
        WHERE v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
        UNION ALL
        SELECT v.value, v.n
        FROM json_each(:months) m
        CROSS JOIN json_each(:subjects) s
        CROSS JOIN months v ON v.month = m.value AND v.subject = s.value AND v.dimension = :dimension
        WHERE v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
    ) v
    GROUP BY v.value
) c
JOIN names n ON n.id = c.value;

-- name: charted_of_links
-- As values_of_links, all values together.
SELECT SUM(n)
FROM (
    SELECT v.n
    FROM json_each(:days) d
    CROSS JOIN json_each(:subjects) s
    CROSS JOIN days v
    ON v.day = json_extract(d.value, '$[0]') AND v.subject = s.value AND v.dimension = :dimension
    WHERE NOT EXISTS (
        SELECT 1 FROM summed k WHERE k.subject = s.value AND k.month = json_extract(d.value, '$[1]')
    ) AND v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
    UNION ALL
    SELECT v.n
    FROM json_each(:months) m
    CROSS JOIN json_each(:subjects) s
    CROSS JOIN summed k ON k.subject = s.value AND k.month = m.value
    CROSS JOIN months v ON v.month = k.month AND v.subject = k.subject AND v.dimension = :dimension
    WHERE v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
);

-- name: charted_of_many
SELECT SUM(n)
FROM (
    SELECT v.n
    FROM json_each(:days) d
    CROSS JOIN json_each(:subjects) s
    CROSS JOIN days v ON v.day = d.value AND v.subject = s.value AND v.dimension = :dimension
    WHERE v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
    UNION ALL
    SELECT v.n
    FROM json_each(:months) m
    CROSS JOIN json_each(:subjects) s
    CROSS JOIN months v ON v.month = m.value AND v.subject = s.value AND v.dimension = :dimension
    WHERE v.class BETWEEN :lowest AND :highest AND :classes >> (v.class - :lowest) & 1
);

-- name: newest_day
SELECT MAX(day) FROM days;

-- name: months_from
SELECT months_from FROM state WHERE id = 1;

-- name: visitors
WITH RECURSIVE span (day) AS (SELECT :first UNION ALL SELECT day + 1 FROM span WHERE day < :last)
SELECT v.day, v.n, v.registers
FROM span d
CROSS JOIN visitors v ON v.day = d.day AND v.subject = :subject;

-- name: totals
SELECT t.subject, t.class, t.n, t.last_at
FROM json_each(:subjects) s
CROSS JOIN totals t ON t.subject = s.value;

-- name: active
SELECT COUNT(*) FROM activity WHERE workspace = :workspace AND day >= :since;

-- name: days_counted
SELECT (SELECT MIN(day) FROM hours), (SELECT MAX(day) FROM hours);

-- name: state
SELECT commits, visits, lost, damaged, at, lag_records, lag_ms FROM state WHERE id = 1;

-- name: counted
SELECT t.subject, t.class, t.n FROM totals t WHERE t.subject >= 0;

-- name: positions
SELECT boot_ns, pid, seq, position FROM segments;
