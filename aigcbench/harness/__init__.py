"""Runs solvers under limits and keeps what they decided."""
