/* The rules of the process server: ids, parents and children, restarts, the log, /etc/servers,
   grants, crash reports. LINK: servers/process/ids_core.c servers/process/family_core.c
   servers/process/restart_core.c servers/process/log_core.c servers/process/servers_core.c
   servers/process/grant_core.c servers/process/report_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../servers/process/family_core.h"
#include "../../servers/process/grant_core.h"
#include "../../servers/process/ids_core.h"
#include "../../servers/process/log_core.h"
#include "../../servers/process/report_core.h"
#include "../../servers/process/restart_core.h"
#include "../../servers/process/servers_core.h"
#include "tap.h"

/* ----------------------------------------------------------------------------------------- ids */

static void check_ids(void)
{
	static struct ids ids;
	static bool used[IDS_SERIAL_MAX + 1];
	uint32_t distinct = 0, order = 0;

	ids_init(&ids, 5);
	for (uint32_t i = 0; i < IDS_SERIAL_MAX; i++) {
		uint32_t id = ids_take(&ids);

		distinct += id >> 16 == 5 && (id & 0xffff) >= 1 &&
			    (id & 0xffff) <= IDS_SERIAL_MAX && !used[id & IDS_SERIAL_MAX];
		used[id & IDS_SERIAL_MAX] = true;
	}
	CHECK(distinct == IDS_SERIAL_MAX, "every serial once");
	CHECK(ids_take(&ids) == IDS_NONE, "then none");
	ids_give(&ids, 5 << 16 | 77);
	ids_give(&ids, 5 << 16 | 3);
	CHECK(ids_take(&ids) == (5 << 16 | 77) && ids_take(&ids) == (5 << 16 | 3),
	      "given back first, used again first");
	CHECK(ids_take(&ids) == IDS_NONE, "and none again");
	ids_init(&ids, 1);
	(void)ids_take(&ids);
	ids_give(&ids, 1 << 16 | 1);
	for (uint32_t i = 2; i <= IDS_SERIAL_MAX; i++) {
		order += ids_take(&ids) == (1u << 16 | i);
	}
	CHECK(order == IDS_SERIAL_MAX - 1 && ids_take(&ids) == (1 << 16 | 1),
	      "one that was given back comes after all others");
}

/* -------------------------------------------------------------------------------------- family */

#define MEMBERS 60u

struct model {
	bool there;
	uint32_t parent; /* index + 1; 0: none */
};

static bool model_descends(const struct model *models, uint32_t member, uint32_t ancestor)
{
	for (uint32_t at = models[member].parent; at != 0; at = models[at - 1].parent) {
		if (at - 1 == ancestor) {
			return true;
		}
	}
	return false;
}

static uint32_t model_children(const struct model *models, uint32_t parent)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < MEMBERS; i++) {
		count += models[i].there && models[i].parent == parent + 1;
	}
	return count;
}

/* A member leaves: its children first become nobody's. */
static void family_leave(struct family *family, struct family_member *members, struct model *models,
			 uint32_t index)
{
	struct family_member *child = NULL;

	while ((child = family_orphan(&members[index])) != NULL) {
		models[child - members].parent = 0;
	}
	family_remove(family, &members[index]);
	models[index].there = false;
}

static void check_family(void)
{
	static struct family family;
	static struct family_member members[MEMBERS];
	static struct model models[MEMBERS];
	uint64_t seed = 11;
	uint32_t wrong = 0;

	for (uint32_t step = 0; step < 20000; step++) {
		uint32_t index = (uint32_t)(tap_random(&seed) % MEMBERS);
		uint32_t other = (uint32_t)(tap_random(&seed) % MEMBERS);

		if (models[index].there && tap_random(&seed) % 3 == 0) {
			family_leave(&family, members, models, index);
		} else if (!models[index].there) {
			bool parent = models[other].there;

			/* Ids that share a bucket. */
			members[index] = (struct family_member){.id = index * FAMILY_BUCKETS + 7};
			family_add(&family, &members[index], parent ? &members[other] : NULL);
			models[index] = (struct model){true, parent ? other + 1 : 0};
		}
		if (models[index].there) {
			wrong += family_find(&family, members[index].id) != &members[index];
			wrong += members[index].children != model_children(models, index);
		} else {
			wrong += family_find(&family, index * FAMILY_BUCKETS + 7) != NULL;
		}
		if (models[index].there && models[other].there) {
			bool child = models[index].parent == other + 1;

			wrong += family_descends(&members[index], &members[other]) !=
				 model_descends(models, index, other);
			wrong += (family_child(&members[other], members[index].id, false) !=
				  NULL) != child;
		}
	}
	CHECK(wrong == 0, "20000 steps as the model says (seed 11, %u differences)", wrong);
}

static void check_children(void)
{
	static struct family family;
	struct family_member parent = {.id = 1}, one = {.id = 2}, two = {.id = 3};

	family_add(&family, &parent, NULL);
	CHECK(family_child(&parent, FAMILY_ANY, false) == NULL, "no child");
	family_add(&family, &one, &parent);
	family_add(&family, &two, &parent);
	two.ended = true;
	CHECK(family_child(&parent, FAMILY_ANY, true) == &two, "any that ended");
	CHECK(family_child(&parent, 2, true) == NULL && family_child(&parent, 2, false) == &one,
	      "one that has not");
	CHECK(family_child(&parent, 1, false) == NULL, "nobody is his own child");
	parent.children = CHILDREN_MAX;
	CHECK(!family_has_room(&family, &parent, false) &&
		      family_has_room(&family, &parent, true) &&
		      family_has_room(&family, &one, false),
	      "children are bounded, but an administrator's are not");
	family.count = FAMILY_MAX - FAMILY_SPARE;
	CHECK(!family_has_room(&family, &one, false) && !family_has_room(&family, NULL, false),
	      "a bomb of processes ends before the table does");
	CHECK(family_has_room(&family, NULL, true) && family_has_room(&family, &one, true),
	      "so that servers come again, and an administrator ends it");
	family.count = FAMILY_MAX;
	CHECK(!family_has_room(&family, NULL, true), "and the table is what it is");
}

/* ------------------------------------------------------------------------------------- restart */

static void check_restart(void)
{
	struct restart restart = {0};
	uint32_t delay = 0, expected = RESTART_FIRST_MS, good = 0;
	uint64_t now = 1000;

	for (uint32_t i = 1; i < RESTART_FAILURES; i++) {
		restart_started(&restart, now);
		now += 5;
		good += restart_ended(&restart, now, &delay) && delay == expected;
		now += delay;
		expected = 2 * expected < RESTART_MOST_MS ? 2 * expected : RESTART_MOST_MS;
	}
	CHECK(good == RESTART_FAILURES - 1, "each wait is twice the last, up to a limit");
	restart_started(&restart, now);
	CHECK(!restart_ended(&restart, now + 5, &delay), "then it is given up");
	restart_forget(&restart);
	restart_started(&restart, now);
	CHECK(restart_ended(&restart, now + 1, &delay) && delay == RESTART_FIRST_MS,
	      "a fresh beginning");
	restart_started(&restart, now);
	CHECK(restart_ended(&restart, now + RESTART_STEADY_MS, &delay) && delay == RESTART_FIRST_MS,
	      "who ran long begins a new row");
	restart_started(&restart, now);
	CHECK(restart_ended(&restart, now + RESTART_STEADY_MS - 1, &delay) &&
		      delay == 2 * RESTART_FIRST_MS,
	      "a moment less does not");
}

/* ----------------------------------------------------------------------------------------- log */

static void check_log(void)
{
	static struct log_ring ring;
	static char big[LOG_RING_BYTES + 100], back[LOG_RING_BYTES];
	uint64_t position = 0;

	log_write(&ring, "hello\n", 6);
	CHECK(log_read(&ring, &position, back, 3) == 3 && memcmp(back, "hel", 3) == 0 &&
		      position == 3,
	      "a piece");
	CHECK(log_read(&ring, &position, back, 100) == 3 && memcmp(back, "lo\n", 3) == 0 &&
		      position == 6,
	      "the rest");
	CHECK(log_read(&ring, &position, back, 100) == 0 && position == 6, "nothing new");
	position = 1000;
	CHECK(log_read(&ring, &position, back, 100) == 0 && position == 6, "the future is now");
	for (uint32_t i = 0; i < sizeof big; i++) {
		big[i] = (char)('a' + i % 26);
	}
	log_write(&ring, big, sizeof big);
	position = 0;
	CHECK(log_read(&ring, &position, back, sizeof back) == LOG_RING_BYTES &&
		      memcmp(back, big + 100, LOG_RING_BYTES) == 0 && position == 6 + sizeof big,
	      "an overflow drops the oldest");
}

static void check_lines(void)
{
	struct log_line line = {0};
	char wide[LOG_LINE_BYTES + 10];
	uint32_t taken = 0;

	CHECK(!log_line_add(&line, "ab", 2, &taken) && taken == 2, "half a line");
	CHECK(log_line_add(&line, "c\ndef", 5, &taken) && taken == 2 && line.bytes == 3 &&
		      memcmp(line.text, "abc", 3) == 0,
	      "the other half");
	line.bytes = 0;
	CHECK(log_line_add(&line, "\033[2J\tx\0\177\n", 9, &taken) && line.bytes == 8 &&
		      memcmp(line.text, "?[2J\tx??", 8) == 0,
	      "what is no text");
	line.bytes = 0;
	memset(wide, 'w', sizeof wide);
	char forged[] = "f\n[    1.000] process: gr\303\274n\033[2J\302\2332J";

	log_make_plain(forged, sizeof forged - 1);
	CHECK(strcmp(forged, "f?[    1.000] process: gr\303\274n?[2J\302?2J") == 0,
	      "a name in a line is no line, and no escape sequence: \"%s\"", forged);
	CHECK(log_line_add(&line, wide, sizeof wide, &taken) && taken == LOG_LINE_BYTES,
	      "a long line comes in parts");
}

/* ------------------------------------------------------------------------------------- servers */

static struct servers_entry entries[SERVERS_MAX];

static uint32_t parse(const char *text, struct servers_error *error)
{
	return servers_parse(text, (uint32_t)strlen(text), entries, error);
}

static void check_servers(void)
{
	struct servers_error error;
	uint32_t count =
		parse("# comment\n\nfile /servers/file essential 8192\n"
		      "  prompt\t/bin/prompt restart unlimited program administrator -- 0 xy",
		      &error);

	CHECK(count == 2 && error.text == NULL, "two servers");
	CHECK(strcmp(entries[0].name, "file") == 0 &&
		      strcmp(entries[0].path, "servers/file") == 0 &&
		      entries[0].policy == SERVERS_ESSENTIAL && entries[0].pages == 8192 &&
		      !entries[0].administrator && !entries[0].program &&
		      entries[0].arguments_bytes == 14 &&
		      memcmp(entries[0].arguments, "/servers/file\0", 14) == 0,
	      "the first");
	CHECK(entries[1].pages == SERVERS_UNLIMITED && entries[1].administrator &&
		      entries[1].program && entries[1].policy == SERVERS_RESTART &&
		      entries[1].arguments_bytes == 17 &&
		      memcmp(entries[1].arguments,
			     "/bin/prompt\0"
			     "0\0xy\0",
			     17) == 0,
	      "the second, with arguments");
}

static void check_servers_refused(void)
{
	static const char *const lines[] = {
		"a",
		"a /b",
		"a /b once",
		"A /b once 1",
		"a b once 1",
		"a / once 1",
		"a /b never 1",
		"a /b once 0",
		"a /b once x",
		"a /b once 99999999999",
		"a /b once 1 word",
		"abcdefghijklmnopqrstuvwxyz0123456789 /b once 1",
	};
	struct servers_error error;
	char text[4096];
	uint32_t refused = 0, count = 0;

	for (uint32_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		(void)snprintf(text, sizeof text, "%s\ngood /b once 1\n", lines[i]);
		count = parse(text, &error);
		refused += count == 1 && error.line == 1 && error.text != NULL &&
			   strcmp(entries[0].name, "good") == 0;
	}
	CHECK(refused == sizeof lines / sizeof lines[0], "bad lines are told, others stay");
	CHECK(parse("a /b once 1\na /c once 1\n", &error) == 1 && error.line == 2, "a name twice");
	text[0] = 0;
	for (uint32_t i = 0; i < SERVERS_MAX + 1; i++) {
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "s%u /b once 1\n",
			       i);
	}
	CHECK(parse(text, &error) == SERVERS_MAX && error.line == SERVERS_MAX + 1, "too many");
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "a /b once 1 -- ", 15);
	text[sizeof text - 1] = 0;
	CHECK(parse(text, &error) == 0 && error.text != NULL, "arguments without end");
	CHECK(servers_parse("a /b\0 once 1", 12, entries, &error) == 0 && error.text != NULL,
	      "a zero byte");
}

/* The sanitizers look; what is read must be what its own rules allow. */
static void fuzz_servers(void)
{
	static const char *const words[] = {"\nfile /servers/file once 8192",
					    "file",
					    "/servers/file",
					    "essential",
					    "restart",
					    "once",
					    "8192",
					    "unlimited",
					    "administrator",
					    "program",
					    "--",
					    "#",
					    "\n",
					    "\n",
					    "0",
					    "\t"};
	struct servers_error error;
	uint64_t seed = 12;
	uint32_t wrong = 0, good = 0;

	for (uint32_t round = 0; round < 30000; round++) {
		char text[512];
		uint32_t bytes = 0;

		while (bytes < 400 && tap_random(&seed) % 24 != 0) {
			const char *word =
				words[tap_random(&seed) % (sizeof words / sizeof words[0])];

			memcpy(text + bytes, word, strlen(word));
			bytes += (uint32_t)strlen(word);
			text[bytes++] = tap_random(&seed) % 30 == 0 ? (char)tap_random(&seed) : ' ';
		}
		char *copy = malloc(bytes + 1);
		memcpy(copy, text, bytes);
		uint32_t count = servers_parse(copy, bytes, entries, &error);
		free(copy);
		good += count;
		for (uint32_t i = 0; i < count; i++) {
			wrong += entries[i].pages == 0 || entries[i].name[0] == 0 ||
				 entries[i].path[0] == 0 || entries[i].arguments_bytes == 0 ||
				 entries[i].arguments_bytes > SERVERS_ARGUMENT_BYTES ||
				 entries[i].arguments[entries[i].arguments_bytes - 1] != 0;
		}
	}
	CHECK(wrong == 0 && good > 100, "30000 files (seed 12), %u servers in them", good);
}

/* -------------------------------------------------------------------------------------- grants */

static enum grant_result add(struct grants *grants, uint32_t first, uint32_t count, uint32_t owner,
			     bool shared)
{
	struct grant grant = {1, first, count, owner, shared};

	return grant_add(grants, &grant, 0xffff);
}

static void check_grants(void)
{
	static struct grants grants;
	struct grant other_kind = {2, 0x300, 32, 9, false};

	CHECK(add(&grants, 0x300, 32, 1, false) == GRANT_NEW, "a range");
	CHECK(add(&grants, 0x300, 32, 1, false) == GRANT_KNOWN, "again");
	CHECK(add(&grants, 0x31f, 1, 2, false) == GRANT_TAKEN &&
		      add(&grants, 0x2ff, 2, 2, false) == GRANT_TAKEN &&
		      add(&grants, 0, 0x10000, 2, false) == GRANT_TAKEN,
	      "a part of it for another");
	CHECK(add(&grants, 0x320, 1, 2, false) == GRANT_NEW &&
		      add(&grants, 0x2ff, 1, 2, false) == GRANT_NEW,
	      "its neighbours");
	CHECK(grant_add(&grants, &other_kind, 0xffff) == GRANT_NEW, "another kind");
	CHECK(add(&grants, 0, 0, 3, false) == GRANT_INVALID &&
		      add(&grants, 0xffff, 2, 3, false) == GRANT_INVALID &&
		      add(&grants, 0xffffffff, 2, 3, false) == GRANT_INVALID,
	      "nothing, or beyond the end");
	CHECK(add(&grants, 11, 1, 4, true) == GRANT_NEW &&
		      add(&grants, 11, 1, 5, true) == GRANT_NEW,
	      "a shared line");
	CHECK(add(&grants, 11, 1, 6, false) == GRANT_TAKEN, "but not for one who wants it alone");
}

/* No number ever has two owners. */
static void model_grants(void)
{
	static struct grants grants;
	static uint8_t owners[64];
	uint64_t seed = 13;
	uint32_t wrong = 0;

	for (uint32_t step = 0; step < 2000; step++) {
		uint32_t first = (uint32_t)(tap_random(&seed) % 70);
		uint32_t count = (uint32_t)(tap_random(&seed) % 6);
		uint32_t owner = 1 + (uint32_t)(tap_random(&seed) % 3);
		struct grant grant = {1, first, count, owner, false};
		bool possible = count > 0 && first + count <= 64, taken = false;

		for (uint32_t i = first; possible && i < first + count; i++) {
			taken |= owners[i] != 0 && owners[i] != owner;
		}
		enum grant_result result = grant_add(&grants, &grant, 63);
		bool granted = result == GRANT_NEW || result == GRANT_KNOWN;

		wrong += result != GRANT_FULL && granted != (possible && !taken);
		for (uint32_t i = first; granted && i < first + count; i++) {
			owners[i] = (uint8_t)owner;
		}
	}
	CHECK(wrong == 0, "2000 requests as the model says (seed 13)");
}

/* -------------------------------------------------------------------------------------- reports */

static char report[8192];

static void take_line(void *context, const char *text)
{
	(void)context;
	strcat(report, text);
	strcat(report, "\n");
}

static uint32_t stack[64]; /* at address 0x1000 */

static bool read_stack(void *context, uint32_t address, uint32_t *word)
{
	(void)context;
	if (address < 0x1000 || address >= 0x1000 + sizeof stack || (address & 3) != 0) {
		return false;
	}
	*word = stack[(address - 0x1000) / 4];
	return true;
}

static void name_address(void *context, uint32_t address, char *text, uint32_t bytes)
{
	(void)context;
	(void)snprintf(text, bytes, address < 0x500 ? "low+0x%x" : "", address);
}

static uint32_t count_text(const char *text)
{
	uint32_t count = 0;

	for (const char *at = report; (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	return count;
}

static void check_reports(void)
{
	const struct report_source source = {read_stack, name_address, take_line, NULL};
	struct i386_thread_state state = {.eip = 0x400, .ebp = 0x1000, .uesp = 0xbffff000};
	struct report_crash crash = {"unix", 0x50003, 1, 1, 0x10, &state};

	stack[0] = 0x1010; /* frame: the next, the return address */
	stack[1] = 0x411;
	stack[4] = 0;
	stack[5] = 0x900;
	report_write(&source, &crash);
	CHECK(strncmp(report,
		      "unix (process 327683) ended by EXC_BAD_ACCESS, code 0x1, subcode 0x10, at "
		      "0x00000400\n",
		      85) == 0,
	      "the sentence");
	CHECK(strstr(report, " esp bffff000") != NULL && strstr(report, " eip 00000400") != NULL,
	      "registers");
	CHECK(strstr(report, " #0 0x00000400 low+0x400\n #1 0x00000411 low+0x410\n"
			     " #2 0x00000900\n") != NULL,
	      "frames, with names as far as there are any");
	report[0] = 0;
	stack[0] = 0x1000; /* leads to itself */
	report_write(&source, &crash);
	CHECK(count_text(" #") == 2, "a chain that goes round ends");
	report[0] = 0;
	for (uint32_t i = 0; i < 64; i += 2) {
		stack[i] = 0x1000 + 4 * (i + 2);
		stack[i + 1] = 0x600;
	}
	report_write(&source, &crash);
	CHECK(count_text(" #") == REPORT_FRAMES_MAX, "a long one, too");
	report[0] = 0;
	crash.registers = NULL;
	crash.exception = 77;
	report_write(&source, &crash);
	CHECK(strcmp(report, "unix (process 327683) ended by an unknown exception, code 0x1, "
			     "subcode 0x10\n") == 0,
	      "without registers");
}

int main(void)
{
	check_ids();
	check_family();
	check_children();
	check_restart();
	check_log();
	check_lines();
	check_servers();
	check_servers_refused();
	fuzz_servers();
	check_grants();
	model_grants();
	check_reports();
	return tap_done();
}
