#!/usr/bin/python3
"""Measures the published Jupyter kernel: make kernel && scripts/measure-kernel.py [interactive]

Prints the time from starting the process to the first cell's result, the time of an expression cell, the memory of a
kernel that has nothing to do, and how both change over 300 cells. Needs Debian's python3-jupyter-client. With
"interactive" the same of .NET Interactive (make setup restores it).
"""
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STARTS, EXPRESSIONS, SOAK = 5, 50, 300
OWN = [str(ROOT / "out/kernel/anisora-kernel"), "{connection_file}"]
INTERACTIVE = ["dotnet", "tool", "run", "dotnet-interactive", "--", "jupyter", "--default-kernel", "csharp", "--http-local-only", "{connection_file}"]


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["RssAnon"].split()[0]) / 1024


def served(pid):
    """The process that runs cells: `dotnet tool run` starts it as its child."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return served(children[0]) if children else pid


def run(client, code):
    start = time.perf_counter()
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request and message["content"].get("execution_state") == "idle":
            break
    reply = client.get_shell_msg(timeout=60)
    assert reply["content"]["status"] == "ok", reply["content"]
    return time.perf_counter() - start


def soak(i):
    return [f"int v{i} = {i}; int F{i}(int x) => x + v{i};", f"Enumerable.Range(0, {i}).Select(j => j * 2).ToArray()",
            'display("shown"); Console.WriteLine("text");', f"Math.Sqrt({i}) + 1"][i % 4]


def main():
    with tempfile.TemporaryDirectory() as folder:
        spec = pathlib.Path(folder, "kernels", "measured")
        spec.mkdir(parents=True)
        spec.joinpath("kernel.json").write_text(json.dumps({
            "argv": INTERACTIVE if sys.argv[1:] == ["interactive"] else OWN, "display_name": "C#", "language": "C#", "interrupt_mode": "message"}))
        os.environ.update(JUPYTER_PATH=folder, DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT="1")
        os.chdir(ROOT)
        from jupyter_client.manager import KernelManager

        first = []
        for i in range(STARTS):
            manager = KernelManager(kernel_name="measured")
            start = time.perf_counter()
            manager.start_kernel()
            client = manager.client()
            client.start_channels()
            client.wait_for_ready(timeout=60)
            run(client, "1 + 1")
            first.append(time.perf_counter() - start)
            if i < STARTS - 1:
                client.stop_channels()
                manager.shutdown_kernel()
        print(f"first cell:       {statistics.median(first):.2f} s after the start (median of {STARTS}, {min(first):.2f} to {max(first):.2f})")
        pid = served(manager.provisioner.pid)
        times = [run(client, f"{i} + 1") for i in range(EXPRESSIONS)]
        print(f"expression cell:  {statistics.median(times) * 1e3:.0f} ms (median of {EXPRESSIONS}, at most {max(times) * 1e3:.0f})")
        time.sleep(4)
        print("idle memory:      {:.0f} MB resident, of which {:.0f} MB are its own and not mapped files".format(*resident(pid)))
        times = [run(client, soak(i)) for i in range(SOAK)]
        time.sleep(4)
        print(f"{SOAK} cells:        {statistics.median(times[:60]) * 1e3:.0f} ms at first, {statistics.median(times[-60:]) * 1e3:.0f} ms at last; then {resident(pid)[0]:.0f} MB")
        client.stop_channels()
        manager.shutdown_kernel()


main()
