"""A real Slurm of one node, this machine, with all that it writes in a folder of the test's own."""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "scancel")
CONFIGURATION = """
ClusterName=roundtrip
SlurmctldHost=localhost
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
PropagateResourceLimits=NONE
NodeName=localhost CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
"""


class CannotStart(Exception):
    """There is no Slurm here; the text says why."""


def free_ports():
    """Two of them."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def wait_for_node(environment, daemons):
    for _ in range(200):
        for daemon in daemons:
            if daemon.poll() is not None:
                raise CannotStart(f"{daemon.args[0]} ended with code {daemon.returncode}")
        state = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"], env=environment, capture_output=True, text=True, check=False
        )
        if state.stdout.strip() == "idle":
            return
        time.sleep(0.1)
    raise CannotStart(f"its node is not ready: {state.stdout}{state.stderr}")


@contextlib.contextmanager
def slurm(folder):
    """Gives the environment in which Slurm's commands speak to it; throws CannotStart."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        raise CannotStart(f"{missing[0]} is missing; install Debian's slurm-wlm")
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    controller, daemon = free_ports()
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(controller=controller, daemon=daemon, user=getpass.getuser(), folder=folder)
    )
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((folder / "daemons.log").open("wb"))
        daemons = []
        for command in (["slurmctld", "-D", "-i"], ["slurmd", "-D", "-N", "localhost"]):
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
            stack.callback(process.wait, timeout=30)
            stack.callback(process.terminate)
            daemons.append(process)
        try:
            wait_for_node(environment, daemons)
        except CannotStart as error:
            raise CannotStart(f"{error}\n{(folder / 'daemons.log').read_text(errors='replace')}") from None
        yield {"SLURM_CONF": str(configuration)}
