/* tools/segment: its commands: what each sets, every way to say it wrongly, and any bytes.
   LINK: tools/segment/segment_core.c tools/segment/command.c */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/segment/command.h"
#include "tap.h"

static struct segment *segment;
static struct command_reply reply;
static uint32_t frames_seen;
static char captured[64];
static int capture_error;

static int capture(void *context, const char *path)
{
	(void)context;
	(void)snprintf(captured, sizeof captured, "%s", path != NULL ? path : "(end)");
	return capture_error;
}

static void frame_seen(void *context, const uint8_t *data, uint32_t bytes)
{
	(void)context;
	frames_seen += data != NULL && bytes >= SEGMENT_FRAME_BYTES_MIN;
}

static const struct command_hooks hooks = {.capture = capture, .frame = frame_seen};

static bool say(const char *line)
{
	static char copy[COMMAND_LINE_MAX];
	(void)snprintf(copy, sizeof copy, "%s", line);
	command_execute(segment, &hooks, 1000, copy, &reply);
	return !reply.failed;
}

static bool answers(const char *line, const char *text)
{
	bool right = say(line) && strcmp(reply.text, text) == 0;
	if (!right) {
		printf("# %s: %s\n", line, reply.text);
	}
	return right;
}

#define CLEAR "loss=0 duplicate=0 reorder=0 reorder_us=5000 corrupt=0 delay_us=0 jitter_us=0 rate=0"

static void test_faults(void)
{
	CHECK(answers("show 1 2", "cut=0 " CLEAR), "at first there are no faults");
	CHECK(answers("loss * * 0.2", "") && answers("duplicate 1 2 5%", "") &&
		      answers("corrupt 1 2 1", "") && answers("reorder 1 2 0.5 700", "") &&
		      answers("delay 1 2 1500 300", "") && answers("rate 1 2 1250000", ""),
	      "each kind is set");
	CHECK(answers("show 1 2", "cut=0 loss=0.2 duplicate=0.05 reorder=0.5 reorder_us=700 "
				  "corrupt=1 delay_us=1500 jitter_us=300 rate=1250000"),
	      "on one link");
	CHECK(say("show 2 1") && strncmp(reply.text, "cut=0 loss=0.2 duplicate=0 ", 27) == 0,
	      "the other way has what was for all");
	CHECK(answers("delay 1 2 7", "") && answers("reorder 1 2 0", "") && say("show 1 2") &&
		      strstr(reply.text, "delay_us=7 jitter_us=0") != NULL &&
		      strstr(reply.text, "reorder=0 reorder_us=5000") != NULL,
	      "what is not said is as at first");
	CHECK(answers("clear 1 *", "") && answers("show 1 2", "cut=0 " CLEAR) && say("show 2 1") &&
		      strstr(reply.text, "loss=0.2") != NULL,
	      "cleared for one node");
	CHECK(answers("clear", "") && answers("show 2 1", "cut=0 " CLEAR), "and for all");
	CHECK(answers("loss 1 2 0.000001", "") && segment->link[1][2].faults.loss == 1,
	      "a millionth");
	CHECK(answers(" loss\t1 2  100% ", "") &&
		      segment->link[1][2].faults.loss == SEGMENT_CERTAIN,
	      "blanks do not matter");
	CHECK(answers("clear", ""), "cleared");
}

static void test_cuts(void)
{
	CHECK(answers("cut 1 2", "") && segment->link[1][2].cut && !segment->link[2][1].cut,
	      "one way is cut");
	CHECK(answers("heal 1 2", "") && !segment->link[1][2].cut, "and healed");
	CHECK(answers("cut * 3", "") && segment->link[1][3].cut && !segment->link[3][1].cut,
	      "all to one");
	CHECK(answers("partition 1,2/3", "") && !segment->link[1][2].cut &&
		      segment->link[1][3].cut && segment->link[3][4].cut && segment->link[4][1].cut,
	      "a partition; node 4 is not named");
	CHECK(answers("partition 1,3", "") && !segment->link[1][3].cut && segment->link[1][2].cut &&
		      !segment->link[2][4].cut,
	      "another one replaces it");
	CHECK(answers("heal", "") && !segment->link[1][2].cut, "all is healed");
}

static void test_segment(void)
{
	CHECK(answers("settings", "nodes=4 seed=42 mode=hub queue=4096"), "the settings");
	CHECK(answers("switch", "") && answers("queue 17", "") && answers("seed 9", "") &&
		      answers("settings", "nodes=4 seed=9 mode=switch queue=17"),
	      "may be changed");
	CHECK(answers("hub", "") && answers("queue 4096", ""), "and back");
	CHECK(answers("pcap some.file", "") && strcmp(captured, "some.file") == 0 &&
		      answers("pcap off", "") && strcmp(captured, "(end)") == 0,
	      "a capture");
	capture_error = EBUSY;
	CHECK(!say("pcap other") && strstr(reply.text, strerror(EBUSY)) != NULL, "that fails");
	capture_error = 0;
	CHECK(say("quit") && reply.quit, "the end");
}

static void test_attacks(void)
{
	const char *frame = "inject 1 * ffffffffffff02000000000188b5AbCd";
	uint8_t got[SEGMENT_FRAME_BYTES_MAX];
	CHECK(answers(frame, "") && frames_seen == 1, "a frame is made");
	segment_advance(segment, 1000);
	CHECK(segment_next(segment, 2, got) == 16 && got[14] == 0xab && got[15] == 0xcd,
	      "and it is that frame");
	CHECK(answers("stats 1 2", "sent=0 offered=1 delivered=0 lost=0 cut=0 overflow=0 refused=0 "
				   "absent=0 waiting=1 duplicated=0 reordered=0 corrupted=0 bad=0"),
	      "the account of a link");
	CHECK(say("stats") && strncmp(reply.text, "sent=0 offered=3 ", 17) == 0, "of all");
	for (uint32_t i = 0; i < 5; i++) {
		(void)segment_send(segment, 1000, 3, got, 60);
	}
	CHECK(answers("replay 3 * 2", "frames=2") && answers("replay 3 1 128", "frames=5") &&
		      answers("replay 2 1 3", "frames=0") && frames_seen == 8,
	      "a replay says how many");
	CHECK(say("stats 3 1") && strncmp(reply.text, "sent=5 offered=12 ", 18) == 0, "counted");
	CHECK(answers("inject 1 1 ffffffffffff02000000000188b5", "") && say("stats 1 1") &&
		      strncmp(reply.text, "sent=0 offered=1 ", 17) == 0,
	      "a frame back to its sender");
}

static const char *const bad_lines[] = {
	"",
	" ",
	"lose 1 2 0.5",
	"Loss 1 2 0.5",
	"loss",
	"loss 1",
	"loss 1 2",
	"loss 1 2 0.5 3",
	"loss 1 1 0.5",
	"loss 0 2 0.5",
	"loss 5 2 0.5",
	"loss -1 2 0.5",
	"loss 1 2x 0.5",
	"loss 1 ** 0.5",
	"loss 00000000000000000001 2 0.5",
	"loss 1 2 1.1",
	"loss 1 2 101%",
	"loss 1 2 -0.1",
	"loss 1 2 half",
	"loss 1 2 0x1",
	"loss 1 2 nan",
	"loss 1 2 inf",
	"loss 1 2 1e99",
	"loss 1 2 0.5%%",
	"loss 1 2 %",
	"duplicate 1 2 2",
	"corrupt 1 2 2",
	"reorder 1 2 2",
	"reorder 1 2 0.5 0",
	"reorder 1 2 0.5 -4",
	"reorder 1 2 0.5 60000001",
	"delay 1 2 60000001",
	"delay 1 2 5 60000001",
	"delay 1 2 5 x",
	"delay 1 2 1.5",
	"rate 1 2 4294967296",
	"rate 1 2 18446744073709551617",
	"rate 1 2 -1",
	"clear 1",
	"clear 2 2",
	"clear 1 2 3",
	"cut 1",
	"cut 1 1",
	"heal 1",
	"heal 1 9",
	"show 1 *",
	"show 3 3",
	"partition",
	"partition ,",
	"partition /",
	"partition 1,",
	"partition 1/",
	"partition 1,,2",
	"partition 1/1",
	"partition 1,*",
	"partition 1,5",
	"partition 1 / 2",
	"replay * 1 5",
	"replay 1 2 129",
	"replay 1 2",
	"inject * 1 ffffffffffff02000000000188b5",
	"inject 1 2",
	"inject 1 2 ff",
	"inject 1 2 ffffffffffff02000000000188b",
	"inject 1 2 ffffffffffff02000000000188bg",
	"inject 1 2 0xffffffffff02000000000188b5",
	"settings now",
	"seed",
	"seed -1",
	"seed 9223372036854775808",
	"queue 0",
	"queue 4097",
	"hub 1",
	"switch on",
	"pcap",
	"pcap a b",
	"quit now",
	"a b c d e f g h",
};

static void test_errors(void)
{
	static struct segment_link before[SEGMENT_NODES_MAX + 1][SEGMENT_NODES_MAX + 1];
	uint32_t seen = frames_seen;
	memcpy(before, segment->link, sizeof before);
	for (uint32_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
		CHECK(!say(bad_lines[i]) && strlen(reply.text) > 10 && !reply.quit,
		      "'%s' is refused: %s", bad_lines[i], reply.text);
	}
	CHECK(memcmp(before, segment->link, sizeof before) == 0 && frames_seen == seen &&
		      answers("settings", "nodes=4 seed=42 mode=hub queue=4096"),
	      "and nothing has changed");
	char line[COMMAND_LINE_MAX] = "inject 1 2 ";
	memset(line + 11, 'a', 2 * SEGMENT_FRAME_BYTES_MAX);
	CHECK(say(line), "the longest frame");
	memset(line + 11, 'a', 2 * SEGMENT_FRAME_BYTES_MAX + 2);
	CHECK(!say(line), "a longer one");
	memset(line, 'a', sizeof line - 1);
	CHECK(!say(line), "a long word");
}

static void test_any_bytes(uint64_t seed)
{
	static const char *const words[] = {
		"loss",   "duplicate", "reorder",  "corrupt",   "delay",  "rate",
		"clear",  "cut",       "heal",     "partition", "replay", "inject",
		"stats",  "show",      "settings", "seed",      "queue",  "hub",
		"switch", "pcap",      "1",        "2",         "*",      "0.5",
		"1,2/3",  "60",        "4",        "99999",     "%",      "ffffffffff"};
	uint64_t state = seed;
	char line[200];
	uint32_t done = 0;
	for (uint32_t i = 0; i < 20000; i++) {
		size_t length = 0;
		uint32_t count = tap_random(&state) % 7;
		for (uint32_t word = 0; word < count; word++) {
			uint32_t which = tap_random(&state) % (sizeof words / sizeof words[0]);
			length += (size_t)snprintf(line + length, sizeof line - length, "%s ",
						   words[which]);
		}
		while (length > 0 && tap_random(&state) % 4 == 0) {
			line[tap_random(&state) % length] = (char)(1 + tap_random(&state) % 255);
		}
		line[length] = 0;
		done += say(line);
		(void)segment_advance(segment, 1000 + i);
	}
	CHECK(done > 100, "seed %llu: %u of 20000 lines were commands", (unsigned long long)seed,
	      done);
}

int main(void)
{
	segment = malloc(sizeof *segment);
	segment_init(segment, 4, 42);
	test_faults();
	test_cuts();
	test_segment();
	segment_init(segment, 4, 42);
	test_attacks();
	test_errors();
	for (uint64_t seed = 1; seed <= 5; seed++) {
		test_any_bytes(seed);
	}
	free(segment);
	return tap_done();
}
