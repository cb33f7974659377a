"""Where a batch does its work: in this process, in several, or on a Dask cluster."""
