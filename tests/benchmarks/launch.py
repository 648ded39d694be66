"""Starts a command and writes its seconds, peak memory and end to a file: launch.py FILE COMMAND...

A process of its own that imports next to nothing: Linux counts into a child's peak what its parent held as it started it.
"""

import os
import subprocess
import sys
import time

if __name__ == "__main__":
    start = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write(f"{seconds} {usage.ru_maxrss} {process.returncode}")
