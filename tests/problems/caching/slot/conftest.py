"""Random slots in which every limit may bind, and two solvers that share nothing with the package's."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from aigcbench.instance import Instance

BITS_PER_MEGABYTE = 8e6
FEASIBILITY = 1e-5  # what SLSQP may break a constraint by; worth less than 1e-5 of the cost


@dataclass(frozen=True)
class Case:
    """One slot (frame 0, slot 0 of ``instance``) with a cache."""

    instance: Instance
    cache: np.ndarray


@pytest.fixture(scope="session")
def random_case(caching_instance) -> Callable[..., Case]:
    """Draws a slot: scarce or ample band, steps and time, small or large penalties; ``scalars`` override."""

    def draw(rng: np.random.Generator, users: int, models: int = 3, **scalars: float) -> Case:
        fleet = [
            (1.0, rng.uniform(2, 10), rng.uniform(20, 100), rng.uniform(80, 150), rng.uniform(120, 200),
             rng.uniform(0, 70), rng.uniform(0.01, 0.3), rng.uniform(0, 10))
            for _ in range(models)
        ]  # fmt: skip
        gain = 10.0 ** rng.uniform(-13, -7, users)
        requests = [[list(zip(rng.integers(models, size=users), rng.uniform(2, 10, users), gain, strict=True))]]
        drawn = {
            "slot_s": rng.uniform(12, 60),
            "deadline_penalty": rng.choice([0.0, 1.0, 10.0, 100.0]),
            "total_steps": users * rng.uniform(20, 200),
            "uplink_mhz": users * rng.uniform(0.3, 3),
            "delay_weight": rng.uniform(0.2, 0.9),
        }
        instance = caching_instance(fleet, requests, **(drawn | scalars))
        return Case(instance, (rng.random(models) < 0.7).astype(np.int64))

    return draw


@dataclass(frozen=True)
class Request:
    """One user's request in plain numbers: times in s, steps, total variation."""

    cached: bool
    data: float  # bit
    power: float  # received signal over noise density, Hz
    fixed_delay: float  # all but the upload and the steps
    first: float
    worst: float
    last: float
    best: float
    step_time: float


def requests_of(case: Case) -> list[Request]:
    """The users of a slot, worked out from the paper's equations."""
    p, arrays = case.instance.parameters, case.instance.arrays
    rows = []
    for model, size, gain in zip(
        arrays["request"][0, 0], arrays["input_size"][0, 0], arrays["gain"][0, 0], strict=True
    ):
        first, worst, last, best = arrays["model_quality"][model].tolist()
        step_time, start = arrays["model_time"][model].tolist()
        band, output = 1e6 * p["downlink_mhz"], BITS_PER_MEGABYTE * arrays["model_output"][model]
        snr_down = 10 ** ((p["station_power_dbm"] - p["noise_dbm_per_hz"]) / 10) * gain / band
        delay = start + output / (band * math.log2(1 + snr_down))
        cached = bool(case.cache[model])
        if not cached:
            delay += BITS_PER_MEGABYTE * size / (1e6 * p["backhaul_up_mbit_s"]) + step_time * last
            delay += output / (1e6 * p["backhaul_down_mbit_s"])
        power = 10 ** ((p["user_power_dbm"] - p["noise_dbm_per_hz"]) / 10) * gain
        rows.append(Request(cached, BITS_PER_MEGABYTE * size, power, delay, first, worst, last, best, step_time))
    return rows


@pytest.fixture(scope="session")
def enumerated_cost() -> Callable[[Case], float]:
    """The optimum by trying every way to serve the users, each a convex problem for SLSQP."""
    return enumerate_modes


def enumerate_modes(case: Case) -> float:
    """Every user late or in time, and at the edge with steps on the falling line or without any."""
    requests = requests_of(case)
    modes = [list(itertools.product([False, True], [False, True] if r.cached else [False])) for r in requests]
    return min(_convex_optimum(case, requests, chosen) for chosen in itertools.product(*modes))


def _convex_optimum(case: Case, requests: list[Request], modes: tuple[tuple[bool, bool], ...]) -> float:
    """Mean cost of the best shares and steps where users are in time and take steps as ``modes`` say; inf if impossible."""
    from scipy.optimize import minimize

    p, users = case.instance.parameters, len(requests)
    weight, band, least = p["delay_weight"], 1e6 * p["uplink_mhz"], p["minimum_share"]
    in_time, stepping = (np.array(column) for column in zip(*modes, strict=True))
    data, power, fixed, step_time = (
        np.array([getattr(r, name) for r in requests]) for name in ("data", "power", "fixed_delay", "step_time")
    )
    slope = np.array([weight * r.step_time - (1 - weight) * (r.worst - r.best) / (r.last - r.first) for r in requests])
    low = np.array([min(r.first, p["total_steps"]) if s else 0.0 for r, s in zip(requests, stepping, strict=True)])
    high = np.array([min(r.last, p["total_steps"]) if s else 0.0 for r, s in zip(requests, stepping, strict=True)])
    if low.sum() > p["total_steps"]:
        return math.inf
    constant = weight * fixed + [
        (1 - weight) * ((r.worst if r.cached else r.best) + (r.worst - r.best) / (r.last - r.first) * r.first * s)
        for r, s in zip(requests, stepping, strict=True)
    ]
    constant = constant + p["deadline_penalty"] * ~in_time

    def upload(share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Upload times and their slopes in the logarithm of the share."""
        ratio = power / (share * band)
        rate = share * band * np.log2(1 + ratio)
        slope_of_rate = share * band * (np.log2(1 + ratio) - ratio / (1 + ratio) / math.log(2))
        return data / rate, -data / rate**2 * slope_of_rate

    # Unknowns: logarithms of the shares, hundreds of steps.
    def cost(x: np.ndarray) -> tuple[float, np.ndarray]:
        time, change = upload(np.exp(x[:users]))
        return float(weight * time.sum() + slope @ (100 * x[users:])), np.concatenate([weight * change, 100 * slope])

    def spare(x: np.ndarray) -> np.ndarray:
        share = np.exp(x[:users])
        time = upload(share)[0] + step_time * 100 * x[users:] + fixed
        return np.concatenate(
            [[1 - share.sum(), p["total_steps"] / 100 - x[users:].sum()], (p["slot_s"] - time)[in_time]]
        )

    def spare_slope(x: np.ndarray) -> np.ndarray:
        share, zeros = np.exp(x[:users]), np.zeros(users)
        shared = [np.concatenate([-share, zeros]), np.concatenate([zeros, -np.ones(users)])]
        own = np.hstack([np.diag(-upload(share)[1]), np.diag(-100 * step_time)])[in_time]
        return np.vstack([shared, own])

    # The least share for every deadline says at once whether the modes can be had together; it is also where to start.
    start = np.full(users, least)
    for user in np.flatnonzero(in_time):
        left, right = least, 1.0
        target = p["slot_s"] - fixed[user] - step_time[user] * low[user]
        if upload(np.ones(users))[0][user] > target:
            return math.inf
        for _ in range(60):
            middle = (left + right) / 2
            left, right = (middle, right) if upload(np.full(users, middle))[0][user] > target else (left, middle)
        start[user] = right
    if start.sum() > 1:
        return math.inf
    start += (1 - start.sum()) / users
    room = p["total_steps"] - low.sum()
    best = math.inf
    for filled in (0.0, 0.5, 1.0):  # SLSQP may fail from one start
        taken = low + filled * (high - low) * min(1.0, room / max((high - low).sum(), 1e-9))
        found = minimize(
            cost, np.concatenate([np.log(start), taken / 100]), jac=True, method="SLSQP",
            bounds=[(math.log(least), 0)] * users + list(zip(low / 100, high / 100, strict=True)),
            constraints={"type": "ineq", "fun": spare, "jac": spare_slope}, options={"maxiter": 300, "ftol": 1e-10},
        )  # fmt: skip
        if spare(found.x).min() >= -FEASIBILITY:
            best = min(best, float(found.fun + constant.sum()) / users)
            if found.success:
                break
    return best


@pytest.fixture(scope="session")
def scip_cost() -> Callable[[Case, float], tuple[float, float]]:
    """Best cost and bound of SCIP on the slot's full mixed-integer nonlinear program, within some seconds."""
    return solve_with_scip


def solve_with_scip(case: Case, seconds: float) -> tuple[float, float]:
    """Rates, delays and the quality curve as the paper writes them, with a 0/1 variable for each miss and each piece."""
    import pyscipopt

    p, requests = case.instance.parameters, requests_of(case)
    weight, band, longest = p["delay_weight"], p["uplink_mhz"], 1e4
    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("limits/time", seconds)
    shares = [model.addVar(lb=p["minimum_share"], ub=1.0) for _ in requests]
    steps = [model.addVar(lb=0.0, ub=p["total_steps"] if r.cached else 0.0) for r in requests]
    terms = []
    for request, share, taken in zip(requests, shares, steps, strict=True):
        upload = model.addVar(lb=0.0, ub=longest)
        late = model.addVar(vtype="B")
        ratio = request.power / (1e6 * band)
        rate = share * band * pyscipopt.log(1 + ratio / share) / math.log(2)  # Mbit/s
        model.addCons(upload * rate >= request.data / 1e6)
        delay = upload + request.fixed_delay + (request.step_time * taken if request.cached else 0.0)
        model.addCons(delay <= p["slot_s"] + longest * late)
        quality = request.best
        if request.cached:
            falling, share_of_fall = model.addVar(vtype="B"), model.addVar(lb=0.0, ub=1.0)
            model.addCons(share_of_fall <= falling)
            model.addCons(taken >= request.first * falling + (request.last - request.first) * share_of_fall)
            quality = request.worst + (request.best - request.worst) * share_of_fall
        terms.append(weight * delay + (1 - weight) * quality + p["deadline_penalty"] * late)
    model.addCons(pyscipopt.quicksum(shares) <= 1)
    model.addCons(pyscipopt.quicksum(steps) <= p["total_steps"])
    model.setObjective(pyscipopt.quicksum(terms))
    model.optimize()
    return model.getPrimalbound() / len(requests), model.getDualbound() / len(requests)
