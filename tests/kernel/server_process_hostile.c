/* TEST: oracle=no timeout=400
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process.cpio $(archive=ramdisk-create)" */
/* Clients of the process server that lie: images, strings, exceptions; and very many. */
#include "lib/msg.h"
#include "lib/zones.h"
#include "lib/process_acs.h"
#include <gen/mach4.h>
#include <gen/gnumach.h>
#include <gen/process.h>

#define SELF   mach_task_self()
#define SPAWNS 10000

static mach_port_t administrator;
static mach_port_t plain;
static natural_t plain_id;
static process_name_t child_name = "child";
static uint32_t seen[0x8000 / 32];
static char many[PROCESS_ARGUMENTS_BYTES_MAX + 1];

/* The whole server still works. */
static void check_serves(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	CHECK_KR(SPAWN(plain,
		       "exit\0"
		       "8",
		       0, &child, &id),
		 KERN_SUCCESS);
	CHECK_KR(process_wait(plain, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(status, PROCESS_STATUS(PROCESS_REASON_EXIT, 8));
	if (MACH_PORT_VALID(child)) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
}

/* -------------------------------------------------------------------------------------- images */

static kern_return_t spawn_image(mach_port_t memory, natural_t bytes)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0;
	static const char arguments[] = "child\0exit";
	kern_return_t result = process_spawn(
		plain, memory, MACH_MSG_TYPE_COPY_SEND, bytes, child_name, (vm_offset_t)arguments,
		sizeof arguments, 0, 0, NULL, MACH_MSG_TYPE_COPY_SEND, 0, 0, 0, &child, &id);

	if (result == KERN_SUCCESS && MACH_PORT_VALID(child)) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
	return result;
}

/* A copy of the child's image with one word changed. */
static kern_return_t spawn_changed(natural_t offset, uint32_t word)
{
	natural_t bytes = 0;
	const void *image = process_acs_image_data(&bytes);
	vm_address_t copy = 0;
	mach_port_t memory = MACH_PORT_NULL;
	kern_return_t result = KERN_SUCCESS;

	NEED_KR(vm_allocate(SELF, &copy, bytes, TRUE));
	memcpy((void *)copy, image, bytes);
	memcpy((char *)copy + offset, &word, sizeof word);
	NEED_KR(vm_region_create_proxy(SELF, copy, VM_PROT_READ, bytes, &memory));
	result = spawn_image(memory, bytes);
	NEED_KR(mach_port_deallocate(SELF, memory));
	NEED_KR(vm_deallocate(SELF, copy, bytes));
	return result;
}

/* The fields of the first program header begin at 52. */
static void check_lies(void)
{
	CHECK_KR(spawn_changed(0, 0x12345678), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_changed(24, 0xc0000000), PROCESS_BAD_IMAGE);      /* the entry */
	CHECK_KR(spawn_changed(28, 0xffffff00), PROCESS_BAD_IMAGE);      /* the headers' place */
	CHECK_KR(spawn_changed(52 + 4, 0xfffff000), PROCESS_BAD_IMAGE);  /* contents */
	CHECK_KR(spawn_changed(52 + 8, 0xbfffe000), PROCESS_BAD_IMAGE);  /* the stack's place */
	CHECK_KR(spawn_changed(52 + 8, 0), PROCESS_BAD_IMAGE);           /* page 0 */
	CHECK_KR(spawn_changed(52 + 20, 0xf0000000), PROCESS_BAD_IMAGE); /* memory without end */
	CHECK_KR(spawn_changed(52 + 20, 0x00100000), PROCESS_BAD_IMAGE); /* it meets the next */
}

/* What is no memory of the kernel's own answers at once, whatever its receiver does not do. */
static void check_pagers(void)
{
	natural_t bytes = 0;
	mach_port_t memory = process_acs_image(&bytes), pager = port_new();
	mach_port_t proxy = MACH_PORT_NULL, dead = port_new();
	vm_offset_t zero = 0;
	vm_size_t size = 0x4000;

	NEED_KR(mach_port_insert_right(SELF, pager, pager, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(mach_port_insert_right(SELF, dead, dead, MACH_MSG_TYPE_MAKE_SEND));
	CHECK_KR(spawn_image(MACH_PORT_NULL, bytes), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(memory, 0), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(memory, 0xffffffff), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(memory, PROCESS_IMAGE_BYTES_MAX + 1), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(memory, bytes + 0x10000), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(memory, 51), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(pager, bytes), PROCESS_BAD_IMAGE);
	NEED_KR(memory_object_create_proxy(SELF, VM_PROT_READ, &pager, MACH_MSG_TYPE_COPY_SEND, 1,
					   &zero, 1, &zero, 1, &size, 1, &proxy));
	CHECK_KR(spawn_image(proxy, 0x4000), PROCESS_BAD_IMAGE);
	CHECK_KR(spawn_image(SELF, bytes), PROCESS_BAD_IMAGE);
	NEED_KR(mach_port_destroy(SELF, dead));
	CHECK_KR(spawn_image(memory, bytes), KERN_SUCCESS);
	CHECK_KR(process_wait(plain, PROCESS_ANY, 0, &bytes, &bytes), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, proxy));
	NEED_KR(mach_port_deallocate(SELF, memory));
	NEED_KR(mach_port_destroy(SELF, pager));
	check_serves();
}

struct program_header {
	uint32_t type, offset, address, physical, file_bytes, memory_bytes, flags, align;
};

/* The child's image, whose last segment goes on for "bytes". */
static void make_large(uint8_t *image, natural_t bytes)
{
	struct program_header *header = (struct program_header *)(void *)(image + 52);
	struct program_header *last = NULL;

	for (uint32_t i = 0; i < image[44]; i++, header++) {
		last = header->type == 1 ? header : last;
	}
	last->file_bytes = bytes - last->offset;
	last->memory_bytes = last->file_bytes;
}

/* Images of most of the machine's memory and more: a program, or an error, and no end of the node.
 */
static void check_large(void)
{
	for (natural_t megabytes = 24; megabytes <= 64; megabytes += 8) {
		natural_t size = megabytes << 20, bytes = 0;
		const void *small = process_acs_image_data(&bytes);
		mach_port_t memory = MACH_PORT_NULL;
		vm_address_t image = 0;
		kern_return_t result = KERN_SUCCESS;

		NEED_KR(vm_allocate(SELF, &image, size, TRUE));
		memcpy((void *)image, small, bytes);
		make_large((uint8_t *)image, size);
		NEED_KR(vm_region_create_proxy(SELF, image, VM_PROT_READ, size, &memory));
		result = spawn_image(memory, size);
		test_note("an image of %u MB: %s", megabytes, mach_error_string(result));
		CHECK(result == KERN_SUCCESS || result == KERN_RESOURCE_SHORTAGE);
		if (result == KERN_SUCCESS) {
			CHECK_KR(process_wait(plain, PROCESS_ANY, 0, &bytes, &bytes), KERN_SUCCESS);
		}
		NEED_KR(mach_port_deallocate(SELF, memory));
		NEED_KR(vm_deallocate(SELF, image, size));
		check_serves();
	}
}

/* ----------------------------------------------------------------------------------- arguments */

static natural_t last_id;

static kern_return_t spawn_with(const_process_name_t name, const char *arguments, natural_t bytes,
				natural_t port_count)
{
	mach_port_t ports[STANDARD_PORTS + 1] = {MACH_PORT_NULL};
	mach_port_t child = MACH_PORT_NULL;
	natural_t size = 0;
	mach_port_t memory = process_acs_image(&size);
	kern_return_t result = process_spawn(
		plain, memory, MACH_MSG_TYPE_COPY_SEND, size, name, (vm_offset_t)arguments, bytes,
		0, 0, ports, MACH_MSG_TYPE_COPY_SEND, port_count, 0, 0, &child, &last_id);

	if (result == KERN_SUCCESS) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
	NEED_KR(mach_port_deallocate(SELF, memory));
	return result;
}

static void check_arguments(void)
{
	static process_name_t empty = "", newline = "a\nb";

	CHECK_KR(spawn_with(empty, "a", 2, 0), KERN_INVALID_VALUE);
	CHECK_KR(spawn_with(newline, "a", 2, 0), KERN_INVALID_VALUE);
	CHECK_KR(spawn_with(child_name, "ab", 2, 0), KERN_INVALID_VALUE);
	CHECK_KR(spawn_with(child_name, many, sizeof many, 0), KERN_INVALID_VALUE);
	CHECK_KR(spawn_with(child_name, "a", 2, STANDARD_PORTS + 1), KERN_INVALID_VALUE);
	memset(many, 'y', sizeof many);
	CHECK_KR(spawn_with(child_name, many, PROCESS_ARGUMENTS_BYTES_MAX, 0), KERN_INVALID_VALUE);
	/* As many words as there can be: an argument each byte. */
	memset(many, 0, sizeof many);
	CHECK_KR(spawn_with(child_name, many, PROCESS_ARGUMENTS_BYTES_MAX, 0), KERN_SUCCESS);
	CHECK_KR(process_kill(plain, last_id), KERN_SUCCESS);
	CHECK_KR(process_wait(plain, last_id, 0, &last_id, &last_id), KERN_SUCCESS);
	check_serves();
}

/* ----------------------------------------------------------------------------------- exceptions */

static void check_forged_exceptions(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	CHECK_KR(SPAWN(plain, "forge-thread", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_wait(plain, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(status, PROCESS_STATUS(PROCESS_REASON_FAULT, EXC_BAD_ACCESS));
	NEED_KR(mach_port_deallocate(SELF, child));
	CHECK_KR(SPAWN(plain, "forge-task", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_wait(plain, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(status, PROCESS_STATUS(PROCESS_REASON_EXIT, 21));
	NEED_KR(mach_port_deallocate(SELF, child));
}

/* A task that takes the events at its own port dies no less. */
static void check_hidden_end(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	CHECK_KR(SPAWN(plain, "hide", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_wait(plain, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(status, PROCESS_STATUS(PROCESS_REASON_DIED, 0));
	if (MACH_PORT_VALID(child)) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
}

/* -------------------------------------------------------------------------------------- numbers */

static void check_too_many(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;
	unsigned int started = 0, forgotten = 0;

	/* Children that nobody waits for count, too. */
	while (started < 1000 && SPAWN(plain, "exit", 0, &child, &id) == KERN_SUCCESS) {
		started++;
		if (MACH_PORT_VALID(child)) {
			NEED_KR(mach_port_deallocate(SELF, child));
		}
	}
	CHECK_EQ(started, 512);
	CHECK_KR(SPAWN(plain, "exit", 0, &child, &id), PROCESS_TOO_MANY);
	while (process_wait(plain, PROCESS_ANY, 0, &ended, &status) == KERN_SUCCESS) {
		forgotten++;
	}
	CHECK_EQ(forgotten, 512);
	check_serves();
}

/* No id comes twice in so few. */
static void check_many(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;
	unsigned int wrong = 0, doubled = 0;

	for (unsigned int i = 0; i < SPAWNS; i++) {
		if (i % 1000 == 0) {
			test_note("%u processes so far", i);
		}
		if (i == SPAWNS / 2) { /* by then the server's memory has what it needs */
			test_zones_remember(host_priv);
		}
		kern_return_t result = SPAWN(plain,
					     "exit\0"
					     "9",
					     i % 2 ? PROCESS_SPAWN_SUSPENDED : 0, &child, &id);

		if (result != KERN_SUCCESS) {
			wrong++;
			continue;
		}
		if (i % 2) {
			wrong += process_kill(plain, id) != KERN_SUCCESS;
		}
		wrong += process_wait(plain, id, 0, &ended, &status) != KERN_SUCCESS ||
			 ended != id ||
			 status != (i % 2 ? PROCESS_STATUS(PROCESS_REASON_KILLED, 0)
					  : PROCESS_STATUS(PROCESS_REASON_EXIT, 9));
		doubled += (seen[(id & 0x7fff) / 32] & 1u << id % 32) != 0;
		seen[(id & 0x7fff) / 32] |= 1u << id % 32;
		if (MACH_PORT_VALID(child)) {
			wrong += mach_port_deallocate(SELF, child) != KERN_SUCCESS;
		}
	}
	CHECK_EQ(wrong, 0);
	CHECK_EQ(doubled, 0);
}

/* Memory that both tasks keep once they needed it. */
static void touch_all(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	memset(many, 1, sizeof many);
	memset(seen, 0, sizeof seen);
	while (SPAWN(plain, "exit", 0, &child, &id) == KERN_SUCCESS) {
		if (MACH_PORT_VALID(child)) {
			NEED_KR(mach_port_deallocate(SELF, child));
		}
	}
	while (process_wait(plain, PROCESS_ANY, 0, &ended, &status) == KERN_SUCCESS) {
	}
}

int main(int argc, char **argv)
{
	static struct process_acs_pair pair;

	process_acs_meet(argc, argv, process_acs_gives_nothing, &pair);
	administrator = pair.administrator;
	plain = pair.plain;
	plain_id = pair.plain_id;
	process_acs_warm_up(plain);
	touch_all();
	test_begin(argc, argv, "server_process_hostile");
	check_lies();
	check_pagers();
	check_large();
	check_arguments();
	check_forged_exceptions();
	check_hidden_end();
	check_too_many();
	check_many();
	test_end();
}
