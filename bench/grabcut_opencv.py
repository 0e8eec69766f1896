"""OpenCV's grabCut on one box, 5 iterations, one thread: grabcut_opencv.py PICTURE MASK X0 Y0 X1 Y1."""
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
picture, mask = cv2.imread(sys.argv[1]), cv2.imread(sys.argv[2], 0) > 127
x0, y0, x1, y1 = (int(v) for v in sys.argv[3:7])
x0, y0 = max(x0, 0), max(y0, 0)
x1, y1 = min(x1, mask.shape[1] - 1), min(y1, mask.shape[0] - 1)
found = np.zeros(mask.shape, np.uint8)
background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
start = time.process_time()
cv2.grabCut(picture, found, (x0, y0, x1 - x0 + 1, y1 - y0 + 1), background, foreground, 5, cv2.GC_INIT_WITH_RECT)
took = time.process_time() - start
found = (found == cv2.GC_FGD) | (found == cv2.GC_PR_FGD)
print("    OpenCV %s's grabCut: %.0f ms, IoU %.4f" % (cv2.__version__, took * 1e3, (found & mask).sum() / (found | mask).sum()))
