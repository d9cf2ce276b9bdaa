"""The formulations, one package each."""
