"""How models generate, learnt from rewards: random decisions, a regression on what they cost, and decisions by what it found."""
