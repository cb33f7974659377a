"""The Inspector: what a degradation-aware perturbation does to the photo that is open."""

from dfpir_gui.inspector.page import InspectorPage

__all__ = ["InspectorPage"]
