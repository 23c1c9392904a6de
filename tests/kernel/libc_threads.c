/* TEST: oracle=no libc=yes timeout=90 */
/* newlib used by eight threads at once: its locks, malloc, errno, streams. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lib/harness.h"
#include "../../lib/libc/log.h"

#define THREADS 8
#define PIECES  64
#define ROUNDS  4000

static int wrong;

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

struct piece {
	unsigned char *memory;
	size_t size;
	unsigned char byte;
};

static void check_piece(const struct piece *piece)
{
	for (size_t i = 0; i < piece->size; i++) {
		if (piece->memory[i] != piece->byte) {
			(void)__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
			return;
		}
	}
}

static void change_piece(struct piece *piece, unsigned int *random)
{
	size_t size = next_random(random) % (next_random(random) % 16 == 0 ? 40000 : 600);

	check_piece(piece);
	if (next_random(random) % 3 == 0) {
		free(piece->memory);
		piece->memory = NULL;
		piece->size = 0;
		return;
	}
	if (piece->memory != NULL && next_random(random) % 2 == 0) {
		size_t kept = size < piece->size ? size : piece->size;

		piece->memory = realloc(piece->memory, size + 1);
		piece->size = kept;
		check_piece(piece);
	} else {
		free(piece->memory);
		piece->memory = malloc(size + 1);
	}
	piece->byte = (unsigned char)next_random(random);
	piece->size = size;
	memset(piece->memory, piece->byte, size);
}

static void *storm(void *argument)
{
	struct piece pieces[PIECES];
	unsigned int random = (unsigned int)argument + 1;

	memset(pieces, 0, sizeof pieces);
	for (int i = 0; i < ROUNDS; i++) {
		change_piece(&pieces[next_random(&random) % PIECES], &random);
		if (i % 61 == 0) {
			(void)sched_yield();
		}
	}
	for (int i = 0; i < PIECES; i++) {
		check_piece(&pieces[i]);
		free(pieces[i].memory);
	}
	return NULL;
}

static void *set_errno(void *argument)
{
	for (int i = 0; i < 200; i++) {
		errno = 1000 + (int)argument;
		(void)sched_yield();
		if (errno != 1000 + (int)argument) {
			(void)__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
		}
	}
	return NULL;
}

/* Also what newlib keeps for each thread: the numbers of strtod and printf, strtok's place. */
static void *convert(void *argument)
{
	char text[64];
	char expected[64];
	double value = 1.0 / (3 + (int)argument);

	for (int i = 0; i < 300; i++) {
		(void)snprintf(text, sizeof text, "%.17g %d", value, i);
		(void)snprintf(expected, sizeof expected, "%d", i);
		if (strtod(strtok(text, " "), NULL) != value) {
			(void)__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
		}
		if (i % 16 == 0) {
			(void)sched_yield();
		}
		if (strcmp(strtok(NULL, " "), expected) != 0) {
			(void)__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
		}
	}
	return NULL;
}

/* Every line arrives whole; each thread's in order. */
static int lines;
static int next_line[THREADS];

static void read_line(const char *text, size_t size)
{
	int thread = 0;
	int number = 0;
	char line[64] = "";

	memcpy(line, text, size < sizeof line - 1 ? size : sizeof line - 1);
	if (sscanf(line, "thread %d line %d.", &thread, &number) != 2 || line[size - 1] != '\n' ||
	    thread < 0 || thread >= THREADS || next_line[thread]++ != number) {
		(void)__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
	}
	lines++;
}

static void *print_lines(void *argument)
{
	for (int i = 0; i < 200; i++) {
		printf("thread %d line %d.\n", (int)argument, i);
		if (i % 7 == 0) {
			(void)sched_yield();
		}
	}
	return NULL;
}

static void run_threads(void *(*function)(void *))
{
	pthread_t threads[THREADS];

	wrong = 0;
	for (int i = 0; i < THREADS; i++) {
		NEED_KR(pthread_create(&threads[i], NULL, function, (void *)i));
	}
	for (int i = 0; i < THREADS; i++) {
		NEED_KR(pthread_join(threads[i], NULL));
	}
	CHECK_EQ(wrong, 0);
}

static void check_threads(void)
{
	struct mallinfo before = mallinfo();

	run_threads(storm);
	CHECK_EQ(mallinfo().uordblks, before.uordblks);
	CHECK((vm_size_t)mallinfo().arena < 1 << 20);
	run_threads(set_errno);
	run_threads(convert);
	CHECK_EQ(mallinfo().uordblks,
		 before.uordblks); /* a thread takes nothing of newlib's with it */
	libc_log_set(read_line);
	run_threads(print_lines);
	libc_log_set(NULL);
	CHECK_EQ(lines, THREADS * 200);
}

void __malloc_lock(struct _reent *reent);
void __malloc_unlock(struct _reent *reent);
void __fp_lock_all(void);
void __fp_unlock_all(void);

static void hold_malloc(void)
{
	__malloc_lock(_REENT);
}

static void let_malloc(void)
{
	__malloc_unlock(_REENT);
}

static void hold_streams(void)
{
	__fp_lock_all();
}

static void let_streams(void)
{
	__fp_unlock_all();
}

static int used;

static void *use_malloc(void *argument)
{
	free(malloc(100));
	__atomic_store_n(&used, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void *use_stream(void *argument)
{
	(void)fflush(stdout);
	__atomic_store_n(&used, 1, __ATOMIC_SEQ_CST);
	return argument;
}

/* newlib's locks lock: a thread that needs one waits until the holder lets it go. */
static void check_held(void (*hold)(void), void (*let)(void), void *(*use)(void *))
{
	pthread_t thread = 0;

	used = 0;
	hold();
	NEED_KR(pthread_create(&thread, NULL, use, NULL));
	for (int i = 0; i < 100; i++) {
		(void)sched_yield(); /* it runs now, at the latest */
	}
	CHECK_EQ(__atomic_load_n(&used, __ATOMIC_SEQ_CST), 0);
	let();
	NEED_KR(pthread_join(thread, NULL));
	CHECK_EQ(used, 1);
}

static void *nothing(void *argument)
{
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t thread = 0;

	/* The arena and a thread's memory have been there before objects are counted. */
	free(malloc(1));
	(void)pthread_create(&thread, NULL, nothing, NULL);
	(void)pthread_join(thread, NULL);
	test_begin(argc, argv, "libc_threads");
	check_held(hold_malloc, let_malloc, use_malloc);
	check_held(hold_streams, let_streams, use_stream);
	check_threads();
	test_end();
}
