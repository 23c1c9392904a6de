#include "wire.h"
#include "unix_socket.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAMES_AT_ONCE 16
/* A node that does not read right now is tried again after so long. */
#define RETRY_US 200u
/* QEMU and the kernel keep few frames for a node; here is room for more of them. */
#define SEND_BUFFER_BYTES (1 << 20)

static bool node_path(char path[PATH_MAX], const char *directory, const char *what, uint32_t node)
{
	int length = snprintf(path, PATH_MAX, "%s/%s%u", directory, what, node);
	return length > 0 && length < PATH_MAX;
}

int wire_open(struct wire *wire, const char *directory, uint32_t nodes)
{
	int bytes = SEND_BUFFER_BYTES;
	char path[PATH_MAX];
	*wire = (struct wire){.nodes = nodes};
	for (uint32_t node = 1; node <= nodes; node++) {
		if (!node_path(path, directory, "nic", node) ||
		    !unix_socket_address(path, &wire->nic[node])) {
			return ENAMETOOLONG;
		}
		(void)node_path(path, directory, "wire", node);
		wire->socket[node] = unix_socket_bind(SOCK_DGRAM, path);
		if (wire->socket[node] < 0) {
			return errno;
		}
		(void)setsockopt(wire->socket[node], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	}
	return 0;
}

void wire_close(struct wire *wire, const char *directory)
{
	char path[PATH_MAX];
	for (uint32_t node = 1; node <= wire->nodes; node++) {
		(void)close(wire->socket[node]);
		if (node_path(path, directory, "wire", node)) {
			(void)unlink(path);
		}
	}
}

void wire_poll_set(const struct wire *wire, struct pollfd entries[SEGMENT_NODES_MAX])
{
	for (uint32_t node = 1; node <= wire->nodes; node++) {
		entries[node - 1] = (struct pollfd){.fd = wire->socket[node], .events = POLLIN};
	}
}

void wire_receive(struct wire *wire, const struct pollfd entries[SEGMENT_NODES_MAX],
		  struct segment *segment, struct pcap *pcap, uint64_t now_us)
{
	/* One byte more than a frame: what fills it is too long. */
	uint8_t data[SEGMENT_FRAME_BYTES_MAX + 1];
	for (uint32_t node = 1; node <= wire->nodes; node++) {
		ssize_t bytes = 0;
		for (int i = 0; i < FRAMES_AT_ONCE && entries[node - 1].revents != 0; i++) {
			bytes = recv(wire->socket[node], data, sizeof data, 0);
			if (bytes < 0) {
				break;
			}
			if (segment_send(segment, now_us, node, data, (uint32_t)bytes)) {
				pcap_frame(pcap, data, (uint32_t)bytes);
			}
		}
	}
}

/* False: the node is full for now. */
static bool deliver_one(struct wire *wire, struct segment *segment, uint32_t node,
			const uint8_t *data, uint32_t bytes)
{
	ssize_t sent = sendto(wire->socket[node], data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
			      (struct sockaddr *)&wire->nic[node], sizeof wire->nic[node]);
	if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)) {
		return false;
	}
	segment_delivered(segment, node, sent >= 0);
	return true;
}

uint64_t wire_deliver(struct wire *wire, struct segment *segment, uint64_t now_us)
{
	uint8_t data[SEGMENT_FRAME_BYTES_MAX];
	uint64_t again_us = segment_advance(segment, now_us);
	for (uint32_t node = 1; node <= wire->nodes; node++) {
		uint32_t bytes = 0;
		bool taken = now_us >= wire->retry_us[node];
		while (taken && (bytes = segment_next(segment, node, data)) != 0) {
			taken = deliver_one(wire, segment, node, data, bytes);
			if (!taken) {
				wire->retry_us[node] = now_us + RETRY_US;
			}
		}
		if (!taken && wire->retry_us[node] < again_us) {
			again_us = wire->retry_us[node];
		}
	}
	return again_us;
}
