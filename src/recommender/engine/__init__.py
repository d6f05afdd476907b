"""Where the work of a stage is done: in this process or on a Dask cluster, with the same results."""
