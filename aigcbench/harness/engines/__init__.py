"""Engines: what performs the units of work of a plan."""
