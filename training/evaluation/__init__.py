"""Evaluation of a restorer on test sets and photographs: ``dfpir-evaluate``."""
