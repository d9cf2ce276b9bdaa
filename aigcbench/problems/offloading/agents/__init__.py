"""Learners with an agent at every station (LAD-TS and its baselines): networks of all agents stacked, updated in one pass."""
