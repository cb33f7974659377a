"""Pictures on disk: layouts of data sets, decoding, and packed caches."""
