"""Parts that learners share: networks, the denoising chain, replay, collection, the training loop, compiled decisions.

`schedule`, `forward`, `policy` and `decisions` do without torch, so that a trained policy decides without it; the other modules
import it and are imported by solvers only while they train.
"""
