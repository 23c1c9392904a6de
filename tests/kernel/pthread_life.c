/* TEST: oracle=no libc=yes timeout=90 */
/* The life of lib/thread's threads: creation, joining, detaching, their ends, keys, attributes. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "lib/harness.h"

#define MANY 200

static int ran;
static int clean_ups;
static int destroyed;
static pthread_key_t key;
static pthread_key_t stubborn_key;

static void *count(void *argument)
{
	(void)__atomic_add_fetch(&ran, 1, __ATOMIC_SEQ_CST);
	return (void *)((int)argument * 3);
}

static void *nap(void *argument)
{
	const struct timespec time = {0, (long)argument * 1000000};

	(void)nanosleep(&time, NULL);
	return count((void *)0);
}

static void create_and_join_many(int wanted)
{
	static pthread_t threads[MANY];

	ran = 0;
	for (int i = 0; i < wanted; i++) {
		NEED_KR(pthread_create(&threads[i], NULL, count, (void *)i));
	}
	for (int i = 0; i < wanted; i++) {
		void *result = NULL;

		CHECK_EQ(pthread_join(threads[i], &result), 0);
		CHECK_EQ(result, i * 3);
		CHECK_EQ(pthread_join(threads[i], NULL), ESRCH);
	}
	CHECK_EQ(ran, wanted);
}

static void check_many(void)
{
	for (int round = 0; round < 5; round++) {
		test_group_begin("200 threads at once");
		create_and_join_many(MANY);
		test_group_end();
	}
}

/* The table of threads and the kernel say no; what was made stays whole. */
static void check_limit(void)
{
	static pthread_t threads[PTHREAD_THREADS_MAX];
	pthread_attr_t small;
	int made = 0;
	int error = 0;

	NEED_KR(pthread_attr_init(&small));
	NEED_KR(pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN));
	while (error == 0 && made < PTHREAD_THREADS_MAX) {
		error = pthread_create(&threads[made], &small, count, (void *)0);
		made += error == 0;
	}
	CHECK_EQ(error, EAGAIN);
	CHECK(made >= MANY && made < PTHREAD_THREADS_MAX);
	test_note("%d threads were made before that", made);
	test_group_begin("all of them can be joined");
	for (int i = 0; i < made; i++) {
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	}
	test_group_end();
}

static void wait_for(int count_wanted)
{
	CHECK(TEST_WAIT_UNTIL(__atomic_load_n(&ran, __ATOMIC_SEQ_CST) == count_wanted));
}

static void check_detached(void)
{
	pthread_attr_t attributes;
	pthread_t thread = 0;
	int state = 0;

	ran = 0;
	CHECK_EQ(pthread_attr_init(&attributes), 0);
	CHECK_EQ(pthread_attr_setdetachstate(&attributes, 7), EINVAL);
	CHECK_EQ(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
	CHECK_EQ(pthread_attr_getdetachstate(&attributes, &state), 0);
	CHECK_EQ(state, PTHREAD_CREATE_DETACHED);
	CHECK_EQ(pthread_create(&thread, &attributes, nap, (void *)30), 0);
	CHECK_EQ(pthread_join(thread, NULL), EINVAL);
	CHECK_EQ(pthread_detach(thread), EINVAL);
	wait_for(1);
	/* Detached while it runs, and after its end. */
	CHECK_EQ(pthread_create(&thread, NULL, nap, (void *)30), 0);
	CHECK_EQ(pthread_detach(thread), 0);
	CHECK_EQ(pthread_join(thread, NULL), EINVAL);
	wait_for(2);
	CHECK_EQ(pthread_create(&thread, NULL, count, (void *)0), 0);
	wait_for(3);
	test_sleep_ms(20);
	CHECK_EQ(pthread_detach(thread), 0);
	CHECK_EQ(pthread_detach(thread), ESRCH);
	CHECK_EQ(pthread_join(thread, NULL), ESRCH);
	CHECK_EQ(pthread_join(0, NULL), ESRCH);
	CHECK_EQ(pthread_join(0xdeadbeef, NULL), ESRCH);
	CHECK_EQ(pthread_join(pthread_self(), NULL), EDEADLK);
}

static pthread_t contested;
static pthread_barrier_t start_line;
static int wins;

static void *join_or_detach(void *argument)
{
	int error = 0;

	(void)pthread_barrier_wait(&start_line);
	error = (int)argument % 2 == 0 ? pthread_join(contested, NULL) : pthread_detach(contested);
	if (error == 0) {
		(void)__atomic_add_fetch(&wins, 1, __ATOMIC_SEQ_CST);
	} else if (error != EINVAL && error != ESRCH) {
		(void)__atomic_add_fetch(&wins, 100, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* Four threads want to join or detach one that is about to end: exactly one of them does. */
static void check_races(void)
{
	pthread_t threads[4];

	NEED_KR(pthread_barrier_init(&start_line, NULL, 5));
	test_group_begin("join and detach at once, 100 times");
	for (int round = 0; round < 100; round++) {
		wins = 0;
		NEED_KR(pthread_create(&contested, NULL, round % 3 == 0 ? nap : count,
				       (void *)(round % 3 == 0)));
		for (int i = 0; i < 4; i++) {
			NEED_KR(pthread_create(&threads[i], NULL, join_or_detach,
					       (void *)(i + round)));
		}
		(void)pthread_barrier_wait(&start_line);
		for (int i = 0; i < 4; i++) {
			NEED_KR(pthread_join(threads[i], NULL));
		}
		CHECK_EQ(wins, 1);
	}
	test_group_end();
	NEED_KR(pthread_barrier_destroy(&start_line));
	test_sleep_ms(20); /* the last detached ones end */
}

static void clean_up(void *argument)
{
	clean_ups = clean_ups * 10 + (int)argument;
}

static void exit_deep(void)
{
	pthread_cleanup_push(clean_up, (void *)2);
	pthread_exit((void *)77);
	pthread_cleanup_pop(0);
}

static void *exit_from_below(void *argument)
{
	(void)argument;
	pthread_cleanup_push(clean_up, (void *)1);
	pthread_cleanup_push(clean_up, (void *)5);
	pthread_cleanup_pop(1);
	exit_deep();
	pthread_cleanup_pop(0);
	return NULL;
}

static void check_exit(void)
{
	pthread_t thread = 0;
	void *result = NULL;

	NEED_KR(pthread_create(&thread, NULL, exit_from_below, NULL));
	CHECK_EQ(pthread_join(thread, &result), 0);
	CHECK_EQ(result, 77);
	CHECK_EQ(clean_ups, 521);
	CHECK_EQ(pthread_cancel(pthread_self()), ENOSYS);
	CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL), ENOSYS);
}

static void destroy(void *value)
{
	destroyed += (int)value;
	(void)pthread_setspecific(key, NULL);
}

/* Sets its value again each time: it is called as often as POSIX says, and no more. */
static void destroy_stubborn(void *value)
{
	destroyed += 1000;
	(void)pthread_setspecific(stubborn_key, value);
}

static void *use_keys(void *argument)
{
	int at_first = pthread_getspecific(key) == NULL;

	(void)pthread_setspecific(key, argument);
	(void)sched_yield();
	if (argument == (void *)4) {
		(void)pthread_setspecific(stubborn_key, argument);
	}
	return (void *)(at_first && pthread_getspecific(key) == argument);
}

static void check_keys(void)
{
	pthread_t threads[4];
	pthread_key_t keys[PTHREAD_KEYS_MAX];
	pthread_key_t again = 0;
	int made = 0;
	void *good = NULL;

	CHECK_EQ(pthread_key_create(&key, destroy), 0);
	CHECK_EQ(pthread_key_create(&stubborn_key, destroy_stubborn), 0);
	CHECK_EQ(pthread_setspecific(key, (void *)99), 0);
	for (int i = 0; i < 4; i++) {
		NEED_KR(pthread_create(&threads[i], NULL, use_keys, (void *)(i + 1)));
	}
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(pthread_join(threads[i], &good), 0);
		CHECK_EQ(good, 1);
	}
	CHECK_EQ(destroyed, 1 + 2 + 3 + 4 + PTHREAD_DESTRUCTOR_ITERATIONS * 1000);
	CHECK_EQ(pthread_getspecific(key), 99);
	CHECK_EQ(pthread_key_delete(key), 0);
	CHECK_EQ(pthread_key_delete(key), EINVAL);
	CHECK_EQ(pthread_setspecific(key, &key), EINVAL);
	CHECK(pthread_getspecific(key) == NULL);
	CHECK_EQ(pthread_key_create(&again, NULL), 0);
	CHECK(again == key && pthread_getspecific(again) == NULL); /* not the old value */
	CHECK_EQ(pthread_key_delete(again), 0);
	CHECK_EQ(pthread_key_delete(stubborn_key), 0);
	while (made < PTHREAD_KEYS_MAX && pthread_key_create(&keys[made], NULL) == 0) {
		made++;
	}
	CHECK_EQ(made, PTHREAD_KEYS_MAX);
	CHECK_EQ(pthread_key_create(&again, NULL), EAGAIN);
	while (made > 0) {
		(void)pthread_key_delete(keys[--made]);
	}
	CHECK_EQ(pthread_setspecific(PTHREAD_KEYS_MAX, &key), EINVAL);
}

/* Uses most of a large stack, and looks for the guard below it. */
static void *use_stack(void *argument)
{
	volatile char large[900 * 1024];
	vm_address_t address = (vm_address_t)large & ~0xfffu;
	vm_address_t start = 0;
	vm_size_t size = 0;
	vm_prot_t protection = VM_PROT_ALL;
	vm_prot_t max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t object = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	for (size_t i = 0; i < sizeof large; i += 512) {
		large[i] = (char)i;
	}
	do {
		address -= 0x1000;
		start = address;
		NEED_KR(vm_region(mach_task_self(), &start, &size, &protection, &max_protection,
				  &inheritance, &shared, &object, &offset));
		if (MACH_PORT_VALID(object)) {
			NEED_KR(mach_port_deallocate(mach_task_self(), object));
		}
	} while (start <= address && protection != VM_PROT_NONE);
	*(vm_size_t *)argument = start <= address ? size : 0;
	return NULL;
}

static void check_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread = 0;
	size_t bytes = 0;
	vm_size_t guard = 0;

	CHECK_EQ(pthread_attr_init(&attributes), 0);
	CHECK_EQ(pthread_attr_setstacksize(&attributes, 100), EINVAL);
	CHECK_EQ(pthread_attr_setstacksize(&attributes, 0x90000000), EINVAL);
	CHECK_EQ(pthread_attr_setstacksize(&attributes, 1 << 20), 0);
	CHECK_EQ(pthread_attr_getstacksize(&attributes, &bytes), 0);
	CHECK_EQ(bytes, 1 << 20);
	CHECK_EQ(pthread_attr_setguardsize(&attributes, 0x2000), 0);
	CHECK_EQ(pthread_create(&thread, &attributes, use_stack, &guard), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(guard, 0x2000);
	CHECK(pthread_equal(pthread_self(), pthread_self()));
	CHECK(!pthread_equal(pthread_self(), thread));
}

int main(int argc, char **argv)
{
	/* What the kernel keeps for a task with so many threads is there before objects are
	 * counted. */
	test_group_begin("200 threads at once");
	create_and_join_many(MANY);
	test_begin(argc, argv, "pthread_life");
	test_group_end();
	check_many();
	check_detached();
	check_races();
	check_exit();
	check_keys();
	check_stack();
	check_limit();
	test_end();
}
