/* The virtual Ethernet: one process that is the wire of a cluster of QEMU nodes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "wire.h"

static const char usage[] =
	"segment DIR run NODES [seed=NUMBER] [mode=hub|switch] [pcap=FILE]\n"
	"        is an Ethernet of NODES nodes (1 to 64): node n sends datagrams to DIR/wireN and\n"
	"        receives them at DIR/nicN; commands come to DIR/ctl\n"
	"segment DIR ctl COMMAND...\n"
	"        sends commands, one line each, and prints the answers\n";

static struct segment segment;
static struct wire wire;
static struct control control;
static struct pcap pcap;
static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static uint64_t now_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int capture(void *context, const char *path)
{
	(void)context;
	return path != NULL ? pcap_open(&pcap, path) : pcap_close(&pcap);
}

static void capture_frame(void *context, const uint8_t *data, uint32_t bytes)
{
	(void)context;
	pcap_frame(&pcap, data, bytes);
}

/* ------------------------------------------------------------------------------------------ run */

struct options {
	uint32_t nodes;
	uint64_t seed;
	bool is_switch;
	const char *pcap;
};

static int complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "segment: %s: %s\n", what, why);
	return 1;
}

static bool read_number(const char *word, uint64_t most, uint64_t *number)
{
	char *end = NULL;
	errno = 0;
	unsigned long long value = strtoull(word, &end, 10);
	*number = value;
	return word[0] >= '0' && word[0] <= '9' && *end == 0 && errno == 0 && value <= most;
}

static bool read_option(const char *word, struct options *options)
{
	if (strncmp(word, "seed=", 5) == 0) {
		return read_number(word + 5, INT64_MAX, &options->seed);
	}
	if (strncmp(word, "pcap=", 5) == 0) {
		options->pcap = word + 5;
		return word[5] != 0;
	}
	options->is_switch = strcmp(word, "mode=switch") == 0;
	return options->is_switch || strcmp(word, "mode=hub") == 0;
}

/* One segment a directory: its sockets would be taken away by a second one. */
static int lock_directory(const char *directory)
{
	char path[PATH_MAX];
	if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
		return complain(directory, strerror(errno));
	}
	(void)snprintf(path, sizeof path, "%s/lock", directory);
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0) {
		return complain(path, strerror(errno));
	}
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		return complain(directory, "another segment runs there");
	}
	return 0; /* the lock lives as long as this process */
}

static void serve(void)
{
	struct pollfd entries[SEGMENT_NODES_MAX + CONTROL_CLIENTS_MAX + 1];
	const struct command_hooks hooks = {.capture = capture, .frame = capture_frame};
	struct pollfd *control_entries = entries + wire.nodes;
	uint64_t next_us = SEGMENT_NEVER;
	sigset_t waiting;
	(void)sigprocmask(SIG_BLOCK, NULL, &waiting);
	(void)sigdelset(&waiting, SIGTERM);
	(void)sigdelset(&waiting, SIGINT);
	while (!ended) {
		uint64_t now = now_us();
		uint64_t wait_us = next_us > now ? next_us - now : 0;
		struct timespec time = {.tv_sec = (time_t)(wait_us / 1000000u),
					.tv_nsec = (long)(wait_us % 1000000u) * 1000};
		wire_poll_set(&wire, entries);
		control_poll_set(&control, control_entries);
		if (ppoll(entries, wire.nodes + CONTROL_CLIENTS_MAX + 1,
			  next_us == SEGMENT_NEVER ? NULL : &time, &waiting) < 0) {
			continue; /* a signal */
		}
		now = now_us();
		wire_receive(&wire, entries, &segment, &pcap, now);
		ended |= control_serve(&control, control_entries, &segment, &hooks, now);
		next_us = wire_deliver(&wire, &segment, now);
		pcap_flush(&pcap);
	}
}

/* Signals come only while we wait. */
static void catch_signals(void)
{
	sigset_t blocked;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
	(void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
	(void)sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL);
}

static int run(const char *directory, const struct options *options)
{
	char path[PATH_MAX];
	if (lock_directory(directory) != 0) {
		return 1;
	}
	int error = options->pcap != NULL ? pcap_open(&pcap, options->pcap) : 0;
	if (error != 0) {
		return complain(options->pcap, strerror(error));
	}
	segment_init(&segment, options->nodes, options->seed);
	segment.is_switch = options->is_switch;
	catch_signals();
	error = wire_open(&wire, directory, options->nodes);
	(void)snprintf(path, sizeof path, "%s/ctl", directory);
	if (error == 0) {
		error = control_open(&control, path);
	}
	if (error != 0) {
		return complain(directory, strerror(error));
	}
	(void)printf("segment: ready, %u nodes in %s\n", options->nodes, directory);
	(void)fflush(stdout);
	serve();
	wire_close(&wire, directory);
	(void)unlink(path);
	error = pcap_close(&pcap);
	return error != 0 ? complain("the capture", strerror(error)) : 0;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	uint64_t nodes = 0;
	if (argc >= 4 && strcmp(argv[2], "ctl") == 0) {
		char path[PATH_MAX];
		(void)snprintf(path, sizeof path, "%s/ctl", argv[1]);
		(void)signal(SIGPIPE, SIG_IGN);
		return control_send(path, argv + 3, argc - 3);
	}
	if (argc < 4 || strcmp(argv[2], "run") != 0) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (!read_number(argv[3], SEGMENT_NODES_MAX, &nodes) || nodes == 0) {
		return complain(argv[3], "a segment has 1 to 64 nodes");
	}
	options.nodes = (uint32_t)nodes;
	for (int i = 4; i < argc; i++) {
		if (!read_option(argv[i], &options)) {
			return complain(argv[i],
					"not seed=NUMBER, mode=hub, mode=switch or pcap=FILE");
		}
	}
	return run(argv[1], &options);
}
