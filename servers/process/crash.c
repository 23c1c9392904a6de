/* Crash reports: what a process did when it was ended by an exception, in the node's log. */
#include <string.h>
#include <crypto/crypto.h>
#include <elf/symbols_core.h>
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include "report_core.h"
#include "server.h"

#define SELF       mach_task_self()
#define PAGE_BYTES 0x1000u

struct crash {
	mach_port_t task;
	struct image image; /* data null: no symbols */
	vm_address_t page;  /* what was read last; 0: nothing */
	vm_offset_t data;
};

/*
 * A page of the task, unless a pager has it: reading that could take for ever.  (The task itself
 * has stopped, and whoever else had its port could as well end it.)
 */
static bool read_page(struct crash *crash, vm_address_t page)
{
	vm_prot_t protection = 0, max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t name = MACH_PORT_NULL;
	vm_offset_t offset = 0;
	vm_size_t size = 0;
	vm_address_t region = page;
	mach_msg_type_number_t bytes = 0;

	if (crash->page != 0) {
		(void)vm_deallocate(SELF, crash->data, PAGE_BYTES);
		crash->page = 0;
	}
	if (vm_region(crash->task, &region, &size, &protection, &max_protection, &inheritance,
		      &shared, &name, &offset) != KERN_SUCCESS) {
		return false;
	}
	if (name != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, name);
		return false;
	}
	if (region > page || (protection & VM_PROT_READ) == 0 ||
	    vm_read(crash->task, page, PAGE_BYTES, &crash->data, &bytes) != KERN_SUCCESS) {
		return false;
	}
	crash->page = page;
	return true;
}

static bool read_word(void *context, uint32_t address, uint32_t *word)
{
	struct crash *crash = context;
	vm_address_t page = address & ~(PAGE_BYTES - 1);

	if (page == 0 || (address & 3) != 0 || (page != crash->page && !read_page(crash, page))) {
		return false;
	}
	memcpy(word, (const char *)crash->data + (address - page), sizeof *word);
	return true;
}

static void describe(void *context, uint32_t address, char *text, uint32_t bytes)
{
	struct crash *crash = context;
	struct elf_symbol symbol;

	if (crash->image.data != NULL &&
	    elf_find_symbol(crash->image.data, crash->image.bytes, address, &symbol)) {
		(void)mach_snprintf(text, bytes, "%.*s+0x%x", (int)symbol.name_bytes, symbol.name,
				    symbol.offset);
	}
}

static void say_line(void *context, const char *text)
{
	(void)context;
	log_line_of("crash", text);
}

/* The image it was loaded from, if it is still the same. */
static void open_symbols(struct crash *crash, const struct process *process)
{
	uint8_t digest[CRYPTO_DIGEST_BYTES];

	if (process->archived != NULL) {
		crash->image =
			(struct image){.data = process->archived, .bytes = process->image_bytes};
		return;
	}
	if (process->image == MACH_PORT_NULL ||
	    image_open(process->image, process->image_bytes, &crash->image) != KERN_SUCCESS) {
		crash->image = (struct image){.data = NULL};
		return;
	}
	if (crypto_hash_data(crash->image.data, crash->image.bytes, digest) != CRYPTO_OK ||
	    memcmp(digest, process->digest, sizeof digest) != 0) {
		image_close(&crash->image);
		crash->image.data = NULL;
	}
}

/* Is that name one of the task's threads?  Others could be anybody's ports, who never answers. */
static bool is_thread_of(mach_port_t task, mach_port_t thread)
{
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;
	bool found = false;

	if (task_threads(task, &threads, &count) != KERN_SUCCESS) {
		return false;
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		found |= threads[i] == thread;
		if (MACH_PORT_VALID(threads[i])) {
			(void)mach_port_deallocate(SELF, threads[i]);
		}
	}
	if (count > 0) {
		(void)vm_deallocate(SELF, (vm_address_t)threads, count * sizeof *threads);
	}
	return found;
}

void crash_report(struct process *process, mach_port_t thread, int exception, int code, int subcode)
{
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;
	struct crash crash = {.task = MACH_PORT_NULL};
	const struct report_source source = {read_word, describe, say_line, &crash};
	struct report_crash report = {.id = process->family.id,
				      .name = process->name,
				      .exception = exception,
				      .code = code,
				      .subcode = subcode};

	ipc_lock(&state_lock);
	crash.task = process->task;
	if (crash.task != MACH_PORT_NULL) {
		(void)mach_port_mod_refs(SELF, crash.task, MACH_PORT_RIGHT_SEND, 1);
	}
	ipc_unlock(&state_lock);
	if (crash.task == MACH_PORT_NULL) {
		return; /* somebody else's exception ended it already: one report is enough */
	}
	counter_add(COUNTER_FAULTS);
	(void)task_suspend(crash.task);
	if (is_thread_of(crash.task, thread) &&
	    thread_get_state(thread, i386_THREAD_STATE, (thread_state_t)&state, &count) ==
		    KERN_SUCCESS) {
		report.registers = &state;
	}
	open_symbols(&crash, process);
	report_write(&source, &report);
	image_close(&crash.image);
	if (crash.page != 0) {
		(void)vm_deallocate(SELF, crash.data, PAGE_BYTES);
	}
	(void)mach_port_deallocate(SELF, crash.task);
}
