/* TEST: oracle=no libc=yes */
/*
 * The end of a program: main's thread exits while another goes on, and with the last one exit runs.
 * Nothing is left then that could count objects, so this one prints its own lines.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/harness.h"
#include <gen/mach_host.h>

static pthread_t main_thread;
static pthread_key_t key;
static int destroyed;

static void say(int number, int good, const char *text)
{
	printf("%sok %d - %s\n", good ? "" : "not ", number, text);
}

static void at_exit(void)
{
	say(4, 1, "the last thread's end is the program's: exit runs");
	printf("1..4\n");
	for (;;) {
		(void)host_reboot(host_priv, 0);
	}
}

static void *outlive_main(void *argument)
{
	void *result = NULL;

	(void)argument;
	say(1, pthread_join(main_thread, &result) == 0 && result == (void *)33,
	    "main's thread is joined");
	say(2, destroyed == 7, "its destructors have run");
	say(3, pthread_join(main_thread, NULL) == ESRCH, "it is gone");
	return NULL;
}

static void destroy(void *value)
{
	destroyed = (int)value;
}

int main(int argc, char **argv)
{
	pthread_t thread = 0;

	host_priv = argc > 1 ? strtoul(argv[1], NULL, 10) : MACH_PORT_NULL;
	main_thread = pthread_self();
	if (atexit(at_exit) != 0 || pthread_key_create(&key, destroy) != 0 ||
	    pthread_setspecific(key, (void *)7) != 0 ||
	    pthread_create(&thread, NULL, outlive_main, NULL) != 0 || pthread_detach(thread) != 0) {
		printf("Bail out! no thread\n");
	}
	pthread_exit((void *)33);
}
