"""Bid prices for online policies: a rule by prices, forecasts of demand, and the search for prices."""
