"""Pillow's and OpenCV's calls for the kernels of bench/vision_kernels.c: vision_kernels_peers.py RGB SIDE.

RGB is a file of SIDE x SIDE pixels. Prints a line for each kernel: its name and milliseconds of processor, the least of ROUNDS.
"""
import io
import sys
import time

import cv2
import numpy as np
from PIL import Image, ImageEnhance

from augment_original import kernel

ROUNDS = 9
QUALITIES = (31, 12, 40, 22, 17, 35, 10, 28, 25, 38)


def passes(im):
    for q in QUALITIES:
        buffer = io.BytesIO()
        im.save(buffer, format="JPEG", quality=q)
        im = Image.open(buffer).convert("RGB")


def main():
    cv2.setNumThreads(1)
    side = int(sys.argv[2])
    pixels = np.fromfile(sys.argv[1], np.uint8).reshape(side, side, 3)
    im = Image.fromarray(pixels)
    half, larger = (side // 2, side // 2), (side * 3 // 2, side * 3 // 2)
    calls = {
        "black and white": lambda: im.convert("L").convert("RGB"),
        "saturation": lambda: ImageEnhance.Color(im).enhance(1.3),
        "contrast": lambda: ImageEnhance.Contrast(im).enhance(0.9),
        "brightness": lambda: ImageEnhance.Brightness(im).enhance(1.05),
        "blur 37, 3 degrees": lambda: cv2.filter2D(pixels, -1, kernel(37, 3)),
        "blur 37, 30 degrees": lambda: cv2.filter2D(pixels, -1, kernel(37, 30)),
        "10 JPEG passes": lambda: passes(im),
        "10 passes of gray": lambda: passes(im.convert("L").convert("RGB")),
        "bilinear to 1/2": lambda: im.resize(half, Image.BILINEAR),
        "bicubic to 1/2": lambda: im.resize(half, Image.BICUBIC),
        "Lanczos to 1/2": lambda: im.resize(half, Image.LANCZOS),
        "bicubic to 3/2": lambda: im.resize(larger, Image.BICUBIC),
        "OpenCV linear to 3/2": lambda: cv2.resize(pixels, larger, interpolation=cv2.INTER_LINEAR),
    }
    for name, call in calls.items():
        best = 1e9
        for _ in range(ROUNDS):
            begin = time.process_time()
            call()
            best = min(best, time.process_time() - begin)
        print(f"{name}: {1e3 * best:.3f}", flush=True)


main()
