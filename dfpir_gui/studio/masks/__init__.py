"""Editing the masks of steps: the panel, the tools on the canvas, and the red overlay."""
