"""aigcbench."""
