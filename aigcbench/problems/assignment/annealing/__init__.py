"""Simulated annealing on the temporal generalised assignment program."""
