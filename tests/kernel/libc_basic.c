/* TEST: oracle=no libc=yes */
/* newlib on lib/libc: formatted output, numbers, sorting, jumps, memory, time, refusals. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>
#include "lib/harness.h"
#include "../../lib/libc/log.h"

static char logged[256];
static size_t logged_size;
static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed = errno == 0 && malloc(1) != NULL ? 42 : 1;
}

static int formats(const char *expected, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int formats(const char *expected, const char *format, ...)
{
	char text[128];
	va_list list;
	int length = 0;

	va_start(list, format);
	length = vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (strcmp(text, expected) != 0) {
		test_note("expected \"%s\", got \"%s\"", expected, text);
	}
	return strcmp(text, expected) == 0 && length == (int)strlen(expected);
}

static void check_printf(void)
{
	CHECK(formats("-9223372036854775808", "%lld", (long long)1 << 63));
	CHECK(formats("18446744073709551615", "%llu", ~0ull));
	CHECK(formats("0xdeadbeefcafe", "%#llx", 0xdeadbeefcafeull));
	CHECK(formats("   1.500000", "%11f", 1.5));
	CHECK(formats("1.41421356237309515e+00", "%.17e", sqrt(2.0)));
	CHECK(formats("0.1 1e+100 inf nan", "%g %g %g %g", 0.1, 1e100, HUGE_VAL, nan("")));
	CHECK(formats("12 hello     x", "%zu %-9s %c", (size_t)12, "hello", 'x'));
	CHECK(formats("[00042] [+7] [  7]", "[%05d] [%+d] [%*d]", 42, 7, 3, 7));
	CHECK(formats("two one", "%2$s %1$s", "one", "two"));
	CHECK(formats("3.1415926535897931", "%.16Lf", 3.14159265358979311600L));
}

static void check_numbers(void)
{
	char *end = NULL;

	CHECK_EQ(strtol("-123abc", &end, 10), -123);
	CHECK(strcmp(end, "abc") == 0);
	CHECK_EQ(strtoul("0xffffffff", NULL, 0), 0xffffffff);
	errno = 0;
	CHECK_EQ(strtol("99999999999", NULL, 10), 0x7fffffff);
	CHECK_EQ(errno, ERANGE);
	CHECK(strtoll("-9000000000000000000", NULL, 10) == -9000000000000000000ll);
	CHECK(strtod("2.5e-3", NULL) == 0.0025);
	CHECK(strtod("1e400", NULL) == HUGE_VAL);
	CHECK(sin(1.0) > 0.8414709848 && sin(1.0) < 0.8414709849);
	CHECK(1.0 / strtod("0", NULL) == HUGE_VAL); /* no exception */
	int first = 0;
	char word[8] = "";
	double third = 0;

	CHECK_EQ(sscanf("17 abc 2.25", "%d %7s %lf", &first, word, &third), 3);
	CHECK(first == 17 && strcmp(word, "abc") == 0 && third == 2.25);
}

static int compare(const void *left, const void *right)
{
	int l = *(const int *)left;
	int r = *(const int *)right;

	return (l > r) - (l < r);
}

static void check_sort(void)
{
	static int numbers[1000];
	int sorted = 1;
	int key = 0;

	srand(7);
	for (int i = 0; i < 1000; i++) {
		numbers[i] = rand();
	}
	key = numbers[500];
	qsort(numbers, 1000, sizeof numbers[0], compare);
	for (int i = 1; i < 1000; i++) {
		sorted = sorted && numbers[i - 1] <= numbers[i];
	}
	CHECK(sorted);
	CHECK(bsearch(&key, numbers, 1000, sizeof numbers[0], compare) != NULL);
}

static jmp_buf jump;

static void jump_from(volatile int *deep)
{
	if (++*deep == 10) {
		longjmp(jump, 17);
	}
	if (*deep < 10) {
		jump_from(deep);
	}
	test_note("longjmp returned");
}

static void check_jump(void)
{
	volatile int before = 5;
	volatile int deep = 0;
	int value = setjmp(jump);

	if (value == 0) {
		before = 6;
		jump_from(&deep);
	}
	CHECK_EQ(value, 17);
	CHECK_EQ(before, 6);
}

static void capture(const char *text, size_t size)
{
	if (size < sizeof logged - logged_size) {
		memcpy(logged + logged_size, text, size);
		logged_size += size;
		logged[logged_size] = '\0';
	}
}

static void check_output(void)
{
	libc_log_set(capture);
	printf("# half a line");
	CHECK_EQ(logged_size, 0);
	printf(", now whole: %d\n", 1);
	CHECK(strcmp(logged, "# half a line, now whole: 1\n") == 0);
	logged_size = 0;
	fprintf(stderr, "# error");
	CHECK_EQ(logged_size, 0);
	fprintf(stderr, " %s\n", "too");
	CHECK(strcmp(logged, "# error too\n") == 0);
	logged_size = 0;
	printf("# flushed");
	fflush(stdout);
	CHECK(strcmp(logged, "# flushed") == 0);
	libc_log_set(NULL);
	printf("\n# a line that is longer than one piece: %0300d\n", 0);
	CHECK_EQ(write(1, "# write\n", 8), 8);
}

static void check_memory(void)
{
	static char *pieces[64];
	struct mallinfo before = mallinfo();
	char *large = malloc(8 << 20);
	void *aligned = NULL;
	vm_size_t arena = 0;
	volatile size_t far_too_much = 0xa0000000u;

	CHECK(large != NULL);
	memset(large, 1, 8 << 20);
	arena = (vm_size_t)mallinfo().arena;
	CHECK(arena >= 8 << 20);
	free(large);
	CHECK((vm_size_t)mallinfo().arena < 1 << 20); /* the end was given back */
	CHECK(malloc(far_too_much) == NULL && errno == ENOMEM);
	CHECK(posix_memalign(&aligned, 4096, 100) == 0 && (vm_address_t)aligned % 4096 == 0);
	free(aligned);
	test_group_begin("calloc and realloc of 64 sizes");
	for (int i = 0; i < 64; i++) {
		pieces[i] = calloc(1, 1000 * (size_t)i + 1);
		pieces[i] = realloc(pieces[i], 2000 * (size_t)i + 1);
		CHECK(pieces[i] != NULL && pieces[i][1000 * i] == 0);
	}
	test_group_end();
	for (int i = 0; i < 64; i++) {
		free(pieces[i]);
	}
	CHECK_EQ(mallinfo().uordblks, before.uordblks);
	CHECK(sbrk(-0x10000000) == (void *)-1);
}

/*
 * Something in the arena's way: it goes on behind.  Before objects are counted, as what lies before
 * the obstacle stays.
 */
static int go_around_obstacle(void)
{
	vm_address_t obstacle = ((vm_address_t)sbrk(0) + 0x20fff) & ~0xfffu;
	char *large = NULL;
	int good = 0;

	if (vm_allocate(mach_task_self(), &obstacle, 0x1000, FALSE) != KERN_SUCCESS) {
		return 0;
	}
	*(char *)obstacle = 'o';
	large = malloc(1 << 20);
	if (large != NULL) {
		memset(large, 2, 1 << 20);
		good = (vm_address_t)large > obstacle && *(char *)obstacle == 'o';
	}
	free(large);
	return good && vm_deallocate(mach_task_self(), obstacle, 0x1000) == KERN_SUCCESS;
}

static void check_time(void)
{
	struct timespec last = {0, 0};
	struct timespec now = {0, 0};
	struct timespec nap = {0, 30000000};
	struct timeval wall = {0, 0};
	struct tms used;
	int monotonic = 1;
	double elapsed = 0;

	CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &last), 0);
	for (int i = 0; i < 2000; i++) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		monotonic =
			monotonic && (now.tv_sec > last.tv_sec ||
				      (now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
		last = now;
	}
	CHECK(monotonic);
	CHECK_EQ(nanosleep(&nap, NULL), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	elapsed = (double)(now.tv_sec - last.tv_sec) + (double)(now.tv_nsec - last.tv_nsec) / 1e9;
	CHECK(elapsed >= 0.03);
	CHECK_EQ(gettimeofday(&wall, NULL), 0);
	CHECK(wall.tv_sec > 1700000000 && time(NULL) - wall.tv_sec <= 1);
	CHECK(times(&used) > 0 && used.tms_utime + used.tms_stime > 0);
	nap.tv_nsec = 1000000000;
	CHECK(nanosleep(&nap, NULL) == -1 && errno == EINVAL);
	CHECK(clock_gettime((clockid_t)77, &now) == -1 && errno == EINVAL);
	time_t day = 86400 * 365;
	CHECK(strcmp(asctime(gmtime(&day)), "Fri Jan  1 00:00:00 1971\n") == 0);
}

static void check_refused(void)
{
	struct stat status;
	char byte = 0;

	CHECK(fopen("/etc/motd", "r") == NULL && errno == ENOSYS);
	CHECK(open("x", O_RDONLY) == -1 && errno == ENOSYS);
	CHECK(read(5, &byte, 1) == -1 && errno == EBADF);
	CHECK(write(5, &byte, 1) == -1 && errno == EBADF);
	CHECK(read(0, &byte, 1) == 0);
	CHECK(lseek(1, 0, SEEK_SET) == -1 && errno == ESPIPE);
	CHECK(fstat(1, &status) == 0 && S_ISCHR(status.st_mode));
	CHECK(unlink("x") == -1 && errno == ENOSYS);
	CHECK(fork() == -1 && errno == ENOSYS);
	CHECK(strcmp(strerror(ENOSYS), "Function not implemented") == 0);
}

int main(int argc, char **argv)
{
	int went_around = go_around_obstacle();

	test_begin(argc, argv, "libc_basic");
	CHECK_EQ(constructed, 42);
	CHECK(went_around);
	check_printf();
	check_numbers();
	check_sort();
	check_jump();
	check_output();
	check_memory();
	check_time();
	check_refused();
	test_end();
}
