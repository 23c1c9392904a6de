/* The data of the Unix server's calls: pieces as the library lays them out, and random data that no
   library would send. LINK: personalities/unix/server/pieces_core.c */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/unix/server/pieces_core.h"
#include "../../personalities/unix/shared/arguments.h"

#include "tap.h"

#define BYTES_MAX 512u
#define ROUNDS    200000

static char data[BYTES_MAX];
static uint32_t used;

static void put(uint32_t count, const char *bytes)
{
	memcpy(data + used, &count, 4);
	used += 4;
	if (bytes != NULL) {
		memcpy(data + used, bytes, count);
		used += (count + 3) & ~3u;
	}
}

/* In memory of exactly the right size, so that the sanitizer sees a byte too far. */
static bool cut(const uint32_t descriptions[6], const uint32_t arguments[6], uint32_t room,
		struct piece in[6], struct piece out[6], char **copy, char **answer)
{
	*copy = malloc(used + 1);
	*answer = malloc(room + 1);
	memcpy(*copy, data, used);
	return pieces_cut(descriptions, arguments, *copy, used, *answer, room, in, out);
}

static void check_call(void)
{
	const uint32_t descriptions[6] = {PATH, IN(8), OUT(12), OUT_BUFFER(4), VALUE, INOUT(4)};
	const uint32_t arguments[6] = {1, 1, 1, 1, 6, 1};
	struct piece in[6], out[6];
	char *copy = NULL, *answer = NULL;
	uint32_t joined = 0;

	used = 0;
	put(5, "path\0");
	put(8, "12345678");
	put(0, NULL);
	put(0, NULL);
	put(4, "abcd");
	CHECK(cut(descriptions, arguments, 100, in, out, &copy, &answer), "a call is taken");
	CHECK(strcmp(in[0].bytes, "path") == 0 && in[1].count == 8 && in[5].count == 4,
	      "what came in is there");
	CHECK(!in[4].present && !out[0].present && out[2].count == 12 && out[3].count == 6 &&
		      out[5].count == 4,
	      "what goes out has its room");
	memcpy(out[2].bytes, "twelve bytes", 12);
	memcpy(out[3].bytes, "xyz", 3);
	out[2].used = 0;
	out[3].used = 3;
	memcpy(out[5].bytes, "dcba", 4);
	out[5].used = 4;
	joined = pieces_join(out, answer);
	CHECK(joined == 4 + 4 + 4 + 4 + 4, "the answer is as short as it can be");
	CHECK(memcmp(answer, "\0\0\0\0\3\0\0\0xyz\0\4\0\0\0dcba", 20) == 0, "and has its pieces");
	free(copy);
	free(answer);
}

static void check_refused(void)
{
	static const struct {
		const char *what;
		uint32_t description;
		uint32_t count;
		uint32_t room;
	} table[] = {
		{"a path without its end", PATH, 4, 100},
		{"a piece too short", IN(8), 4, 100},
		{"a piece too long", IN(4), 8, 100},
		{"a count beyond the data", IN(400), 400, 100},
		{"a count that wraps", IN(4), 0xfffffffe, 100},
		{"a null path", PATH, UNIX_PATH_MAX, 100},
		{"no room for the answer", INOUT(8), 8, 11},
	};

	for (unsigned int i = 0; i < sizeof table / sizeof table[0]; i++) {
		const uint32_t descriptions[6] = {table[i].description};
		const uint32_t arguments[6] = {1};
		struct piece in[6], out[6];
		char *copy = NULL, *answer = NULL;

		used = 0;
		put(table[i].count == UNIX_PATH_MAX ? 0xffffffff : table[i].count, NULL);
		memcpy(data + used, "abcdefgh", 8);
		used += table[i].count <= 8 ? table[i].count : 0;
		CHECK(!cut(descriptions, arguments, table[i].room, in, out, &copy, &answer), "%s",
		      table[i].what);
		free(copy);
		free(answer);
	}
}

/* What a library would send, but for a count here and there that is not as it should be. */
static void make_pieces(const uint32_t descriptions[6], const uint32_t arguments[6], uint64_t *seed)
{
	static char bytes[64];

	used = 0;
	for (unsigned int i = 0; i < 6; i++) {
		struct unix_piece size = unix_piece_of(descriptions[i], arguments);
		uint32_t count = size.in < sizeof bytes ? size.in : 3;

		if (size.in != 0) {
			put(count, bytes);
		} else if (size.out != 0) {
			put(0, NULL);
		}
		if (used != 0 && tap_random(seed) % 8 == 0) {
			data[tap_random(seed) % used] = (char)tap_random(seed);
		}
	}
	if (tap_random(seed) % 8 == 0) {
		used = (uint32_t)(tap_random(seed) % (used + 1));
	}
}

/* Whatever comes: pieces lie within the data and within the room. */
static void check_random(uint64_t seed)
{
	static const uint32_t kinds[] = {VALUE,      PATH,         IN(8),         OUT(64),
					 INOUT(4),   IN_BUFFER(2), OUT_BUFFER(1), INOUT_ARRAY(3, 8),
					 SELECT_SET, IOCTL,        FCNTL};
	unsigned int taken = 0;
	bool good = true;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t descriptions[6], arguments[6];
		uint32_t room = (uint32_t)(tap_random(&seed) % 300);
		struct piece in[6], out[6];
		char *copy = NULL, *answer = NULL;

		for (unsigned int i = 0; i < 6; i++) {
			descriptions[i] = i < 2 ? kinds[tap_random(&seed) % 11] : VALUE;
			arguments[i] =
				(uint32_t)(tap_random(&seed) % 3 == 0 ? tap_random(&seed)
								      : tap_random(&seed) % 20);
		}
		make_pieces(descriptions, arguments, &seed);
		if (cut(descriptions, arguments, room, in, out, &copy, &answer)) {
			taken++;
			for (unsigned int i = 0; i < 6; i++) {
				good = good && (!in[i].present || in[i].bytes == NULL ||
						(in[i].bytes >= copy && in[i].count <= used));
				if (out[i].present) {
					memset(out[i].bytes, 'x', out[i].count);
					out[i].used = out[i].count == 0
							      ? 0
							      : (uint32_t)(tap_random(&seed) %
									   (out[i].count + 1));
				}
			}
			good = good && pieces_join(out, answer) <= room;
		}
		free(copy);
		free(answer);
	}
	CHECK(good && taken > ROUNDS / 100, "random data, %u calls of it taken", taken);
}

int main(void)
{
	check_call();
	check_refused();
	check_random(20240601);
	return tap_done();
}
