"""The Studio page: one photo before and after, its steps and its result."""
