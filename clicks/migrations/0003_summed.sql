-- Months of links that are in the table months too, as sums of their days: of months that are over, and of links with
-- many visits. What changes the days of such a month takes it out of both tables; it is summed up again later.
CREATE TABLE summed (
    subject INTEGER NOT NULL,
    month   INTEGER NOT NULL,
    PRIMARY KEY (subject, month)
) WITHOUT ROWID;
