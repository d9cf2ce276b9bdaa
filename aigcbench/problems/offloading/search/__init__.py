"""Clairvoyant search of offloading plans by exact differences: descent and annealing."""
