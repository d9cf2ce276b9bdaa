"""The exact optimum of one slot: bandwidth and denoising steps for a given cache, proven by prices and branch and bound."""
