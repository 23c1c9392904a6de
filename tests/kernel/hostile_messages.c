/* TEST: oracle=yes timeout=180 */
/*
 * 100,000 random messages from a fixed seed: headers, type words, sizes, counts and rights of every
 * kind, to random ports, some of them the kernel's.  By children, as some messages end the sender.
 */
#include "lib/msg.h"

#define SELF     mach_task_self()
#define MESSAGES 100000
#define VICTIM   TEST_CHILD_NAME(0)

static uint32_t random_state;

static uint32_t random_next(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 7 ^ random_state << 19;
}

static uint32_t random_size(void)
{
	static const uint32_t sizes[] = {0, 1, 4, 23, 24, 25, 28, 32, 36, 48, 64, 100, 256, 1024};

	return sizes[random_next() % (sizeof sizes / sizeof sizes[0])];
}

/* A name: mostly one that this task has. */
static mach_port_t random_name(void)
{
	switch (random_next() % 8) {
	case 0:
		return random_next() % 4;
	case 1:
		return VICTIM;
	case 2:
		return random_next();
	case 3:
		return MACH_PORT_DEAD;
	default:
		return random_next() % 24;
	}
}

/* A request id that some kernel server knows, but none that would end this task or the machine. */
static uint32_t random_id(void)
{
	static const uint32_t bases[] = {2000, 2200, 2400, 2600, 2800,
					 3000, 3200, 3800, 4000, 4200};

	if (random_next() % 8 == 0) {
		return random_next();
	}
	return bases[random_next() % (sizeof bases / sizeof bases[0])] + random_next() % 100;
}

static uint32_t random_type_word(void)
{
	static const uint32_t names[] = {0, 2, 8, 9, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 255};
	uint32_t number = random_next() % 4 == 0 ? random_next() % 4096 : random_next() % 4;
	uint32_t size = random_next() % 4 == 0 ? random_next() % 256 : 32;

	return names[random_next() % (sizeof names / sizeof names[0])] | size << 8 | number << 16 |
	       (random_next() % 4 != 0) << 28 | (random_next() % 8 == 0) << 29 |
	       (random_next() % 4 == 0) << 30 | (random_next() % 16 == 0) << 31;
}

static uint32_t random_body_word(void)
{
	switch (random_next() % 6) {
	case 0:
		return random_type_word();
	case 1:
		return random_name();
	case 2:
		return random_next();
	case 3:
		return 0x08048000 + random_next() % 0x20000;
	case 4:
		return random_next() % 0x10000;
	default:
		return 0x10012002; /* one integer: what most requests have */
	}
}

struct random_message {
	mach_msg_header_t head;
	uint32_t body[256];
};

static void send_random(volatile uint32_t *count)
{
	static struct random_message message;
	uint32_t bits =
		random_next() % 3 == 0 ? random_next() % 32 | random_next() % 32 << 8 : 0x1513;

	message.head.msgh_bits = bits | (random_next() % 2 ? MACH_MSGH_BITS_COMPLEX : 0) |
				 (random_next() % 32 == 0 ? random_next() & 0x7fff0000 : 0);
	message.head.msgh_size = random_next();
	message.head.msgh_remote_port = random_name();
	message.head.msgh_local_port = random_name();
	message.head.msgh_seqno = random_next();
	message.head.msgh_id = (mach_msg_id_t)random_id();
	for (uint32_t i = 0; i < 64; i++) {
		message.body[i] = random_body_word();
	}
	(*count)++;
	(void)mach_msg_trap(&message.head,
			    MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_RCV_MSG | MACH_RCV_TIMEOUT |
				    (random_next() % 16 == 0 ? random_next() & 0xfff : 0),
			    random_size(), random_next() % 8 == 0 ? random_size() : 1024,
			    random_name(), random_next() % 2, random_name());
}

static int sender(void *argument)
{
	volatile uint32_t *count = argument;
	uint32_t stop_at = *count + 2000;

	random_state = 77 + *count;
	for (int i = 0; i < 10; i++) {
		(void)port_new_send();
	}
	(void)set_new();
	while (*count < stop_at) {
		send_random(count);
	}
	return 0;
}

/* A second task, suspended, that the messages may do anything to. */
static mach_port_t victim_new(void)
{
	mach_port_t victim = MACH_PORT_NULL;

	NEED_KR(task_create(SELF, TRUE, &victim));
	return victim;
}

int main(int argc, char **argv)
{
	vm_address_t count = 0x70000000; /* away from what random addresses hit */
	int children = 0;

	test_begin(argc, argv, "hostile_messages");
	NEED_KR(vm_allocate(SELF, &count, 0x1000, FALSE));
	NEED_KR(vm_inherit(SELF, count, 0x1000, VM_INHERIT_SHARE));
	while (*(volatile uint32_t *)count < MESSAGES && children++ < 1000) {
		struct test_task task;
		mach_port_t victim = victim_new();
		uint32_t before = 0;

		test_task_create(&task, sender, (void *)count);
		NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
		test_task_give(&task, VICTIM, victim, MACH_MSG_TYPE_COPY_SEND);
		test_task_run(&task);
		do {
			before = *(volatile uint32_t *)count;
			test_sleep_ms(50);
		} while (*(volatile uint32_t *)count != before);
		test_task_kill(&task);
		(void)task_terminate(victim);
		NEED_KR(mach_port_deallocate(SELF, victim));
		(*(volatile uint32_t *)count)++; /* another seed, whatever happened */
	}
	test_note("%u messages by %d children", *(volatile uint32_t *)count, children);
	CHECK(*(volatile uint32_t *)count >= MESSAGES);
	NEED_KR(vm_deallocate(SELF, count, 0x1000));
	test_end();
}
