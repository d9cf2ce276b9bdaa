"""Simulated annealing of flow plans in which every admitted flow is in time."""
