"""The committed params.yaml: its comments and its form."""

from pathlib import Path

from dvc.utils.hydra import apply_overrides

OWN = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")


def test_every_key_has_a_comment_above_it_or_above_its_neighbour():
    """The first line of a section is a comment; a key without one belongs to the comment above its neighbour."""
    lines = OWN.splitlines()
    firsts = [at for at, line in enumerate(lines) if line.endswith(":") and not line.startswith(" ")]
    assert all(lines[at + 1].startswith("  #") for at in firsts)


def test_the_file_is_in_the_form_in_which_dvc_writes_it(tmp_path):
    """An experiment with `-S` changes its own key alone, so that `git diff` shows nothing else."""
    path = tmp_path / "params.yaml"
    path.write_text(OWN, encoding="utf-8")
    apply_overrides(path, ["train_svd.n_components=51"])
    assert path.read_text(encoding="utf-8") == OWN.replace("n_components: 50", "n_components: 51")
