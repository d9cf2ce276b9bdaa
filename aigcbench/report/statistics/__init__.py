"""The statistics of the leaderboard, one theme per file."""

from aigcbench.report.statistics.averages import (
    common_instances,
    interquartile_mean,
    interquartile_means,
    shifted_geometric_mean,
)
from aigcbench.report.statistics.bootstrap import (
    UNKNOWN,
    Band,
    Estimate,
    interquartile_mean_over_trainings,
    mean_curves,
    mean_over_trainings,
    mean_with_interval,
)
from aigcbench.report.statistics.comparisons import (
    ALPHA,
    ROUNDING,
    holm,
    instances_needed,
    paired_differences,
    probability_of_improvement,
    rank_tiers,
    wilcoxon_p_value,
)

__all__ = [
    "ALPHA",
    "ROUNDING",
    "UNKNOWN",
    "Band",
    "Estimate",
    "common_instances",
    "holm",
    "instances_needed",
    "interquartile_mean",
    "interquartile_mean_over_trainings",
    "interquartile_means",
    "mean_curves",
    "mean_over_trainings",
    "mean_with_interval",
    "paired_differences",
    "probability_of_improvement",
    "rank_tiers",
    "shifted_geometric_mean",
    "wilcoxon_p_value",
]
