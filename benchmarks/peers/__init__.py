"""Recommenders of other projects behind one contract; run by the python of .venv-peers, which knows nothing of ours."""
