# Compares the CPU time of a start of the single executable with that of dist and Node. Exit 1: more than 1.5 times.
import resource, statistics, subprocess, sys


def cpu(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


commands = {"node": ["node", "dist/portfwd.js"], "executable": [sys.argv[1]]}
times = {name: [] for name in commands}
for _ in range(9):
    for name, command in commands.items():
        times[name].append(cpu([*command, "compile", "rulesets/forward-a-port/portfwd.yaml"]))
median = {name: statistics.median(values) for name, values in times.items()}
ratio = median["executable"] / median["node"]
print(f"{median['executable'] * 1000:.0f} ms with the executable, {median['node'] * 1000:.0f} ms with Node: {ratio:.2f}")
sys.exit(ratio > 1.5)
