"""Learns how the models generate from rewards, then decides exactly by what it has learnt."""

from aigcbench.solver import Learner, parameter


class LearnedModels(Learner):
    """Model-based: plays random decisions, fits quality and time of every model to their rewards, and plans with the fit.

    An operator knows its radio links, and sees only the mean cost of a slot. What it does not know are A1 to A4, B1 and B2 of each
    model; a regression finds them, and the policy decides as `myopic-exact` would if they were true.
    """

    name = "learned-models"
    family = "drl"
    formulations = ("caching",)
    information = "online"

    environments: int = parameter(64, "environments stepped at once", minimum=1, maximum=4096)
    slots: int = parameter(20_000, "slots played at random", minimum=1, maximum=10**7)
    updates: int = parameter(6_000, "gradient updates of the regression", minimum=1, maximum=10**9)
    margin: float = parameter(0.05, "by which requests are planned to be early", minimum=0.0, maximum=1e6, unit="s")

    def environment_batch(self):
        return self.environments, self.information

    def train(self, environments, budget, rng, run):
        import torch

        from aigcbench.problems.caching.identification.regression import identify
        from aigcbench.problems.caching.identification.trials import play_trials

        torch.set_num_threads(1)
        context = environments.unwrapped.context
        frames_too = 1.0 + 1.0 / float(context["n_slots"])
        affordable = int(budget.environment_steps / frames_too) - 2 * environments.num_envs
        trials = play_trials(environments, context, max(1, min(self.slots, affordable)), rng)
        every = max(1, self.updates // 100)

        def goes_on(updates, error):
            if updates % every == 0 or updates == 1:
                run.report({"updates": updates, "squared_error": error})
            return updates < budget.updates and run.cpu_seconds() < budget.cpu_seconds

        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        weights = {"models": identify(trials, context, self.updates, generator, goes_on)}
        run.report({"updates": self.updates, "validation": run.validate(weights)})
        return weights

    def policy(self, weights):
        from aigcbench.problems.caching.identification.policy import BelievedModels

        return BelievedModels(weights["models"], self.margin)
