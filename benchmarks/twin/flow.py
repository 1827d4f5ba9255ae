"""OpenCV's optical flow, asked line by line: load A B W H | flow METHOD FILE | time METHOD REPEATS."""
import sys
import time

import cv2
import numpy as np

dis = {name: cv2.DISOpticalFlow_create(preset) for name, preset in (
    ("dis-ultrafast", cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST), ("dis-fast", cv2.DISOPTICAL_FLOW_PRESET_FAST), ("dis-medium", cv2.DISOPTICAL_FLOW_PRESET_MEDIUM))}


def estimate(method):
    a, b = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames)
    if method == "farneback":
        # OpenCV's own example's numbers.
        return cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0)
    return dis[method].calc(a, b, None)


def answer(text):
    print(text, flush=True)


cv2.setNumThreads(int(sys.argv[1]))
answer(cv2.__version__)
for line in sys.stdin:
    command, *rest = line.split()
    if command == "load":
        frames = [np.fromfile(f, np.uint8).reshape(int(rest[3]), int(rest[2]), 3) for f in rest[:2]]
        answer("ok")
    elif command == "flow":
        estimate(rest[0]).astype(np.float32).tofile(rest[1])
        answer("ok")
    elif command == "time":
        best = float("inf")
        for _ in range(int(rest[1])):
            start = time.perf_counter()
            estimate(rest[0])
            best = min(best, time.perf_counter() - start)
        answer(repr(best))
