"""Faults that are done to running drivers and to stores, and what must hold after each of them."""
