"""The engine: exact restoration of whole pictures in bands of rows.

DFPIR's attention needs of the whole picture only sums over pixels. So each block can go over its map twice, band by
band: once to gather the sums, once to apply what they give, with all it does in between in buffers that stay in the
cache. The result is that of ``DFPIR.forward`` but for rounding; the memory is that of the maps alone.
"""

from core.inference.streaming.attention import GlobalSums
from core.inference.streaming.blocks import Core
from core.inference.streaming.compiled import CompiledDFPIR
from core.inference.streaming.picture import NotFinite

__all__ = ["CompiledDFPIR", "Core", "GlobalSums", "NotFinite"]
