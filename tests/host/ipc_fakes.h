/* What the real kernel/ipc files need below and beside them, for host tests: zones that count and
   can be made to fail, messages that go to the test's `deliver`. Included once, by the test
   program. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/task.h>
#include <kern/zone.h>

/* A message was sent to a live port; takes it over, the rights it carries included. */
static void deliver(struct ipc_kmsg *kmsg);
/* A message that waited in a queue dies with it; likewise. */
static void destroy_message(struct ipc_kmsg *kmsg);

static unsigned fake_in_use;    /* blocks of all zones and kalloc */
static unsigned fake_kmsgs;     /* messages */
static int fake_fail_countdown; /* the n-th allocation from now fails; 0: none does */
static unsigned fake_changes;   /* calls of ipc_mqueue_change: waiting receivers were told */
static mach_msg_return_t fake_change_result;
static unsigned fake_wakes; /* calls of ipc_mqueue_wake_senders */
static bool fake_failed;    /* one did */

void assert_failed(const char *expression, const char *file, int line)
{
	printf("Bail out! %s:%d: assertion failed: %s\n", file, line, expression);
	abort();
}

/* No port of these tests is a task's. */
void task_control_port_entered(struct task *task, uint64_t space_task_number)
{
	(void)task;
	(void)space_task_number;
}

static bool fake_fails(void)
{
	if (fake_fail_countdown == 0 || --fake_fail_countdown != 0) {
		return false;
	}
	return fake_failed = true;
}

void zone_init(struct zone *zone, const char *name, uint32_t element_bytes, uint32_t cap)
{
	*zone = (struct zone){.name = name, .element_bytes = element_bytes, .cap = cap};
}

/* Filled with rubbish: nobody may count on zeroes. */
void *zone_alloc(struct zone *zone)
{
	if (zone->in_use == zone->cap || fake_fails()) {
		return NULL;
	}
	zone->in_use++;
	fake_in_use++;
	return memset(malloc(zone->element_bytes), 0xa5, zone->element_bytes);
}

void zone_free(struct zone *zone, void *element)
{
	zone->in_use--;
	fake_in_use--;
	memset(element, 0x5a, zone->element_bytes);
	free(element);
}

void *kalloc(uint32_t bytes)
{
	if (bytes > 65536 || fake_fails()) {
		return NULL;
	}
	fake_in_use++;
	return memset(malloc(bytes), 0xa5, bytes);
}

void kfree(void *block, uint32_t bytes)
{
	memset(block, 0x5a, bytes);
	fake_in_use--;
	free(block);
}

struct ipc_kmsg *ipc_kmsg_alloc(uint32_t bytes)
{
	struct ipc_kmsg *kmsg = calloc(1, IPC_KMSG_HEADER_BYTES + bytes);
	fake_kmsgs++;
	kmsg->capacity = bytes;
	list_init(&kmsg->link);
	return kmsg;
}

void ipc_kmsg_free(struct ipc_kmsg *kmsg)
{
	fake_kmsgs--;
	free(kmsg);
}

void ipc_kmsg_destroy(struct ipc_kmsg *kmsg)
{
	destroy_message(kmsg);
}

void ipc_mqueue_send_always(struct ipc_kmsg *kmsg)
{
	deliver(kmsg);
}

void ipc_mqueue_change(struct ipc_mqueue *mqueue, mach_msg_return_t result)
{
	list_init(&mqueue->receivers.threads);
	fake_changes++;
	fake_change_result = result;
}

void ipc_mqueue_wake_senders(struct ipc_port *port, bool all)
{
	(void)all;
	list_init(&port->senders.threads);
	fake_wakes++;
}

void ipc_kobject_send_once(struct ipc_port *port)
{
	(void)port;
	abort();
}

void ipc_kobject_no_senders(struct ipc_port *port)
{
	(void)port;
	abort();
}
