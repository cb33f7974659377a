"""Stand-ins for network and photos, so that benchmarks of the window measure the window."""

import cv2
import numpy as np

from core.detection import FAMILIES, Detection
from core.inference import RestorationResult, Step
from core.inference.passes import Engine, Pass, run_steps
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback


class Restorer:
    """Inverts photos, without a network."""

    removable, why_no_text = ("haze", "rain"), ""
    model_name, model_sha256 = "made up", ""
    engine = Engine("made up", "", "cpu", "float32")

    def restore(
        self,
        photo: Photo,
        steps: tuple[Step, ...],
        *,
        progress: ProgressCallback,
        cancel: CancelToken,
        passes: dict | None = None,  # type: ignore[type-arg]
        masks: MaskRenderer | None = None,
        quality_mode: str | None = None,
    ) -> RestorationResult:
        """Blend passes that are the negative of their inputs."""

        def run(pixels: np.ndarray, key: str, progress: ProgressCallback) -> Pass:
            cancel.check()
            return Pass(np.subtract(1, pixels, dtype=np.float32), "float32", "bands", 1.0)

        made = run_steps(photo.pixels, self.engine, steps, run, progress, passes, masks)
        result = photo.with_pixels(made.pixels)
        return RestorationResult(result, steps, "made up", "cpu", made.precision, made.route, made.seconds)


class Detector:
    """Finds nothing."""

    def detect(self, photo: Photo) -> Detection:
        """A clean photo."""
        return Detection(dict.fromkeys(FAMILIES, 0.01) | {"clean": 0.96}, (), None, False)


def landscape(megapixels: float) -> np.ndarray:
    """A bright sky above a textured ground: (H, W, 3) float32 with sides 3 to 2."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(height * 1.5)
    random = np.random.default_rng(0)
    coarse = random.random((64, 96, 3), np.float32) * 0.4
    ground: np.ndarray = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    ground += random.random((height, width, 1), np.float32) * np.float32(0.1)
    ramp = np.linspace(0.95, 0.75, height // 2, dtype=np.float32)[:, None, None]
    ground[: height // 2] = ramp * np.float32([0.85, 0.93, 1.0])
    return np.clip(ground, 0, 1, out=ground)
