"""The Inspector page: effects of the perturbation blocks on the open photo."""

from dfpir_gui.inspector.page import InspectorPage

__all__ = ["InspectorPage"]
