"""Bundles that differ, and how one lands in the place of another."""

import shutil

from recommender.bundle.manifest import read_manifest, revision_of, to_json


def other_revision(folder, target, unwanted=3):
    """Copy a bundle with another rule, which makes it another revision; return the copy."""
    shutil.copytree(folder, target)
    manifest = read_manifest(target)
    rules = manifest.rerank.model_copy(update={"exclude_items": [unwanted]})
    name = revision_of(manifest.parts, manifest.recipe, rules, manifest.seed)
    (target / "manifest.json").write_bytes(to_json(manifest.model_copy(update={"rerank": rules, "revision": name})))
    return target


def land(folder, target):
    """Put a bundle in the place of another, as a run of the pipeline does: for a moment there is none."""
    shutil.rmtree(target)
    shutil.copytree(folder, target)


def revision(folder):
    """Return the name of a bundle."""
    return read_manifest(folder).revision
