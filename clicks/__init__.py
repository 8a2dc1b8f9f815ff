"""What a visit is: the journal of visits, what made each of them, and what is counted of them."""
