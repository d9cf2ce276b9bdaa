"""Gymnasium environments of caching: one episode, and a native batch of N over the compiled simulator."""

from __future__ import annotations

from aigcbench.observation import Context
from aigcbench.problems.caching.model import context_of
from aigcbench.problems.caching.slots import CachingSlots
from aigcbench.problems.environment import BatchedEnvironment, Environment


class CachingEnv(Environment):
    """One episode of caching: a cache for each frame, bandwidth and denoising steps for each of its slots.

    Parameters
    ----------
    scenario
        A scenario of the catalogue (or the path of a ``.toml`` file). Each reset draws a new instance of it, its seed
        taken from the environment's generator.
    observation
        ``paper``, ``online`` or ``informed``: how much of the vector below is seen.
    split
        ``train`` or ``validation``. The test split is refused: the harness alone plays it.
    amender
        What makes an action legal: ``ours``, ``paper`` or ``none`` (see `aigcbench.problems.caching.amender`).

    Notes
    -----
    **Observation**: `Box`, float32, shape ``(D,)``, for U users and M models in this order; everything about requests is 0 at a
    frame decision, the requested model -1:

    =======  ===========================================  ===================  ========================
    entries  meaning                                      unit, divided by     seen by
    =======  ===========================================  ===================  ========================
    1        1 at a frame decision, 0 at a slot decision  1                    paper, online, informed
    1        index of the frame                           F - 1                paper, online, informed
    1        index of the slot in its frame               K - 1                paper, online, informed
    1        gamma, Zipf exponent of this frame           largest gamma        paper, online, informed
    U        requested model                              M - 1                paper, online, informed
    U        input of the request                         MB, largest data     paper, online, informed
    U        output of the requested model                MB, largest data     paper, online, informed
    U        channel power gain                           1e-9                 paper, online, informed
    M        1 where a model is cached; at a frame        1                    paper, online, informed
             decision that of the frame before
    U        1 where the requested model is cached        1                    online, informed
    U        uplink signal-to-noise ratio, whole band     dB, 50               online, informed
    M        storage of each model                        GB, C                online, informed
    6 U      A1, A2, A3, A4, B1, B2 of the requested      largest of each      informed
             model, user by user
    =======  ===========================================  ===================  ========================

    **Action**: `Box`, float32, [0, 1], shape ``(M + 2U,)``: a wish to cache each model (frame decisions read only these), then
    bandwidth and step shares (slot decisions read only these). The amender turns them into legal decisions.

    **Reward**: float: 0 for a frame decision; for a slot decision minus the mean over its requests of
    ``G + chi * (delay > tau)`` (eq. 23).

    **Termination**: after F (K + 1) decisions. Its ``info`` has ``cost`` (float, mean over all requests, the benchmark's
    primary score), ``deadline_miss_rate``, ``hit_ratio`` (floats) and ``instance`` (str). Episodes are never truncated; the
    terminal observation shows the last slot once more.

    Raises
    ------
    InputError
        For an unknown scenario, observation, split or amender, and for actions outside the space.
    InvalidDecisions
        For an action that breaks a rule, with ``amender="none"``.

    Examples
    --------
    >>> import gymnasium, numpy
    >>> env = gymnasium.make("aigcbench.environments:aigcbench/Caching-v0", scenario="caching/tiny")
    >>> observation, info = env.reset(seed=1)
    >>> observation.shape, env.action_space.shape
    ((20,), (10,))
    >>> done = False
    >>> while not done:
    ...     observation, reward, done, truncated, info = env.step(numpy.ones(10, numpy.float32))
    >>> sorted(info)
    ['cost', 'deadline_miss_rate', 'hit_ratio', 'instance']
    """

    slots_type = CachingSlots
    _slots: CachingSlots

    def __init__(
        self,
        scenario: str = "caching/paper",
        observation: str = "paper",
        split: str = "train",
        amender: str = "ours",
    ) -> None:
        super().__init__(scenario, observation, split)
        self._slots.choose_amender(amender)


class CachingVectorEnv(BatchedEnvironment):
    """N episodes of `CachingEnv` in one kernel call per step.

    Parameters
    ----------
    num_envs
        N.
    scenario, observation, split, amender
        As for `CachingEnv`.

    Notes
    -----
    **Observation** float32 ``(N, D)``, **action** float32 ``(N, M + 2U)``, **reward** float64 ``(N,)``, **termination** and
    truncation bool ``(N,)``: row n is what `CachingEnv` with the seed of row n gives. Every array that is handed out is new.
    All episodes of a scenario are equally long, so that all rows are at the same kind of decision and end together.

    **Autoreset** is `AutoresetMode.SAME_STEP`: the step that ends the episodes already returns the first observations of the
    next ones. The terminal observation is in ``infos["final_obs"][n]``, the outcome in ``infos["final_info"]`` (arrays of
    length N, with masks ``_cost`` and so on).

    **Seeds**: ``reset(seed=s)`` seeds row n with s + n; a sequence seeds each row (None: leave its generator as it is).

    Raises
    ------
    InputError, InvalidDecisions
        As `CachingEnv`.

    Examples
    --------
    >>> import gymnasium, numpy
    >>> envs = gymnasium.make_vec("aigcbench.environments:aigcbench/Caching-v0", num_envs=4, observation="online")
    >>> observations, infos = envs.reset(seed=1)
    >>> actions = numpy.full((4, 30), 0.5, numpy.float32)
    >>> observations, rewards, terminations, truncations, infos = envs.step(actions)
    >>> observations.shape, rewards.shape
    ((4, 84), (4,))
    """

    slots_type = CachingSlots
    _slots: CachingSlots

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str = "caching/paper",
        observation: str = "paper",
        split: str = "train",
        amender: str = "ours",
    ) -> None:
        super().__init__(num_envs, scenario, observation, split)
        self._slots.choose_amender(amender)

    @property
    def context(self) -> Context:
        """What any operator of the scenario knows, for learners that need more than spaces."""
        return context_of(self._slots.template, "online")
