"""What a caching instance is: fields, arrays, metrics, observation layout (two-timescale model caching, T2DRL).

An edge server caches generative models ``m`` for a frame of K slots; in each slot every user ``u`` requests one model, and the
server shares out its uplink band and its denoising steps (Liu et al., Two-Timescale Model Caching and Resource Allocation for
Edge-Enabled AI-Generated Content Services, Sections 3 and 4). A request whose model is not cached is served by the cloud.
"""

from __future__ import annotations

import numpy as np

from aigcbench.errors import InputError
from aigcbench.instance import Instance
from aigcbench.observation import Context, Layout, View
from aigcbench.schema import Array, Field, validate_arrays, validate_fields
from aigcbench.score import Metric

NAME = "caching"
SUMMARY = (
    "Cache generative models per frame, share bandwidth and denoising steps per slot (T2DRL's two-timescale problem)"
)
TOLERANCE = 1e-9  # by how much a share, a sum of shares or the storage in use (GB) may break its limit

METRICS = (
    Metric("cost", "", "down", "Mean over requests of G + chi * (delay > tau)", ("utility",)),
    Metric("mean_delay", "s", "down", "Mean delay of a request: up, generation, down", ("delay",)),
    Metric("p95_delay", "s", "down", "95th percentile of the delay"),
    Metric(
        "deadline_miss_rate", "", "down", "Share of requests whose delay exceeds the slot's length tau", ("crash rate",)
    ),
    Metric("mean_quality", "TV", "down", "Mean total variation of the generated images; lower is better"),
    Metric("mean_g", "", "down", "Mean of G = alpha * delay + (1 - alpha) * total variation, without penalties"),
    Metric("hit_ratio", "", "up", "Share of requests whose model is cached"),
    Metric("storage_used", "", "up", "Mean share of the storage that the cached models take"),
)

PARAMETERS = (
    Field("slot_s", float, "s", "tau, length of a slot and deadline of its requests", 1e-9, 1e9),
    Field("storage_gb", float, "GB", "C, what the cached models may take in all", 0, 1e9),
    Field("delay_weight", float, "", "alpha, weight of the delay in G against the total variation", 0, 1),
    Field("deadline_penalty", float, "", "chi, what a missed deadline adds to the cost of a request", 0, 1e9),
    Field("total_steps", float, "steps", "L, denoising steps of the edge server in a slot", 0, 1e12),
    Field("minimum_share", float, "", "Smallest bandwidth share of a user", 1e-8, 1),
    Field("uplink_mhz", float, "MHz", "W_up, uplink band that the users share", 1e-9, 1e9),
    Field("downlink_mhz", float, "MHz", "W_dw, downlink band of each user", 1e-9, 1e9),
    Field("user_power_dbm", float, "dBm", "p_u, transmit power of a user", -200, 200),
    Field("station_power_dbm", float, "dBm", "p_bs, transmit power of the base station", -200, 200),
    Field("noise_dbm_per_hz", float, "dBm/Hz", "N0, noise power spectral density", -300, 100),
    Field("backhaul_up_mbit_s", float, "Mbit/s", "R_bc, rate from the base station to the cloud", 1e-9, 1e12),
    Field("backhaul_down_mbit_s", float, "Mbit/s", "R_cb, rate from the cloud to the base station", 1e-9, 1e12),
    Field("max_skewness", float, "", "Largest gamma of the scenario; scales the observation", 1e-9, 1e3),
    Field("max_data_mb", float, "MB", "Largest input or output of the scenario; scales the observation", 1e-9, 1e9),
    Field("max_steps", float, "steps", "Largest A3 of the scenario; scales the observation", 1e-9, 1e12),
    Field("max_quality", float, "TV", "Largest A2 of the scenario; scales the observation", 1e-9, 1e9),
    Field("max_step_s", float, "s", "Largest B1 of the scenario; scales the observation", 1e-9, 1e9),
    Field("max_start_s", float, "s", "Largest B2 of the scenario; scales the observation", 1e-9, 1e9),
)

ARRAYS = (
    Array("model_storage", "float64", ("models",), "GB", "c, storage that each model takes", 0, 1e9),
    Array("model_output", "float64", ("models",), "MB", "d_op, output of each model", 0, 1e9),
    Array("model_quality", "float64", ("models", 4), "steps, TV", "A1 (steps), A2 (TV), A3 (steps), A4 (TV)", 0, 1e9),
    Array("model_time", "float64", ("models", 2), "s/step, s", "B1 (s per step), B2 (s)", 0, 1e9),
    Array("skewness", "float64", ("frames",), "", "gamma, Zipf exponent of the requests of each frame", 0, 1e3),
    Array("popularity_state", "int64", ("frames",), "", "State of the popularity's Markov chain", 0),
    Array("request", "int64", ("frames", "slots", "users"), "", "phi, model that each user requests", 0),
    Array("input_size", "float64", ("frames", "slots", "users"), "MB", "d_in, input of each request", 0, 1e9),
    Array("gain", "float64", ("frames", "slots", "users"), "", "h, channel power gain, a ratio, fading included", 1e-30, 1),
)  # fmt: skip

DECISIONS = (
    Array("cache", "int64", ("frames", "models"), "", "1 where a model is cached during a frame, else 0", 0, 1),
    Array("bandwidth", "float64", ("frames", "slots", "users"), "share", "b, share of the uplink band", 0, 1),
    Array("steps", "float64", ("frames", "slots", "users"), "share", "xi, share of the server's denoising steps", 0, 1),
)
ACTION = Array(
    "action",
    "float64",
    ("entries",),
    "",
    "M cache bits (read at frame decisions), U bandwidth shares and U step shares (read at slot decisions)",
)


def validate(instance: Instance, where: str) -> None:
    """Raise `InputError` unless the instance is a sound caching instance."""
    validate_fields(PARAMETERS, instance.parameters, f"{where}: parameters")
    sizes = validate_arrays(ARRAYS, instance.arrays, f"{where}: arrays")
    for name in ("models", "frames", "slots", "users"):
        if sizes[name] == 0:
            raise InputError(f"{where}: arrays", f"no {name}", "at least one")
    _refuse_first(
        instance["request"] >= sizes["models"],
        instance["request"],
        f"{where}: arrays.request",
        f"below {sizes['models']}",
    )
    validate_models(instance["model_quality"], f"{where}: arrays.model_quality")
    least = float(instance.parameters["minimum_share"])
    if least * sizes["users"] > 1:
        raise InputError(
            f"{where}: parameters.minimum_share",
            f"{least:g} for {sizes['users']} users is more than the band",
            f"at most {1 / sizes['users']:g}",
        )


def validate_models(quality: np.ndarray, where: str) -> None:
    """Raise `InputError` unless A1 < A3 and A2 >= A4 for every row of ``quality`` (models, 4)."""
    _refuse_first(quality[:, 2] <= quality[:, 0], quality[:, 2], f"{where} (A3)", "A3 above A1")
    _refuse_first(quality[:, 3] > quality[:, 1], quality[:, 3], f"{where} (A4)", "A4 at most A2")


def _refuse_first(bad: np.ndarray, array: np.ndarray, where: str, expected: str) -> None:
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"{where}[{', '.join(map(str, first))}]", str(array[first]), expected)


def sizes_of(instance: Instance) -> tuple[int, int, int, int]:
    """(F, K, U, M) of an instance."""
    frames, slots, users = instance["request"].shape
    return frames, slots, users, len(instance["model_storage"])


def layout_of(instance: Instance) -> Layout:
    """Observation layout, see `layout`."""
    _, _, users, models = sizes_of(instance)
    return layout(users, models)


def layout(users: int, models: int) -> Layout:
    """Observation layout: decision, the paper's frame and slot states, what follows from them, the requested models."""
    u, m = users, models
    cache = 4 + 4 * u
    online = cache + m
    informed = online + 2 * u + m
    views = [
        View("is_frame", "", "1 at a frame decision (cache), 0 at a slot decision (shares)", 0),
        View("frame", "", "Index of the frame", 1),
        View("slot", "", "Index of the slot in its frame, 0 at a frame decision", 2),
        View("skewness", "", "gamma, Zipf exponent of this frame's requests", 3),
        View("request", "", "Model that each user requests, -1 at a frame decision", 4, u),
        View("input_size", "MB", "Input of each request, 0 at a frame decision", 4 + u, u),
        View("output_size", "MB", "Output of each requested model, 0 at a frame decision", 4 + 2 * u, u),
        View("gain", "", "Channel power gain of each user, a ratio, 0 at a frame decision", 4 + 3 * u, u),
        View("cache", "", "1 where a model is cached; at a frame decision that of the frame before", cache, m),
        View("hit", "", "1 where the requested model is cached, 0 at a frame decision", online, u),
        View("snr_db", "dB", "Uplink signal-to-noise ratio over the whole band, 0 at a frame decision", online + u, u),
        View("model_storage", "GB", "Storage that each model takes", online + 2 * u, m),
    ]
    columns = (
        ("A1", "steps", "Steps at which the quality starts to improve"),
        ("A2", "TV", "Total variation at A1 steps or fewer"),
        ("A3", "steps", "Steps at which the quality is best"),
        ("A4", "TV", "Total variation at A3 steps or more"),
        ("B1", "s/step", "Generation time per step"),
        ("B2", "s", "Generation time apart from the steps"),
    )
    for column, (name, unit, description) in enumerate(columns):
        text = f"{description}, of each requested model; 0 at a frame decision (informed)"
        views.append(View(name, unit, text, informed + column, u, len(columns)))
    return Layout(tuple(views), {"paper": online, "online": informed, "informed": informed + len(columns) * u})


TYPICAL_GAIN = 1e-9  # at about 95 m; gains reach from 1e-13 to 1e-5, so no divisor brings all of them near 1
TYPICAL_SNR_DB = 50.0


def scale_of(instance: Instance, layout: Layout) -> np.ndarray:
    """What each observation entry is divided by for a learner (float64): largest values, a typical gain and ratio, C."""
    frames, slots, _, models = sizes_of(instance)
    parameters = {name: float(value) for name, value in instance.parameters.items()}
    divisors = {
        "frame": max(frames - 1, 1),
        "slot": max(slots - 1, 1),
        "skewness": parameters["max_skewness"],
        "request": max(models - 1, 1),
        "input_size": parameters["max_data_mb"],
        "output_size": parameters["max_data_mb"],
        "gain": TYPICAL_GAIN,
        "snr_db": TYPICAL_SNR_DB,
        "model_storage": max(parameters["storage_gb"], 1.0),
        "A1": parameters["max_steps"],
        "A2": parameters["max_quality"],
        "A3": parameters["max_steps"],
        "A4": parameters["max_quality"],
        "B1": parameters["max_step_s"],
        "B2": parameters["max_start_s"],
    }
    scale = np.ones(layout.lengths["informed"])
    for name, divisor in divisors.items():
        layout[name].of(scale)[...] = divisor
    return scale


def n_requests(instance: Instance) -> int:
    """One decision per frame, its cache, and one per slot, the shares."""
    frames, slots, _, _ = sizes_of(instance)
    return frames * (slots + 1)


def context_of(instance: Instance, information: str) -> Context:
    """What an operator knows: sizes, scenario, storage and output of the models; how they generate only where informed."""
    frames, slots, users, models = sizes_of(instance)
    known = ["model_storage", "model_output"]
    if information == "informed":
        known += ["model_quality", "model_time"]
    names = layout_of(instance)
    sizes = {"n_frames": frames, "n_slots": slots, "n_users": users, "n_models": models}
    return Context(
        formulation=NAME,
        scenario=instance.scenario,
        information=information,
        n_actions=0,
        reject_allowed=False,
        layout=names,
        scale=scale_of(instance, names)[: names.lengths[information]],
        parameters=dict(instance.parameters) | sizes,
        arrays={name: instance[name] for name in known},
        action_shape=(models + 2 * users,),
    )
