"""Charts of a scenario's results, as Vega-Lite specifications."""
