"""Blur: unsharp masking and the Wiener filter."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.blur import Kernel
from training.synthesis.light import Picture, to_encoded, to_linear

UNSHARP_SIGMA, UNSHARP_AMOUNT = 1.5, 0.5
"""Standard deviation of the Gaussian in pixels, and the amount of detail that is added."""

ASSUMED_SIGMA = 1.0
"""Standard deviation in pixels of the Gaussian blur that the blind Wiener filter assumes."""

BALANCE, BLIND_BALANCE = 3e-3, 1e-1
"""Weight of the smoothness prior with the true kernel, and with an assumed one, whose errors it must suppress."""


def unsharp(picture: Picture) -> Picture:
    """Unsharp masking, ``picture + 0.5 (picture - Gaussian(picture))`` with a sigma of 1.5 pixels.

    Args:
        picture: (H, W, 3) float32 in [0, 1].

    Returns:
        The same shape and range.
    """
    soft = cv2.GaussianBlur(picture, (0, 0), UNSHARP_SIGMA)
    return np.clip(picture + UNSHARP_AMOUNT * (picture - soft), 0.0, 1.0)


def wiener_gaussian(picture: Picture) -> Picture:
    """The Wiener filter of :func:`wiener` for an assumed Gaussian blur of 1 pixel, with a strong prior (0.1)."""
    line = cv2.getGaussianKernel(9, ASSUMED_SIGMA).astype(np.float32)
    return wiener(picture, line @ line.T, BLIND_BALANCE)


def wiener(picture: Picture, kernel: Kernel, balance: float = BALANCE) -> Picture:
    """Wiener-Hunt deconvolution (Hunt, IEEE Trans. Computers 1973) by scikit-image, in linear light.

    With the true kernel it is an oracle: the kernel of a real photograph is unknown.

    Args:
        picture: (H, W, 3) float32 sRGB-encoded in [0, 1].
        kernel: (k, k) float32, sum 1, what the picture was convolved with.
        balance: weight of the prior, the energy of the Laplacian.

    Returns:
        The same shape and range.
    """
    from skimage.restoration import wiener as wiener_filter

    height, width = picture.shape[:2]
    top, left = (min(side, length - 1) for side, length in zip(kernel.shape, (height, width), strict=True))
    padded = np.pad(to_linear(picture), ((top, top), (left, left), (0, 0)), mode="reflect")
    seamless = _tapered(padded, kernel)
    channels = [wiener_filter(seamless[:, :, c], kernel, balance, clip=False) for c in range(3)]  # type: ignore[no-untyped-call]
    sharp = np.stack(channels, axis=2)
    return to_encoded(sharp[top : top + height, left : left + width].astype(np.float32))


def _tapered(picture: Picture, kernel: Kernel) -> Picture:
    """The picture, blended near its border into its periodic convolution with the kernel.

    The filter is periodic, and a discontinuity at the border would cause ringing. This is the method of MATLAB's
    ``edgetaper``; its weights follow the autocorrelation of the kernel.
    """
    shape = picture.shape[:2]
    spread = np.zeros(shape)
    spread[: kernel.shape[0], : kernel.shape[1]] = kernel
    spread = np.roll(spread, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), (0, 1))
    transfer = np.fft.rfft2(spread)
    weight = np.outer(*(_inside(kernel.sum(axis=1 - axis), shape[axis]) for axis in (0, 1)))[:, :, None]
    blurred = np.fft.irfft2(np.fft.rfft2(picture, axes=(0, 1)) * transfer[:, :, None], s=shape, axes=(0, 1))
    return (weight * picture + (1.0 - weight) * blurred).astype(np.float32)


def _inside(profile: NDArray[np.float32], length: int) -> NDArray[np.float64]:
    """0 at both ends of a line of pixels, 1 beyond the reach of the kernel, here its sum along the other axis."""
    correlation = np.fft.irfft(np.abs(np.fft.rfft(profile, length - 1)) ** 2, length - 1)
    return np.asarray(1.0 - np.append(correlation, correlation[0]) / correlation.max())
