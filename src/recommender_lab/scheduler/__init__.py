"""The daily cycle as a graph of assets of Dagster, which runs in an environment of its own: `make scheduler`."""
