"""Archives: files of many notes -> reports by chunk, exactly once, on one machine or on a Dask cluster; see docs/batch.md.

sources (files) -> records, columns (rows) -> chunks -> a team (alone, pool, cluster) of workers (work) -> store (folder, manifest).
"""
