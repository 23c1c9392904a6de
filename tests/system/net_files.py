"""What people do with files of another node under /net (test_on_unix.py)."""
from test_cluster import typed
from unix_shell import PROMPT, last, shell


def check_prompt(screen):
    """At the prompt, which has no user: user 1000 there."""
    assert " ".join(typed(screen, "ls /net")).split() == ["node1", "node2"]
    assert typed(screen, "on node2 sh -c 'echo there >/tmp/f; chmod 600 /tmp/f'") == []
    assert typed(screen, "cat /net/node2/tmp/f") == ["there"]
    assert typed(screen, "cd /net/node2/tmp") == [] and typed(screen, "pwd") == ["/net/node2/tmp"]
    assert typed(screen, "cat f") == ["there"] and typed(screen, "cat /tmp/f") != ["there"]
    assert typed(screen, "hello") != [] and typed(screen, "cd") == []
    assert typed(screen, "cat /net/node9/tmp/f")[0].endswith("(FILE_ENOENT)")


def check_unix(screen):
    """All that a Unix program does with files, but mapping them."""
    assert shell(screen, "uname -n; cat /net/node2/tmp/f") == ["node1", "there"]
    assert shell(screen, "echo two >>/net/node2/tmp/f; on node2 cat /tmp/f") == ["there", "two"]
    assert shell(screen, "cd /net/node2/tmp; pwd; /bin/pwd; cat f; cd") == [
        "/net/node2/tmp", "/net/node2/tmp", "there", "two"]
    assert shell(screen, "cp /etc/servers /net/node2/tmp/s; cat /net/node2/tmp/s | wc -l") == \
        shell(screen, "cat /etc/servers | wc -l")
    assert shell(screen, "mkdir /net/node2/tmp/d; mv /net/node2/tmp/s /net/node2/tmp/d/t") == []
    assert shell(screen, "ls /net/node2/tmp/d; rm -r /net/node2/tmp/d; ls -d /net/node2/tmp/d") == [
        "t", "ls: /net/node2/tmp/d: No such file or directory"]
    assert shell(screen, "ln -s /net/node2/tmp /tmp/l; cat /tmp/l/f | tail -n 1") == ["two"]
    assert shell(screen, "cat /net/node1/net/node1/tmp/l/f | head -n 1") == ["there"]
    assert shell(screen, "cat /net/node2/net/node1/etc/motd 2>&1 | grep -c 'symbolic links'") == ["1"]
    assert shell(screen, "echo x >/net/node2/etc/x")[0].endswith("Permission denied")
    assert shell(screen, "ls /net") == ["node1  node2"]


def check_dos(screen):
    screen.send("clear\rdos\r")
    screen.wait(lambda one: last(one).endswith(">"))
    screen.send("type \\net\\node2\\tmp\\f\r")
    screen.wait(r"^there\n +two$")
    screen.send("exit\r")
    screen.wait(lambda one: PROMPT.match(last(one)))
