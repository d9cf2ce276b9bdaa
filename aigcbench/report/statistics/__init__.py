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
    signed_rank_direction,
    wilcoxon_p_value,
)
from aigcbench.report.statistics.paired_tests import PairedTest, adjusted_p_values, mean_difference, paired_test
from aigcbench.report.statistics.tiers import rank_tiers
from aigcbench.report.statistics.training_variance import shared_variance

__all__ = [
    "ALPHA",
    "ROUNDING",
    "UNKNOWN",
    "Band",
    "Estimate",
    "PairedTest",
    "adjusted_p_values",
    "common_instances",
    "holm",
    "instances_needed",
    "interquartile_mean",
    "interquartile_mean_over_trainings",
    "interquartile_means",
    "mean_curves",
    "mean_difference",
    "mean_over_trainings",
    "mean_with_interval",
    "paired_differences",
    "paired_test",
    "probability_of_improvement",
    "rank_tiers",
    "shared_variance",
    "shifted_geometric_mean",
    "signed_rank_direction",
    "wilcoxon_p_value",
]
