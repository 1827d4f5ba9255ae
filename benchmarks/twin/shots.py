"""PySceneDetect's algorithm (AdaptiveDetector over ContentDetector) in Python on OpenCV: shots.py FILE. Prints the cuts' frame numbers as JSON.
As PySceneDetect does: frames are decoded by cv2.VideoCapture, shrunk by a whole factor to a width of at least 256, converted to HSV; a frame's
content value is the mean of the three mean absolute differences to the frame before; a cut is a frame whose value is 3 times the mean of the
two frames before and after it and at least 15, half a second (15 frames) or more after the last one."""
import json
import sys
from collections import deque

import cv2
import numpy as np

WINDOW, RATIO, LEAST, SHORTEST = 2, 3.0, 15.0, 15

film = cv2.VideoCapture(sys.argv[1])
factor = max(1, int(film.get(cv2.CAP_PROP_FRAME_WIDTH) / 256))
previous, recent, cuts, number, last = None, deque(maxlen=2 * WINDOW + 1), [], 0, 0
while True:
    ok, frame = film.read()
    if not ok:
        break
    if factor > 1:
        frame = cv2.resize(frame, (round(frame.shape[1] / factor), round(frame.shape[0] / factor)), interpolation=cv2.INTER_LINEAR)
    hsv = cv2.split(cv2.cvtColor(frame, cv2.COLOR_BGR2HSV))
    value = 0.0
    if previous is not None:
        value = sum(np.sum(np.abs(a.astype(np.int32) - b.astype(np.int32))) / float(a.size) for a, b in zip(hsv, previous)) / 3
    previous = hsv
    recent.append((number, value))
    if len(recent) == 2 * WINDOW + 1:
        at, middle = recent[WINDOW]
        mean = sum(v for i, (_, v) in enumerate(recent) if i != WINDOW) / (2 * WINDOW)
        ratio = min(middle / mean, 255.0) if mean > 1e-5 else (255.0 if middle >= LEAST else 0.0)
        if ratio >= RATIO and middle >= LEAST and at - last >= SHORTEST:
            cuts.append(at)
            last = at
    number += 1
print(json.dumps({"frames": number, "cuts": cuts}))
