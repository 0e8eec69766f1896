"""The calls of the Python original's step 7, timed: augment_original.py PICTURE RECIPES.

RECIPES has one JSON object a line, written by bench/augment.c. Prints milliseconds of processor an image, per stage and whole:
for each stage of each image the least of ROUNDS rounds.
"""
import io
import json
import math
import sys
import time

import cv2
import numpy as np
from PIL import Image, ImageEnhance

ROUNDS = 3
STAGES = ("load", "colour", "blur", "passes", "save")


def kernel(size, angle):
    k = np.zeros((size, size))
    c = size // 2
    dx, dy = int(c * math.cos(math.radians(angle))), int(c * math.sin(math.radians(angle)))
    cv2.line(k, (c - dx, c - dy), (c + dx, c + dy), 1, 1)
    return k / k.sum()


def colours(im, r):
    if r["bw"]:
        im = im.convert("L").convert("RGB")
    if r["saturation"] >= 0:
        im = ImageEnhance.Color(im).enhance(r["saturation"])
    if r["contrast"] >= 0:
        im = ImageEnhance.Contrast(im).enhance(r["contrast"])
    if r["brightness"] >= 0:
        im = ImageEnhance.Brightness(im).enhance(r["brightness"])
    return im


def blur(im, r):
    if not r["size"]:
        return im
    bgr = cv2.cvtColor(np.array(im), cv2.COLOR_RGB2BGR)
    return Image.fromarray(cv2.cvtColor(cv2.filter2D(bgr, -1, kernel(r["size"], r["angle"])), cv2.COLOR_BGR2RGB))


def passes(im, r):
    for q in r["quality"]:
        buffer = io.BytesIO()
        im.save(buffer, format="JPEG", quality=q)
        buffer.seek(0)
        im = Image.open(buffer).convert("RGB")
    return im


def cascade(png, r):
    t = [time.process_time()]
    im = Image.open(io.BytesIO(png)).convert("RGB")
    t.append(time.process_time())
    im = colours(im, r)
    t.append(time.process_time())
    im = blur(im, r)
    t.append(time.process_time())
    im = passes(im, r)
    t.append(time.process_time())
    im.save(io.BytesIO(), format="JPEG")
    t.append(time.process_time())
    return [1e3 * (b - a) for a, b in zip(t, t[1:])]


def main():
    cv2.setNumThreads(1)
    with open(sys.argv[1], "rb") as f:
        png = f.read()
    with open(sys.argv[2]) as f:
        recipes = [json.loads(line) for line in f]
    ms = dict.fromkeys(STAGES, 0.0)
    for r in recipes:
        rounds = [cascade(png, r) for _ in range(ROUNDS)]
        for stage, times in zip(STAGES, zip(*rounds)):
            ms[stage] += min(times) / len(recipes)
    for stage in STAGES:
        print(f"{stage:12} {ms[stage]:7.2f}")
    print(f"whole {sum(ms.values()):.3f}")


if __name__ == "__main__":
    main()
