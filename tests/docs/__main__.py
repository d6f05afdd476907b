"""`python -m tests.docs` writes every generated block of README.md and docs/ again, from the files of the project."""

import sys

from tests.docs.blocks import PAGES, rewrite
from tests.docs.tables import working
from tests.project.project import ROOT

if __name__ == "__main__":
    for page in PAGES:
        if rewrite(page, working):
            sys.stdout.write(f"{page.relative_to(ROOT)}\n")
