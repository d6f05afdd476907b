"""The whole circle on the miniature project: the real service, the real cycle, and users who come over HTTP."""

import re

from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.releases import RELEASES, revisions, served, serving
from recommender_lab.live import __main__ as live
from tests.project.project import ROOT, hashes

DAYS, USERS = 2, 12


def test_what_users_do_is_trained_on_and_the_service_takes_each_new_bundle(copy_in_git, tmp_path, capsys):
    root = copy_in_git
    before, folder = hashes(root), tmp_path / "live"
    arguments = ["--days", str(DAYS), "--users", str(USERS), "--root", str(root), "--folder", str(folder)]
    code = live.main(arguments)
    out, err = capsys.readouterr()
    assert code == 0, err
    found = re.search(r"acknowledged (\d+) = in the store (\d+); without (\d+) skips (\d+) = collected (\d+)", out)
    acknowledged, stored, skips, history, collected = map(int, found.groups())
    assert acknowledged == stored > USERS
    assert history == stored - skips == collected
    assert out.count(f"in the log trained on {history}: nothing is lost") == 1

    rows = [line.split() for line in out.splitlines() if re.match(r"\s+\d", line)]
    project = folder / "project"
    released = set(revisions(project / RELEASES))
    first = Bundle(root / FOLDER).manifest
    assert rows[0][3] == first.revision
    assert {row[3] for row in rows} <= released
    assert len(rows) == DAYS
    assert 1 < len(released) <= 1 + DAYS  # by chance, a run may be worse
    assert serving(project / RELEASES) in released - {first.revision}
    assert Bundle(served(project)).manifest.events > first.events

    assert "charts: " in out
    assert (root / "reports/live.html").read_text("utf-8").count('vegaEmbed("#') == 4
    assert hashes(root) == before
    assert not (root / RELEASES).exists()


def test_the_copy_needs_an_empty_folder_and_git(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert live.main(["--root", str(ROOT), "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"error: {tmp_path}: expected an empty folder for the working copy; name another one\n"
    )
    assert live.main(["--days", "0"]) == 1
    assert capsys.readouterr().err == "error: --days: found 0, expected at least 1\n"
