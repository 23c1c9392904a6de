/* TEST: oracle=yes */
/* Every routine of every subsystem, asked wrongly: all refuse in the same words, and no other id is
 * a routine. */
#include "lib/msg.h"
#include <mach/mig_errors.h>
#include <mach/mig_support.h>

#define END           0xff
#define SUBSYSTEM_IDS 100

struct subsystem {
	const char *name;
	mach_msg_id_t base;
	uint8_t known[64]; /* offsets; END ends them */
	uint8_t newer[8];  /* offsets of routines that only one of the kernels has */
};

static const struct subsystem subsystems[] = {
	{
		"mach",
		2000,
		{7,  8,  9,  10, 11, 12, 16, 17, 18, 19, 21, 23, 24, 25, 26,
		 27, 28, 29, 30, 33, 34, 39, 40, 41, 44, 56, 57, 58, 59, 61,
		 62, 63, 64, 67, 68, 70, 71, 89, 90, 92, 93, 94, 95, 99, END},
		{END},
	},
	{
		"mach_host",
		2600,
		{0,  3,  4,  6,  8,  9,  11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
		 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, END},
		{43, 44, 45, 46, 47, 48, 49, END},
	},
	{
		"device",
		2800,
		{0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, END},
		{END},
	},
	{
		"mach_debug",
		3000,
		{7, 9, 11, 14, 15, 16, 18, 19, 20, 21, 22, END},
		{17, 23, 24, END},
	},
	{
		"mach_port",
		3200,
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 22, END},
		{23, END},
	},
	{
		"mach_i386",
		3800,
		{3, 4, 5, 6, 7, 8, END},
		{9, END},
	},
	{
		"mach4",
		4000,
		{10, 11, END},
		{0, 1, 2, 3, 4, 5, END}, /* its profiling, which ours has not */
	},
	{
		"gnumach",
		4200,
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, END},
		{12, 13, 14, 15, 16, END},
	},
};

static struct msg msg;

static boolean_t among(const uint8_t *offsets, int offset)
{
	while (*offsets != END) {
		if (*offsets++ == offset) {
			return TRUE;
		}
	}
	return FALSE;
}

/* Sends the message as it stands, receives the reply: its code, or another result of mach_msg. */
static kern_return_t answer(mach_port_t reply, mach_msg_id_t id)
{
	mach_msg_return_t result =
		mach_msg(&msg.head, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, msg.size,
			 sizeof msg.head + sizeof msg.body, reply, 2000, MACH_PORT_NULL);

	if (result != MACH_MSG_SUCCESS) {
		return result;
	}
	CHECK_EQ(msg.head.msgh_id, id + 100);
	CHECK_EQ(msg.head.msgh_size, sizeof(mig_reply_header_t));
	msg.size = msg.head.msgh_size;
	msg.read = sizeof msg.head;
	return (kern_return_t)msg_item_int(&msg);
}

/* `words` words that are no type words of any routine. */
static kern_return_t ask(mach_port_t port, mach_msg_id_t id, unsigned int words)
{
	static const uint32_t junk = 0x1f00ff77;
	mach_port_t reply = mig_get_reply_port();

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
	for (unsigned int i = 0; i < words; i++) {
		msg_add_words(&msg, &junk, 1);
	}
	return answer(reply, id);
}

static void check_subsystem(const struct subsystem *subsystem, mach_port_t port)
{
	test_group_begin(subsystem->name);
	for (int offset = 0; offset < SUBSYSTEM_IDS; offset++) {
		mach_msg_id_t id = subsystem->base + offset;

		if (among(subsystem->newer, offset)) {
			continue;
		}
		kern_return_t expected =
			among(subsystem->known, offset) ? MIG_BAD_ARGUMENTS : MIG_BAD_ID;
		CHECK_KR(ask(port, id, 1), expected);
		CHECK_KR(ask(port, id, 40), expected);
		CHECK_KR(ask(port, id, 1500), expected);
	}
	test_group_end();
}

/* Other subsystems' ids: the kernel sends those messages or answers none of them. */
static void check_others(mach_port_t port)
{
	static const mach_msg_id_t ids[] = {0,    1,    -1,   1999, 2250, 2275,      2400,
					    2500, 2900, 3100, 4400, 5000, 0x7fffffff};

	test_group_begin("ids of no routine");
	for (unsigned int i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		CHECK_KR(ask(port, ids[i], 1), MIG_BAD_ID);
		CHECK_KR(ask(port, ids[i], 0), MIG_BAD_ID);
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	mach_port_t host;

	test_begin(argc, argv, "routines_refused");
	host = mach_host_self();
	for (unsigned int i = 0; i < sizeof subsystems / sizeof subsystems[0]; i++) {
		check_subsystem(&subsystems[i], mach_task_self());
		check_subsystem(&subsystems[i], host);
	}
	check_others(host);
	test_end();
}
