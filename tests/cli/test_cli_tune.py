"""``aigcbench tune``."""


def test_best_parameters_are_printed_to_use(cli):
    """The last lines are what other verbs and plans take; --json has the same."""
    call = ("tune", "externality-greedy", "offloading/tiny", "--generations", 2, "--seeds", 2, "--param", "rate=0.1")
    answer = cli(*call)
    assert answer.code == 0
    arguments, entry = answer.out.splitlines()
    found = cli(*call, "--json").json
    assert found["parameters"]["rate"] == 0.1
    assert arguments == f"--param weight={found['parameters']['weight']} --param rate=0.1"
    assert entry.startswith('{ name = "externality-greedy", parameters = { weight = ')
    assert answer.err.startswith("generation 0: offloading/tiny x 1.0000\n")


def test_bad_input(cli):
    """Unknown names, no policy and no time are one line each."""
    cli("tune", "externality-greedi", "offloading/tiny").assert_refused("'externality-greedy'?")
    cli("tune", "externality-greedy", "offloading/tny").assert_refused("'offloading/tiny'?")
    cli("tune", "genetic", "offloading/tiny").assert_refused("a policy")
    cli("tune", "externality-greedy", "offloading/tiny", "--seconds", "0").assert_refused("--seconds")
    cli("tune", "externality-greedy", "offloading/tiny", "--param", "weight=-1").assert_refused("weight")
