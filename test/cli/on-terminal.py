"""Runs a program on a terminal of its own, as a person or nobody at it would, and says how it ended.

Standard input: {"line": [program, ...arguments], "steps": [[text to wait for, answer], ...], "signal": "INT", "columns": 200}.
After the steps the program is sent the signal, or none where that is null: where there are no steps, nobody reads, and it is
sent when the terminal takes nothing any more.
Standard output: {"code", "signal", "ms" from the signal to the end, "shown", "rawBefore", "rawAfter"}.
"""
import array, fcntl, json, os, pty, select, signal, struct, sys, termios, time

LONGEST_SECONDS = 30


def waiting(terminal):
    count = array.array("i", [0])
    fcntl.ioctl(terminal, termios.FIONREAD, count)
    return count[0]


def is_raw(terminal):
    return termios.tcgetattr(terminal)[3] & termios.ICANON == 0


def read_until(terminal, word, shown):
    last = time.monotonic() + LONGEST_SECONDS
    while word not in shown.decode(errors="replace"):
        if time.monotonic() > last or not select.select([terminal], [], [], 1)[0]:
            if time.monotonic() > last:
                sys.exit("not shown: " + word + " in " + shown.decode(errors="replace"))
            continue
        shown += os.read(terminal, 4096)
    return shown


def wait_until_full(terminal):
    before, since = -1, time.monotonic()
    last = since + LONGEST_SECONDS
    while before <= 0 or time.monotonic() - since < 0.5:
        if time.monotonic() > last:
            sys.exit("the terminal never had enough")
        now = waiting(terminal)
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.02)


task = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.execvp(task["line"][0], task["line"])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, task.get("columns", 200), 0, 0))
shown = b""
for word, answer in task["steps"]:
    shown = read_until(terminal, word, shown)
    os.write(terminal, answer.encode())
if not task["steps"]:
    wait_until_full(terminal)
raw_before = is_raw(terminal)
started = time.monotonic()
if task["signal"] is not None:
    os.kill(child, getattr(signal, "SIG" + task["signal"]))
status = 0
while True:
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended or time.monotonic() - started > LONGEST_SECONDS:
        break
    if task["steps"] and select.select([terminal], [], [], 0.02)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            pass
    else:
        time.sleep(0.02)
while task["steps"] and select.select([terminal], [], [], 0)[0]:
    try:
        shown += os.read(terminal, 4096)
    except OSError:  # What the program wrote last was read.
        break
ms = (time.monotonic() - started) * 1000
raw_after = is_raw(terminal)
print(json.dumps({
    "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
    "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
    "ms": ms, "shown": shown.decode(errors="replace"), "rawBefore": raw_before, "rawAfter": raw_after,
}))
