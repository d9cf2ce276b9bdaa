"""A learned lottery over stations: what every station can agree on from the queues at the start of a slot."""
