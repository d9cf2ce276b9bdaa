"""The generator draws from the declared distributions; seeds are fixed, so each outcome is too."""

import numpy as np
import pytest
from scipy import stats

from aigcbench.errors import InputError
from aigcbench.problems.caching import generator, model
from aigcbench.scenario import scenario_named, scenario_names

SIGNIFICANCE = 1e-3
PAPER = scenario_named("caching/paper")
LAYOUTS = {"uniform": 0, "concentrated": 1, "boundary": 2}


def drawn(count=1, seed=0, fleet=PAPER.fleet, **changes):
    """Instances of the paper preset with changed parameters."""
    rng = np.random.default_rng(seed)
    return [generator.generate(dict(PAPER.parameters) | changes, fleet, rng)[1] for _ in range(count)]


@pytest.mark.parametrize("name", [name for name in scenario_names() if name.startswith("caching/")])
def test_every_preset_draws_sound_instances(name):
    """Each preset's instance is valid, the same for the same seed, another one for another seed."""
    scenario = scenario_named(name)
    first = scenario.instance(0)
    model.validate(first, name)
    assert scenario.instance(0).sha256 == first.sha256
    assert scenario.instance(1).sha256 != first.sha256


@pytest.mark.parametrize(
    ("array", "column", "name"),
    [
        ("input_size", None, "input_size"),
        ("model_storage", None, "model_storage"),
        ("model_output", None, "model_output"),
        ("model_quality", 0, "A1"),
        ("model_quality", 1, "A2"),
        ("model_quality", 2, "A3"),
        ("model_quality", 3, "A4"),
        ("model_time", 0, "B1"),
        ("model_time", 1, "B2"),
    ],
)
def test_ranges(array, column, name):
    """Every quantity is uniform over its range (Kolmogorov-Smirnov)."""
    instances = drawn(60, fleet=None, frames=1, slots=2)
    values = np.concatenate([(i[array] if column is None else i[array][:, column]).ravel() for i in instances])
    ends = PAPER.parameters[name]
    shares = (values - ends["low"]) / (ends["high"] - ends["low"])
    assert stats.kstest(shares, "uniform").pvalue > SIGNIFICANCE


def test_popularity_is_the_chain_of_eq_37():
    """Transitions between frames have the stated probabilities (chi-square), exponents follow the states."""
    (instance,) = drawn(frames=3000, slots=1, users=1)
    states = instance["popularity_state"]
    np.testing.assert_array_equal(instance["skewness"], np.array([0.2, 0.5, 0.7])[states])
    for state, row in enumerate(PAPER.parameters["skewness_transition"]):
        following = np.bincount(states[1:][states[:-1] == state], minlength=3)
        assert stats.chisquare(following, np.array(row) * following.sum()).pvalue > SIGNIFICANCE


def test_chains_start_anywhere():
    """The first state is uniform."""
    first = [instance["popularity_state"][0] for instance in drawn(600, frames=1, slots=1, users=1)]
    assert stats.chisquare(np.bincount(first, minlength=3)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("gamma", [0.0, 0.2, 0.7, 2.0])
def test_requests_are_zipf(gamma):
    """Model m is requested with probability m^-gamma over the sum (eq. 1)."""
    (instance,) = drawn(skewness=[gamma], skewness_transition=[[1.0]], slots=100)
    counts = np.bincount(instance["request"].ravel(), minlength=10)
    weights = np.arange(1.0, 11.0) ** -gamma
    assert stats.chisquare(counts, counts.sum() * weights / weights.sum()).pvalue > SIGNIFICANCE


def places(layout):
    """Coordinates of 20 000 users in a unit square, in one layout."""
    rng, shape = np.random.default_rng(3), (1, 1, 20_000)
    x, y = generator._places(np.array([[LAYOUTS[layout]]]), rng.random(shape), rng.random(shape))
    return x.ravel(), y.ravel()


@pytest.mark.parametrize(("layout", "side"), [("uniform", 1.0), ("concentrated", 0.5)])
def test_square_layouts(layout, side):
    """Uniform users fill the square, concentrated ones its middle quarter, evenly."""
    x, y = places(layout)
    for coordinate in (x, y):
        assert stats.kstest(coordinate / side + 0.5, "uniform").pvalue > SIGNIFICANCE


def test_boundary_layout():
    """Boundary users stand within an eighth of the side of the square's edge, equally dense all along it."""
    x, y = places("boundary")
    farther = np.maximum(abs(x), abs(y))
    assert farther.min() >= 0.375
    assert farther.max() <= 0.5
    distance = (farther**2 - 0.375**2) / (0.5**2 - 0.375**2)  # share of the ring's area that is nearer
    assert stats.kstest(distance, "uniform").pvalue > SIGNIFICANCE
    quarter = np.where(abs(x) > abs(y), np.sign(x), 2 * np.sign(y))
    assert stats.chisquare(np.unique(quarter, return_counts=True)[1]).pvalue > SIGNIFICANCE


def test_gain_of_a_standing_user():
    """With everybody at the minimum distance of 100 m the gain is -90.5 dB times Exp(1) (eq. 3, Rayleigh fading)."""
    (instance,) = drawn(square_m=1.0, minimum_distance_m=100.0)
    fading = instance["gain"].ravel() / 10**-9.05
    assert stats.kstest(fading, "expon").pvalue > SIGNIFICANCE


def test_layouts_order_the_gains():
    """Concentrated users have higher gains than uniform ones, boundary users lower ones."""
    rng, shape = np.random.default_rng(0), (1, 100, 10)
    names = ("concentrated", "uniform", "boundary")
    layouts = [np.full(shape[:2], LAYOUTS[name]) for name in names]
    medians = [np.median(generator._gains(states, shape, PAPER.parameters, rng)) for states in layouts]
    assert medians[0] > 3 * medians[1] > 3 * medians[2]


def test_layouts_are_the_chain_of_eq_36():
    """Transitions between slots have the stated probabilities (chi-square)."""
    states = generator._chain(np.array(PAPER.parameters["layout_transition"]), 4000, np.random.default_rng(1))
    for state, row in enumerate(PAPER.parameters["layout_transition"]):
        following = np.bincount(states[1:][states[:-1] == state], minlength=3)
        assert stats.chisquare(following, np.array(row) * following.sum()).pvalue > SIGNIFICANCE


def test_the_papers_models_are_drawn_from_their_ranges():
    """The fixed models are what the generator draws with the stated seed, and a mixed preset draws others each time."""
    fleet = generator.drawn_fleet(PAPER.parameters, np.random.Generator(np.random.PCG64(0)))
    for name, array in fleet.items():
        np.testing.assert_array_equal(PAPER.fleet[name], array)
        np.testing.assert_array_equal(PAPER.instance(5)[name], array)
    mixed = {scenario_named("caching/mixed").instance(seed)["model_storage"].tobytes() for seed in range(5)}
    assert len(mixed) == 5


def test_presets_sweep_as_the_paper():
    """Users from 10 to 18, storage from 20 to 32 GB, RePaint's fit for every model, a deadline of 60 s."""
    for users in (12, 14, 16, 18):
        assert scenario_named(f"caching/users-{users}").instance(0)["gain"].shape == (10, 10, users)
    for storage in (22, 24, 26, 28, 30, 32):
        assert scenario_named(f"caching/storage-{storage}").instance(0).parameters["storage_gb"] == storage
    repaint = scenario_named("caching/repaint").instance(0)
    assert (repaint["model_quality"] == [60, 110, 170, 28]).all()
    assert (repaint["model_time"] == [0.18, 5.74]).all()
    assert scenario_named("caching/calibrated").instance(0).parameters["slot_s"] == 60.0


def test_cloud_generation_often_misses_the_deadline():
    """The paper's ranges let B1 A3 + B2 reach 110 s against a deadline of 20 s: most models miss it in the cloud."""
    ends = PAPER.parameters
    assert ends["B1"]["high"] * ends["A3"]["high"] + ends["B2"]["high"] == 110
    fleets = [generator.drawn_fleet(ends, np.random.default_rng(seed)) for seed in range(100)]
    seconds = np.concatenate([f["model_time"][:, 0] * f["model_quality"][:, 2] + f["model_time"][:, 1] for f in fleets])
    assert 0.75 < (seconds > 20).mean() < 0.95


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"surplus": 1}, "surplus"),
        ({"users": 0}, "parameters.users: 0"),
        ({"input_size": {"low": 2, "high": 1}}, "input_size.high"),
        ({"input_size": 3}, "input_size: missing or not a table"),
        ({"skewness": []}, "skewness"),
        ({"skewness": [0.2, -0.5, 0.7]}, "skewness"),
        ({"skewness": [0.2, 0.5]}, "skewness_transition: no transition matrix; expected 2 rows"),
        ({"layout_transition": [[0.6, 0.1, 0.2]] * 3}, "layout_transition"),
        ({"layout_transition": [[1.0]]}, "layout_transition"),
        ({"A1": {"low": 50, "high": 160}}, "A1 < A3"),
        ({"A4": {"low": 0, "high": 120}}, "A4 <= A2"),
        ({"users": 20_000}, "minimum_share"),
        ({"frames": 10**6, "slots": 10**6}, "at most 100,000,000 requests"),
        ({"models": 9}, "10 models; expected 9"),
    ],
)
def test_unsound_scenarios_are_refused(changes, message):
    """Each rule that a scenario breaks is named with its place, in one line."""
    with pytest.raises(InputError) as caught:
        generator.validate_scenario(dict(PAPER.parameters) | changes, PAPER.fleet, "file")
    assert str(caught.value).startswith("file: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("model_storage", "many", "fleet.model_storage: missing or not numbers"),
        ("model_time", [0.1, 0.2], "fleet.model_time: missing or not numbers"),
        ("model_quality", [[60, 110, 50, 28]] * 10, "(A3)[0]: 50.0; expected A3 above A1"),
        ("model_storage", [2.0] * 9, "axis 0; expected 9"),
    ],
)
def test_unsound_fleets_are_refused(name, value, message):
    """A fixed fleet that is no set of models is refused by its array."""
    with pytest.raises(InputError) as caught:
        generator.validate_scenario(PAPER.parameters, dict(PAPER.fleet) | {name: value}, "file")
    assert message in str(caught.value)
