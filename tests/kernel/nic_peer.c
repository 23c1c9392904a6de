/* TEST: oracle=no network=two-ne2000 */
/* Two peers on a wire that may lose, double, mix up and spoil frames: one asks until it is
   answered, the other answers. Booted alone, both are in this machine; with role=ask or role=answer
   only one is (tests/system/test_segment.py has the other one). */
#include "lib/nic.h"

#define QUESTIONS       300u
#define LAST_QUESTION   0x7fffffffu /* after it the other one may end */
#define AGAIN_MS        20u
#define TRIES_MAX       2000u
#define IDLE_MS         1000u
#define IDLE_ROUNDS_MAX 100u

static struct test_nic asking;
static struct test_nic answering;
static uint32_t tries;
static uint32_t answered;

static const uint8_t everybody[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static uint8_t peer[NIC_ADDRESS_BYTES];

static void send(struct test_nic *nic, const uint8_t *to, uint32_t number, uint32_t bytes)
{
	uint8_t frame[NIC_FRAME_BYTES_MAX];

	test_frame_make(frame, to, nic->card.nic.status->address, number, bytes);
	(void)nic_transmit(&nic->card.nic, test_now_ms(), frame, bytes);
}

/* Frames within the time, or of a poll that was due anyway. */
static uint32_t frames_within(struct test_nic *nic, mach_msg_timeout_t time_ms)
{
	int count = test_nic_wait(nic, time_ms);

	return count >= 0 ? (uint32_t)count : test_nic_poll(nic);
}

static uint32_t more_frames(struct test_nic *nic, uint32_t count)
{
	return count == TEST_NIC_BURST ? test_nic_poll(nic) : 0;
}

static uint32_t length_of(uint32_t number)
{
	return NIC_FRAME_BYTES_PADDED +
	       number * 97 % (NIC_FRAME_BYTES_MAX - NIC_FRAME_BYTES_PADDED + 1);
}

/* Is the answer to a question among these frames? Learns who gave it. */
static boolean_t find_answer(const struct test_nic *nic, uint32_t count, uint32_t number)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct nic_frame *frame = &nic->frames[i];
		if (frame->bytes == length_of(number) &&
		    test_frame_number(frame->data, frame->bytes) == (int)number) {
			memcpy(peer, frame->data + NIC_ADDRESS_BYTES, sizeof peer);
			return TRUE;
		}
	}
	return FALSE;
}

static boolean_t ask(struct test_nic *nic, const uint8_t *to, uint32_t number)
{
	for (uint32_t i = 0; i < TRIES_MAX; i++) {
		uint64_t end_ms = test_now_ms() + AGAIN_MS;
		tries++;
		send(nic, to, number, length_of(number));
		while (test_now_ms() < end_ms) {
			uint32_t count = frames_within(nic, AGAIN_MS);
			for (; count > 0; count = more_frames(nic, count)) {
				if (find_answer(nic, count, number)) {
					return TRUE;
				}
			}
		}
	}
	return FALSE;
}

/* Answers what is whole; the last question is answered for as long as it is asked. */
static void answer(void *argument)
{
	struct test_nic *nic = argument;
	boolean_t ending = FALSE;
	uint32_t idle = 0;

	while (idle < (ending ? 1 : IDLE_ROUNDS_MAX)) {
		uint32_t count = frames_within(nic, IDLE_MS);
		idle = count == 0 ? idle + 1 : 0;
		for (; count > 0; count = more_frames(nic, count)) {
			for (uint32_t i = 0; i < count; i++) {
				const struct nic_frame *frame = &nic->frames[i];
				int number = test_frame_number(frame->data, frame->bytes);
				if (number < 0) {
					continue;
				}
				send(nic, frame->data + NIC_ADDRESS_BYTES, (uint32_t)number,
				     frame->bytes);
				answered++;
				ending |= (uint32_t)number == LAST_QUESTION;
			}
		}
	}
}

static void ask_all(void)
{
	test_group_begin("every question is answered");
	for (uint32_t number = 0; number < QUESTIONS; number++) {
		CHECK(ask(&asking, number == 0 ? everybody : peer, number));
	}
	CHECK(ask(&asking, peer, LAST_QUESTION));
	test_group_end();
	test_note("%u frames for %u questions, %u interrupts", tries, QUESTIONS + 1,
		  asking.interrupts);
}

static void open_one(struct test_nic *nic)
{
	uint32_t base = 0;
	uint32_t line = 0;

	if (!test_nic_find_pci(&base, &line) && !test_nic_find_isa(&base, &line)) {
		test_bail_out("there is no NE2000");
	}
	test_nic_open(nic, base, line);
	test_note("ready");
}

static void both(void)
{
	struct test_thread thread;
	uint32_t base = 0;
	uint32_t line = 0;

	open_one(&asking);
	CHECK(test_nic_find_isa(&base, &line));
	test_nic_open(&answering, base, line);
	test_thread_start(&thread, answer, &answering);
	ask_all();
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(answered >= QUESTIONS + 1, TRUE);
	test_nic_close(&asking);
	test_nic_close(&answering);
}

int main(int argc, char **argv)
{
	const char *role = NULL;

	test_begin(argc, argv, "nic_peer");
	role = test_argument("role");
	if (role == NULL) {
		both();
	} else if (strcmp(role, "ask") == 0) {
		open_one(&asking);
		ask_all();
		test_nic_close(&asking);
	} else {
		open_one(&answering);
		answer(&answering);
		CHECK(answered > 0);
		test_note("%u answers", answered);
		test_nic_close(&answering);
	}
	test_end();
}
