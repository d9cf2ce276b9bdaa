"""``aigcbench submit``."""


def test_submit(cli, store_file, tmp_path):
    """A store becomes a folder; the answer says what is in it."""
    answer = cli("submit", "--store", store_file, "--out", tmp_path / "mine", "--author", "A. Name", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["rows"], answer.json["bounds"]) == (4, 0)
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["decisions", "rows.jsonl", "submission.json"]
    text = cli("submit", "--store", store_file, "--out", tmp_path / "again", "--author", "A. Name").out
    assert "again: 4 rows of 2 solvers on 1 scenarios" in text


def test_bounds_go_into_their_table(cli, store_file, tmp_path):
    """The store's bounds, none here, go into a table of their own."""
    table = tmp_path / "bounds.csv"
    answer = cli("submit", "--store", store_file, "--out", tmp_path / "mine", "--author", "A. Name", "--bounds", table)
    assert "bounds.csv: 0 bounds are new or tighter" in answer.out
    assert table.read_text() == "instance,instance_sha256,bound,method\n"


def test_refusals(cli, store_file, tmp_path):
    """No store, no solver file, a folder that exists and a name that is none are one line each."""
    base = ["submit", "--author", "A. Name"]
    cli(*base, "--store", tmp_path / "none.sqlite", "--out", tmp_path / "x").assert_refused("no such file")
    cli(*base, "--store", store_file, "--out", tmp_path / "x", "--solver", tmp_path / "x.py").assert_refused(
        "solver file"
    )
    cli(*base, "--store", store_file, "--out", tmp_path).assert_refused("exists already")
    cli(*base, "--store", store_file, "--out", tmp_path / "<b>").assert_refused("lower case")
