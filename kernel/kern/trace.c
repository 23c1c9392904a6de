/* The trace ring. */
#include <kern/trace.h>

#include <kern/end_after.h>
#include <kern/machine.h>
#include <kern/message_names.h>
#include <kern/panic.h>
#include <kern/task.h>
#include <kern/thread.h>

#define TRACE_RECORDS 1024u /* a power of two */

_Static_assert(sizeof(struct trace_record) == 24 || sizeof(void *) != 4, "read by user programs");

/* A debugger, or tools/masix trace, finds them by these names. */
static struct trace_record trace_ring[TRACE_RECORDS];
static uint64_t trace_recorded; /* records ever */

uint32_t trace_mask = 1u << TRACE_FAULT | 1u << TRACE_EXCEPTION | 1u << TRACE_TASK;

void trace_record(enum trace_kind kind, uint32_t a, uint32_t b)
{
	struct trace_record *record = &trace_ring[(uint32_t)trace_recorded % TRACE_RECORDS];
	trace_recorded++;
	record->time_ns = machine_uptime_ns();
	record->kind = (uint16_t)kind;
	record->thread = (uint16_t)((uintptr_t)current >> 4);
	record->task = current != NULL ? (uint32_t)current->task->number : 0;
	record->a = a;
	record->b = b;
	if (unlikely(end_after_task != NULL) &&
	    (kind == TRACE_SEND || kind == TRACE_RECEIVE || kind == TRACE_KERNEL_RPC)) {
		end_after_count();
	}
}

uint32_t trace_read(uint64_t *since, struct trace_record *records, uint32_t max)
{
	uint64_t oldest = trace_recorded > TRACE_RECORDS ? trace_recorded - TRACE_RECORDS : 0;
	if (*since < oldest) {
		*since = oldest;
	} else if (*since > trace_recorded) {
		*since = trace_recorded;
	}
	uint32_t count = 0;
	while (count < max && *since < trace_recorded) {
		records[count++] = trace_ring[(uint32_t)*since % TRACE_RECORDS];
		(*since)++;
	}
	return count;
}

const char *message_name(int32_t id)
{
	if (message_names == NULL || &message_names_count == NULL) {
		return NULL;
	}
	uint32_t low = 0;
	uint32_t high = message_names_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (message_names[middle].id < id) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < message_names_count && message_names[low].id == id ? message_names[low].name
									: NULL;
}

static void trace_print_message(const char *verb, const struct trace_record *record,
				const char *of_b)
{
	const char *name = message_name((int32_t)record->a);
	if (name != NULL) {
		kprintf("%s %s, %s 0x%x\n", verb, name, of_b, record->b);
	} else {
		kprintf("%s %d, %s 0x%x\n", verb, (int32_t)record->a, of_b, record->b);
	}
}

static void trace_print(const struct trace_record *record)
{
	uint64_t us = record->time_ns / 1000;
	kprintf("  %5llu.%06u task %u thread %04x: ", us / 1000000, (uint32_t)(us % 1000000),
		record->task, record->thread);
	switch (record->kind) {
	case TRACE_SWITCH:
		kprintf("switch from task %u to task %u\n", record->a, record->b);
		break;
	case TRACE_SEND:
		trace_print_message("send", record, "port");
		break;
	case TRACE_RECEIVE:
		trace_print_message("receive", record, "port");
		break;
	case TRACE_KERNEL_RPC:
		trace_print_message("kernel rpc", record, "result");
		break;
	case TRACE_FAULT:
		kprintf("fault at address 0x%x, eip 0x%x\n", record->a, record->b);
		break;
	case TRACE_EXCEPTION:
		kprintf("exception %u, code %d\n", record->a, (int32_t)record->b);
		break;
	case TRACE_TRAP:
		kprintf("trap %d, result 0x%x\n", (int32_t)record->a, record->b);
		break;
	case TRACE_INTERRUPT:
		kprintf("interrupt %u\n", record->a);
		break;
	case TRACE_TASK:
		kprintf("task %u %s\n", record->a, record->b != 0 ? "created" : "ended");
		break;
	default:
		kprintf("kind %u, 0x%x, 0x%x\n", record->kind, record->a, record->b);
		break;
	}
}

void trace_print_last(uint32_t count)
{
	uint64_t position = trace_recorded > count ? trace_recorded - count : 0;
	struct trace_record record;
	while (trace_read(&position, &record, 1) == 1) {
		trace_print(&record);
	}
}
