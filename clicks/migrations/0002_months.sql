-- Sums of days for workspaces and everybody (subject <= 0), so that a chart of a year adds up months, not days: of each
-- there may be thousands of values on every day.
--
-- month: 12 * year + month from 0, of days in the zone stats.timezone.
CREATE TABLE months (
    month     INTEGER NOT NULL,
    subject   INTEGER NOT NULL,
    dimension INTEGER NOT NULL,
    value     INTEGER NOT NULL,
    class     INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (month, subject, dimension, value, class)
) WITHOUT ROWID;

INSERT INTO months (month, subject, dimension, value, class, n)
SELECT 12 * STRFTIME('%Y', day * 86400, 'unixepoch') + STRFTIME('%m', day * 86400, 'unixepoch') - 1 AS month,
       subject, dimension, value, class, SUM(n)
FROM days
WHERE subject <= 0
GROUP BY month, subject, dimension, value, class;

-- Months before this one have no sums: days of them have been dropped.
ALTER TABLE state ADD COLUMN months_from INTEGER NOT NULL DEFAULT 0;
