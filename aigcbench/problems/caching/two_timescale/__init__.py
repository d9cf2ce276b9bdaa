"""Learners on two timescales: Q-values of caches per frame, an actor for the shares per slot (Liu et al., T2DRL, Section 6)."""
