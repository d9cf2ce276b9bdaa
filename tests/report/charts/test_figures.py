"""What the charts show, and that they are the same every time."""

import json

import numpy as np
import pandas as pd
import pytest

from aigcbench.errors import InputError
from aigcbench.report.charts import theme
from aigcbench.report.charts.figures import figures_of
from aigcbench.report.charts.save import save
from aigcbench.report.leaderboard import boards_of


@pytest.fixture
def results(realistic):
    """The usual results, one online solver trained."""
    trained = realistic["solver"] == "d2sac"
    return realistic.assign(
        training_cpu_seconds=np.where(trained, 600.0, np.nan), training_seed=np.where(trained, 1.0, np.nan)
    )


@pytest.fixture
def figures(results, incumbents):
    """All figures by their key."""
    return {figure.key: figure for figure in figures_of(boards_of(results), results, incumbents)}


def test_every_figure_is_there(figures):
    """Six figures, each with a title, an explanation, data and a chart that names the limit."""
    keys = ["information", "profile", "quality-latency", "quality-training", "anytime", "targets"]
    assert list(figures) == keys
    for figure in figures.values():
        assert figure.title
        assert figure.explanation.endswith(".")
        assert len(figure.data)
        assert "limit 60.0 s" in figure.chart.to_json()


def test_the_same_rows_give_the_same_bytes(results, incumbents):
    """Order of rows, other scenarios and earlier charts leave no trace."""
    shuffled = results.sample(frac=1.0, random_state=3)
    other = results.assign(scenario="assignment/other")
    first = figures_of(boards_of(results), results, incumbents)
    second = figures_of(boards_of(shuffled), pd.concat([shuffled, other]), incumbents)
    assert [figure.chart.to_json() for figure in first] == [figure.chart.to_json() for figure in second]
    assert all(one.data.equals(two.data) for one, two in zip(first, second))


def test_profile_counts_instances(figures, results):
    """At a gap of 0 stands how often a solver is the best of all; far out, how often it is not a failure."""
    data = figures["profile"].data
    best = results.loc[results.groupby("instance")["metric.utility"].idxmax(), "label"].value_counts()
    starts = data[data["x"] == 0.0].set_index("solver")["value"]
    for solver, share in starts.items():
        assert share == pytest.approx(best.get(solver, 0) / 12)
    ends = data.groupby("solver")["value"].last()
    assert ends["round-robin"] == pytest.approx(11 / 12)
    assert ends.drop("round-robin").eq(1.0).all()
    assert (data["low"] <= data["value"] + 1e-9).all()


def test_anytime_starts_with_nothing_and_ends_at_the_final_score(figures, results):
    """The gap is 100 % until the first incumbent, and at the end that of the final scores."""
    data = figures["anytime"].data
    assert set(data["information"]) == {"clairvoyant"}
    scores = results.pivot_table(index="instance", columns="label", values="metric.utility")
    expected = (1.0 - scores.div(scores.max(axis=1), axis=0)).mean()
    for solver, curve in data.groupby("solver"):
        assert curve["value"].iloc[0] == 1.0
        assert curve["value"].iloc[-1] == pytest.approx(expected[solver])
        assert curve["x"].iloc[-1] == 60.0


def test_targets_are_pairs_of_instance_and_gap(figures):
    """Halfway, with 90 % of the final score, at most the widest target is reached by anybody."""
    data = figures["targets"].data
    early = data[(data["x"] > 1.1) & (data["x"] < 1.4)]
    assert (early["value"] <= 0.2).all()
    assert data.groupby("solver")["value"].last()["milp[backend=cbc]"] > 0.8


def test_price_of_information_goes_from_class_to_class_to_the_bound(figures):
    """Each level is better than the one before, and says by how much."""
    data = figures["information"].data
    assert data["level"].tolist() == ["online", "informed", "clairvoyant", "bound"]
    assert data["score"].is_monotonic_increasing
    assert data["step"].iloc[1:].tolist() == pytest.approx(np.diff(data["score"]).tolist())


def test_pareto_front(table):
    """On the front is who is better than everybody quicker, within the class."""
    cells = [
        (label, instance, score, {"decision_p50_s": seconds})
        for instance in range(2)
        for label, score, seconds in (("quick", 10.0, 1e-5), ("slow", 5.0, 2e-5), ("best", 20.0, 3e-5))
    ]
    results = table(*cells)
    figures = {figure.key: figure for figure in figures_of(boards_of(results), results, {})}
    front = figures["quality-latency"].data.set_index("solver")["front"]
    assert front.to_dict() == {"quick": True, "slow": False, "best": True}
    assert not {"anytime", "targets", "quality-training"} & set(figures)


def test_nobody_ranked(table):
    """Without a solver that ran every instance there is nothing to draw."""
    results = table(("a", 0, 1.0), ("b", 1, 1.0))
    assert figures_of(boards_of(results), results, {}) == []


def test_no_colour_in_the_chart_and_all_of_them_in_the_themes(figures):
    """Specifications leave colours to the configuration, so that a page can switch between light and dark."""
    for figure in figures.values():
        assert "#" not in json.dumps(figure.chart.to_dict()).replace("asp-paper#", "")
    assert theme.LIGHT.keys() == theme.DARK.keys()
    assert theme.LIGHT["background"] is theme.DARK["background"] is None


def luminance(colour):
    """Relative luminance of a colour ``#rrggbb`` (WCAG 2)."""
    shares = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("config", "paper"), [(theme.LIGHT, "#fcfbf9"), (theme.DARK, "#14161a")])
def test_lines_stand_out_from_the_page(config, paper):
    """Every colour of a line has a contrast of 3 or more to its page, as WCAG asks of graphics."""
    for colour in [*config["range"]["category"], *config["range"]["ordinal"]]:
        low, high = sorted([luminance(colour), luminance(paper)])
        assert (high + 0.05) / (low + 0.05) >= 3.0, colour


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_saved_as_a_picture(figures, tmp_path, suffix, start):
    """A figure is saved in each format."""
    path = tmp_path / f"profile{suffix}"
    save(figures["profile"], path)
    assert path.read_bytes().startswith(start)


def test_other_kinds_of_pictures_are_refused(figures, tmp_path):
    """The reader is told which there are."""
    with pytest.raises(InputError, match=r"\.svg, \.png, \.pdf, \.html"):
        save(figures["profile"], tmp_path / "profile.gif")
