"""A node is revoked while the cluster runs: nobody finds, answers or calls it any more."""
import shutil

import pytest

from clusters import FOLDER, TOOL, Cluster
from masix import cluster as clusters
from test_cluster import attach, typed, wait_prompt

NO_NODE = "ping: the cluster has no node node3"


@pytest.fixture(scope="module")
def cluster():
    made = Cluster(3, suffix="-revoke")
    yield made
    made.close()
    shutil.rmtree(FOLDER / made.name, ignore_errors=True)


def on_node(screen, number, line):
    screen.started = False
    screen.send(f"\x01{number}")
    wait_prompt(screen)
    return typed(screen, line, 60)


def node(cluster, number):
    return clusters.Node(clusters.Cluster(cluster.name), number)


def test_a_revoked_node_is_out(cluster, terminal):
    keys = FOLDER / cluster.name / "keys"
    old = (keys / "roster").read_bytes()
    old_key = (keys / "cluster-key").read_bytes()
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    assert "answered 100 calls" in on_node(screen, 1, "ping node3")[0]
    assert "answered 100 calls" in on_node(screen, 3, "ping node1")[0]

    # What was altered, or is no newer, changes nothing.
    altered = bytearray(old)
    altered[16] += 1  # its version
    assert "not signed with the cluster's key" in node(cluster, 1).take_roster(bytes(altered))
    assert "not newer" in node(cluster, 1).take_roster(old)
    assert "answered 100 calls" in on_node(screen, 1, "ping node3")[0]

    said = cluster.run("revoke", "node3")
    assert "node1 has the new roster" in said and "node2 has the new roster" in said
    assert "node3 is no member" in said
    assert (keys / "cluster-key").read_bytes() != old_key
    new = (keys / "roster").read_bytes()
    assert "leaves out this node" in node(cluster, 3).take_roster(new)

    # The others go on, with each other.
    assert "answered 100 calls" in on_node(screen, 1, "ping node2")[0]
    assert [line.split()[0] for line in on_node(screen, 1, "net")[1:]] == ["node2"]
    for number, called in ((1, 3), (2, 3), (3, 1), (3, 2)):
        said = on_node(screen, number, f"ping node{called}")
        assert (NO_NODE if called == 3 else "ACS_NAME_NOT_FOUND") in said[0], said

    # Nor does it come back.
    assert "it was revoked" in cluster.refused("restart", "node3")
    cluster.run("restart", "node2")
    for _ in range(3):  # node1 may learn a moment later that the old node2 is dead
        said = on_node(screen, 1, "ping node2")[0]
        if "answered 100 calls" in said:
            break
    assert "answered 100 calls" in said
    assert NO_NODE in on_node(screen, 2, "ping node3")[0]
    assert "ACS_NAME_NOT_FOUND" in on_node(screen, 3, "ping node2")[0]
    screen.send("\x01x")
    screen.terminal.expect_end()


def test_who_is_frozen_is_told_later(cluster, terminal):
    """The command fails until every node that runs knows; then it does what it says."""
    cluster.run("freeze", "node1")
    said = cluster.refused("revoke", "node2")
    assert "node1 is frozen" in said and "thaw" in said
    cluster.run("thaw", "node1")
    assert "node1 has the new roster" in cluster.run("revoke", "node2")
    assert "node1 has the new roster" in cluster.run("revoke", "node2")  # it has it already
    assert "only node" in cluster.refused("revoke", "node1")
    screen = attach(terminal, [TOOL, "console", "1", "--name", cluster.name])
    assert typed(screen, "ping node2")[0] == "ping: the cluster has no node node2"
    screen.send("\x01x")
    screen.terminal.expect_end()
