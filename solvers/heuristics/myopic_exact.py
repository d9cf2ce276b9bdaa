"""Frame by frame the best cache for forecast requests, slot by slot the exact optimum."""

from aigcbench.problems.caching.forecast_policy import ForecastExact


class MyopicExact(ForecastExact):
    """Caches what is optimal on average for sampled requests (Zipf at gamma, gains of the past); shares out every slot optimally."""

    name = "myopic-exact"
    family = "heuristic"
    formulations = ("caching",)
    information = "informed"
