#!/bin/sh
# dask-jobqueue 0.9.0: asking for workers where there is no sbatch raises nothing.
#
# SLURMCluster(...).scale(jobs=1) submits a job with sbatch. Where that program is not installed (or
# refuses the job), the call returns, and so does waiting for a while: the failure is only a
# message in the log, and the program goes on to wait for workers that never come.
# Seen: scale() returns; ten seconds later there is no worker, and no exception was raised.
#
# Exits with a status other than zero if scale() raises, or the cluster reports a failure.
set -eu
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
cd -- "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet dask-jobqueue==0.9.0 distributed==2026.8.0 dask==2026.8.0
cat >scale.py <<'PYTHON'
import os
import shutil
import sys
import time
from importlib.metadata import version

from dask_jobqueue import SLURMCluster

assert shutil.which("sbatch") is None, "this machine has Slurm"
cluster = SLURMCluster(cores=1, memory="1GB", interface="lo", scheduler_options={"dashboard_address": ":0"})
cluster.scale(jobs=1)
time.sleep(10)
workers, status = len(cluster.scheduler_info["workers"]), cluster.status.name
print("dask-jobqueue", version("dask-jobqueue"), "workers:", workers, "status:", status)
sys.stdout.flush()
# Without closing the cluster, which has nothing to do with what is shown.
os._exit(0 if workers == 0 and status == "running" else 1)
PYTHON
env/bin/python scale.py 2>log.txt
grep -c "sbatch" log.txt
