"""What a visit is: the journal of visits, its writer and its reader. Classification and statistics are to come."""
