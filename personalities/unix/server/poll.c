/* Waiting for one of many files: poll and select. */
#include "kinds.h"

#define NS 1000000000ll

#define SELECT_FILES_MAX 1024u

struct poll_entry {
	int32_t descriptor;
	uint16_t events;
	uint16_t ready;
};

/* The time limit of a call; it counts from the call's first run. */
struct limit {
	bool none;         /* it waits for ever */
	uint64_t deadline; /* server_now's */
};

/* seconds and rest as the program gave them; "rest_ns": what the rest's unit is. */
static int limit_from(struct request *request, int64_t seconds, int64_t rest, int64_t rest_ns,
		      struct limit *limit)
{
	if (seconds < 0 || rest < 0 || rest >= NS / rest_ns) {
		return -EINVAL;
	}
	if (request->memory == 0) {
		seconds = seconds < NS ? seconds : NS;
		request->memory =
			server_now() + (uint64_t)seconds * NS + (uint64_t)(rest * rest_ns);
	}
	*limit = (struct limit){.deadline = request->memory};
	return 0;
}

/* What is left of it, for the calls that write it back. */
static uint64_t limit_left(const struct limit *limit)
{
	uint64_t now = server_now();

	return limit->deadline > now ? limit->deadline - now : 0;
}

/* The events of a file that are there; notes what a wait for more waits for. */
static uint32_t look(struct request *request, int descriptor, uint32_t events)
{
	struct open_file *file = descriptors_get(request->thread->process, descriptor);
	uint32_t there = POLL_IN | POLL_OUT; /* files, directories: always */

	if (file == NULL) {
		return POLL_BAD;
	}
	if (file->kind->poll != NULL) {
		there = file->kind->poll(request, file, events);
	}
	open_file_release(file);
	return there;
}

/* Nothing was there: the end of the call, or a wait for it. */
static int wait_more(struct request *request, const struct limit *limit)
{
	request->interrupted = -UNIX_ERESTARTNOHAND;
	if (limit->none) {
		return REQUEST_WAITS;
	}
	if (server_now() >= limit->deadline) {
		return 0;
	}
	return request_wait_until(request, limit->deadline);
}

/* ----------------------------------------------------------------------------------------- poll */

static uint32_t other_names(uint32_t there)
{
	there |= (there & POLL_IN) != 0 ? POLL_RDNORM : 0;
	return there | ((there & POLL_OUT) != 0 ? POLL_WRNORM : 0);
}

static int poll_files(struct request *request, const struct limit *limit)
{
	uint32_t count = request->arguments[1];
	const char *in = request_in(request, 0);
	char *out = request_room(request, 0);
	int ready = 0;
	int result = 0;

	if (count > request->thread->process->limits[7][0]) {
		return -EINVAL;
	}
	if (count != 0 && (in == NULL || out == NULL)) {
		return -EFAULT;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct poll_entry entry;

		memcpy(&entry, in + i * sizeof(entry), sizeof(entry));
		entry.ready = 0;
		if (entry.descriptor >= 0) {
			entry.ready =
				(uint16_t)(other_names(
						   look(request, entry.descriptor, entry.events)) &
					   (entry.events | POLL_ERROR | POLL_HANGUP | POLL_BAD));
		}
		ready += entry.ready != 0;
		memcpy(out + i * sizeof(entry), &entry, sizeof(entry));
	}
	result = ready != 0 ? ready : wait_more(request, limit);
	if (result >= 0 && count != 0) {
		request_fill(request, 0, count * sizeof(struct poll_entry));
	}
	return result;
}

CALL_HANDLER(poll)
{
	int32_t time_ms = (int32_t)request->arguments[2];
	struct limit limit = {.none = true};

	if (time_ms >= 0) {
		(void)limit_from(request, time_ms / 1000, time_ms % 1000, NS / 1000, &limit);
	}
	return poll_files(request, &limit);
}

/* A timespec of 64 bits, argument n; the call writes what is left back. */
static int limit_of(struct request *request, unsigned int n, struct limit *limit)
{
	int64_t words[2];

	*limit = (struct limit){.none = true};
	if (request_in(request, n) == NULL) {
		return 0;
	}
	memcpy(words, request_in(request, n), sizeof(words));
	return limit_from(request, words[0], (int32_t)words[1], 1, limit);
}

static void put_left(struct request *request, unsigned int n, const struct limit *limit)
{
	uint64_t left = limit_left(limit);
	int64_t words[2] = {(int64_t)(left / NS), (int64_t)(left % NS)};

	if (!limit->none) {
		request_put(request, n, words, sizeof(words));
	}
}

CALL_HANDLER(ppoll_time64)
{
	struct limit limit;
	int result = limit_of(request, 2, &limit);

	if (result == 0) {
		result = poll_files(request, &limit);
		put_left(request, 2, &limit);
	}
	return result;
}

/* --------------------------------------------------------------------------------------- select */

#define SELECT_IN  (POLL_IN | POLL_HANGUP | POLL_ERROR)
#define SELECT_OUT (POLL_OUT | POLL_ERROR)

static bool bit(const uint32_t *set, uint32_t n)
{
	return set != NULL && (set[n / 32] >> n % 32 & 1) != 0;
}

static const uint32_t *copy_set(const struct request *request, unsigned int n, uint32_t *set)
{
	if (request_in(request, n) == NULL) {
		return NULL;
	}
	memcpy(set, request_in(request, n), request_in_bytes(request, n));
	return set;
}

static void put_set(struct request *request, unsigned int n, const uint32_t *set)
{
	request_put(request, n, set, request_room_bytes(request, n));
}

static int select_files(struct request *request, const struct limit *limit)
{
	static const uint32_t events[3] = {SELECT_IN, SELECT_OUT, POLL_PRIORITY};
	uint32_t wanted[3][SELECT_FILES_MAX / 32];
	uint32_t found[3][SELECT_FILES_MAX / 32] = {{0}};
	const uint32_t *sets[3];
	uint32_t count = request->arguments[0];
	int ready = 0;
	int result = 0;

	if (count > SELECT_FILES_MAX) {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < 3; i++) {
		sets[i] = copy_set(request, 1 + i, wanted[i]);
	}
	for (uint32_t n = 0; n < count; n++) {
		uint32_t there = 0;

		if (!bit(sets[0], n) && !bit(sets[1], n) && !bit(sets[2], n)) {
			continue;
		}
		there = look(request, (int)n, POLL_IN | POLL_OUT);
		if ((there & POLL_BAD) != 0) {
			return -EBADF;
		}
		for (unsigned int i = 0; i < 3; i++) {
			if (bit(sets[i], n) && (there & events[i]) != 0) {
				found[i][n / 32] |= 1u << n % 32;
				ready++;
			}
		}
	}
	result = ready != 0 ? ready : wait_more(request, limit);
	for (unsigned int i = 0; result >= 0 && i < 3; i++) {
		put_set(request, 1 + i, found[i]);
	}
	return result;
}

CALL_HANDLER(pselect6_time64)
{
	struct limit limit;
	int result = limit_of(request, 4, &limit);

	if (result == 0) {
		result = select_files(request, &limit);
		put_left(request, 4, &limit);
	}
	return result;
}

CALL_HANDLER(_newselect)
{
	struct limit limit = {.none = true};
	int32_t words[2];
	int result = 0;

	if (request_in(request, 4) != NULL) {
		memcpy(words, request_in(request, 4), sizeof(words));
		/* As Linux: more than a second of microseconds counts as seconds. */
		result = words[0] < 0 || words[1] < 0
				 ? -EINVAL
				 : limit_from(request, words[0] + words[1] / 1000000,
					      words[1] % 1000000, 1000, &limit);
	}
	if (result == 0) {
		result = select_files(request, &limit);
	}
	if (result != REQUEST_WAITS && !limit.none) {
		uint64_t left = limit_left(&limit);

		words[0] = (int32_t)(left / NS);
		words[1] = (int32_t)(left % NS / 1000);
		request_put(request, 4, words, sizeof(words));
	}
	return result;
}
