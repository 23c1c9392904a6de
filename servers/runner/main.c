/* Start: the line, the ACS, the Unix and the file server; then the host's orders. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <libc/log.h>
#include <standard_ports.h>
#include <trust/trust.h>
#include "frame_core.h"
#include "line.h"
#include "runner.h"

#define WAIT_MS 60000u /* for the other servers' start */

mach_port_t unix_port, root_port;

/* Nobody asks this server for anything: its public object has no interface. */
static struct ipc_class public_class = {
	.name = "runner",
	.interfaces = (const ipc_interface_t[]){NULL},
};

void runner_fail(const char *what, const char *why)
{
	char text[256];
	int bytes = snprintf(text, sizeof text, "%s: %s", what, why);

	line_send(FRAME_FAILED, text,
		  (uint32_t)bytes < sizeof text ? (uint32_t)bytes : sizeof text - 1);
	pthread_exit(NULL); /* the host ends the node */
}

static void *serve_line(void *argument)
{
	(void)argument;
	line_serve(run_take);
}

static void start_thread(void *(*function)(void *))
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, function, NULL);

	if (error != 0) {
		runner_fail("the runner cannot start a thread", strerror(error));
	}
}

/* Known by the ACS, so that this server can prove itself to others. */
static kern_return_t make_known(void)
{
	struct ipc_bucket *bucket = NULL;
	struct ipc_object *public = NULL;
	kern_return_t result = ipc_bucket_create(NULL, &bucket);

	result = result ?: ipc_object_create_public(bucket, &public_class, &public);
	return result ?: trust_publish("runner", public);
}

int main(void)
{
	static const uint8_t version = FRAME_VERSION;
	kern_return_t result = KERN_SUCCESS;

	libc_log_set(standard_log);
	result = line_start();
	if (result != KERN_SUCCESS) {
		printf("runner: no serial line: %s\n", mach_error_string(result));
		return 1;
	}
	start_thread(serve_line);
	result = make_known();
	if (result != KERN_SUCCESS) {
		runner_fail("the runner is not known to the ACS", mach_error_string(result));
	}
	result = trust_connect("file", WAIT_MS, &root_port);
	if (result != KERN_SUCCESS) {
		runner_fail("the file server", mach_error_string(result));
	}
	result = trust_connect("unix", WAIT_MS, &unix_port);
	if (result != KERN_SUCCESS) {
		runner_fail("the Unix server", mach_error_string(result));
	}
	start_thread(run_feed);
	line_send(FRAME_READY, &version, sizeof version);
	run_serve(NULL);
	return 0;
}
