"""What a visit is: journal, classification, collector, statistics. Empty until the journal exists."""
