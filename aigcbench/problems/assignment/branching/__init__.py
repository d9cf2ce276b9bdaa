"""Branch and price: each server's schedules as columns of a linear program, and a tree over what keeps it fractional."""
