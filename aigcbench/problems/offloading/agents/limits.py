"""Numbers that training and compiled decisions share; without torch."""

EMBEDDING = 16  # units of the step embedding
LARGEST_LATENT = 5.0
"""Where x_0 itself is kept as a latent it is clipped: eq. 10 takes it times 1 / sqrt(lambda-bar_I) = 12 from slot to slot."""
