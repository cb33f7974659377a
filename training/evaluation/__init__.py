"""Measuring a restorer on folders of pictures: ``dfpir-evaluate``."""
