import pytest
import yaml
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from voluptuous import Invalid

from recommender.errors import DataError
from recommender_lab.check.lock_file import check

WHOLE = """schema: '2.0'
stages:
  download:
    cmd: python stages/download.py
    deps:
    - path: data/local
      hash: md5
      md5: 1409581079e361b8f3a3a47608a11afa.dir
      size: 210
      nfiles: 1
    params:
      params.yaml:
        dataset.name: movielens-100k
        dataset.path:
        sequence:
          window: 20
    outs:
    - path: data/raw
      hash: md5
      md5: 7b7662a7
      size: 7
  split:
    cmd: python stages/split.py
"""


def refused(text):
    try:
        check(text)
    except DataError as error:
        return str(error)
    return None


def refused_by_dvc(text):
    try:
        COMPILED_LOCKFILE_SCHEMA(yaml.safe_load(text) or {})
    except (Invalid, yaml.YAMLError):
        return True
    return False


def test_a_file_that_was_cut_anywhere_is_refused_if_dvc_refuses_it():
    cuts = [WHOLE[:end] for end in range(len(WHOLE) + 1)]
    broken = [text for text in cuts if refused_by_dvc(text)]
    assert len(broken) > 100
    assert [text for text in broken if not refused(text)] == []
    assert refused(WHOLE) is None
    assert refused(WHOLE) is None
    assert refused(broken[-1]).endswith("run: git checkout dvc.lock && dvc repro")


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> other"])
def test_a_conflict_is_refused_with_its_cure(marker):
    text = WHOLE.replace("      size: 7\n", f"{marker}\n      size: 7\n")
    assert "git checkout --ours dvc.lock && dvc repro" in refused(text)
