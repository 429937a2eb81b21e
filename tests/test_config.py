"""Settings of projects: where they are found, what they mean, what is said of wrong ones."""

import pytest

from shapecheck.config import ConfigError, Settings, settings_for
from shapecheck.diagnostics import RULES
from shapecheck.diagnostics.selection import selected


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(folder, text, path="."):
    (folder / "pyproject.toml").write_text(text)
    return settings_for([path])


def test_the_nearest_table_above_all_paths(project):
    (project / "inner").mkdir()
    (project / "inner/pyproject.toml").write_text("[tool.ruff]\n")  # has no table of ours
    found = settings(project, "[tool.shapecheck]\nstrict = true\n", "inner/a.py")
    assert found.strict
    (project / "inner/pyproject.toml").write_text("[tool.shapecheck]\n")
    assert not settings_for(["inner/a.py", "inner"]).strict
    assert settings_for(["inner/a.py", "b.py"]).strict


def test_every_key(project):
    found = settings(
        project,
        """
        [tool.shapecheck]
        select = ["SC2", "broadcast-outer"]
        ignore = ["dtype"]
        exclude = ["old"]
        force-exclude = true
        respect-gitignore = false
        strict = true
        baseline = "known.json"
        output-format = "concise"
        jobs = 3
        cache-dir = "kept"
        [tool.shapecheck.per-file-ignores]
        "tests/*" = ["SC4"]
        """,
    )
    assert found == Settings(
        root=str(project),
        select=("SC2", "broadcast-outer"),
        ignore=("dtype",),
        per_file_ignores=(("tests/*", ("SC4",)),),
        exclude=("old",),
        force_exclude=True,
        respect_gitignore=False,
        strict=True,
        baseline=str(project / "known.json"),
        output_format="concise",
        jobs=3,
        cache_dir=str(project / "kept"),
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("selct = []", "unknown key selct in [tool.shapecheck]; perhaps select"),
        ("per_file_ignores = {}", "perhaps per-file-ignores"),
        ("zzz = 1", "the keys are select,"),
        ("root = 'x'", "unknown key root"),
        ("strict = 1", "strict in [tool.shapecheck] has to be true or false"),
        ("jobs = true", "jobs in [tool.shapecheck] has to be a whole number"),
        ("jobs = -1", "jobs has to be 0 or more"),
        ("select = 'SC2'", "has to be a list of strings"),
        ("ignore = ['matmul']", "there is no rule matmul; perhaps matmul-inner"),
        ("[tool.shapecheck.per-file-ignores]\n'a.py' = 'SC2'", "has to be a list of strings"),
        ("[tool.shapecheck.per-file-ignores]\n'a.py' = ['SC9']", "there is no rule SC9"),
        ("output-format = 'xml'", "output-format has to be one of full, concise"),
        ("strict = = 1", "pyproject.toml: "),
    ],
)
def test_wrong_tables(project, table, said):
    with pytest.raises(ConfigError) as raised:
        settings(project, f"[tool.shapecheck]\n{table}\n")
    assert said in str(raised.value)
    assert "pyproject.toml" in str(raised.value)


@pytest.mark.parametrize("text", ["[tool]\nshapecheck = 3\n", "tool = 3\n", "x = \xff"])
def test_what_is_no_table(project, text):
    (project / "pyproject.toml").write_bytes(text.encode("latin-1"))
    if text.startswith("tool = "):
        assert settings_for(["."]) == Settings()
    else:
        with pytest.raises(ConfigError):
            settings_for(["."])


def test_the_more_exact_word_counts():
    everything = set(RULES)
    silent = {name for name, rule in RULES.items() if rule.code.startswith("SC4")}
    assert selected() == everything
    assert selected(["SC4"]) == silent
    assert selected(["ALL"], ["SC4"]) == everything - silent
    assert selected(["SC405", "ALL"], ["SC4"]) == (everything - silent) | {"axes-scrambled"}
    assert selected(["SC4"], ["axes-scrambled"]) == silent - {"axes-scrambled"}
    assert selected(["dtype"], ["dtype"]) == set()
    for word in ("S", "sc2", "nonsense", ""):
        with pytest.raises(ValueError, match="there is no rule"):
            selected([word])
