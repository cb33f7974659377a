"""The streaming engine: exact restoration of whole images in bands of rows.

DFPIR's attention depends on the whole image only through per-pixel sums. So each block processes its map in two passes,
band by band: the first gathers the sums, the second applies the resulting attention. Intermediate values are held in
buffers that stay in the cache. The result equals that of ``DFPIR.forward`` up to rounding; the memory is that of the
maps alone.
"""

from core.inference.streaming.attention import GlobalSums
from core.inference.streaming.blocks import TileInterior
from core.inference.streaming.compiled import CompiledDFPIR
from core.inference.streaming.convolutions import NonFiniteError

__all__ = ["CompiledDFPIR", "GlobalSums", "NonFiniteError", "TileInterior"]
