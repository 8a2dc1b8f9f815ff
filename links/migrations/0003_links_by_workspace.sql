-- The newest links of a workspace. Without it a workspace with a few links among a million would be found by looking at
-- all of them: 90 ms for a page instead of 0.2.
CREATE INDEX links_workspace ON links (workspace);
