"""The Studio page: one photo before and after restoration, its steps and its result."""
