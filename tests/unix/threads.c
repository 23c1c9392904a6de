/* POSIX threads: life, mutexes, conditions, what is a thread's own, signals to one of them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include "say.h"

#define THREADS 8
#define ROUNDS  2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int counter;
static __thread int own = 7;

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		own++;
		pthread_mutex_unlock(&mutex);
		if (i % 100 == 0) {
			sched_yield();
		}
	}
	return (void *)((long)argument * 2 + (own == 7 + ROUNDS));
}

static void life(void)
{
	pthread_t threads[THREADS];
	void *result = NULL;
	long sum = 0;

	for (long i = 0; i < THREADS; i++) {
		NEED(pthread_create(&threads[i], NULL, count, (void *)i) == 0);
	}
	for (int i = 0; i < THREADS; i++) {
		NEED(pthread_join(threads[i], &result) == 0);
		sum += (long)result;
	}
	say("counter %d, sum %ld, own %d", counter, sum, own);
	for (int i = 0; i < 200; i++) {
		NEED(pthread_create(&threads[0], NULL, count, NULL) == 0);
		NEED(pthread_join(threads[0], NULL) == 0);
	}
	say("200 one after the other: %d", counter);
}

static int turn;

static void *ping(void *argument)
{
	for (int i = 0; i < 500; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % 2 != (long)argument) {
			pthread_cond_wait(&changed, &mutex);
		}
		turn++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void conditions(void)
{
	pthread_t threads[2];
	struct timespec time;

	for (long i = 0; i < 2; i++) {
		NEED(pthread_create(&threads[i], NULL, ping, (void *)i) == 0);
	}
	for (int i = 0; i < 2; i++) {
		NEED(pthread_join(threads[i], NULL) == 0);
	}
	say("turns: %d", turn);
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += 30000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	say("timedwait: %s", strerrorname_np(pthread_cond_timedwait(&changed, &mutex, &time)));
	pthread_mutex_unlock(&mutex);
}

static sem_t semaphore;
static volatile int caught_by;
static void caught(int signal)
{
	(void)signal;
	caught_by = gettid();
}

static void *wait_for_signal(void *argument)
{
	struct timespec time = {10, 0};

	*(int *)argument = gettid();
	sem_post(&semaphore);
	say("nanosleep: %s", error(nanosleep(&time, NULL)));
	return NULL;
}

static void signals(void)
{
	struct sigaction action = {.sa_handler = caught};
	pthread_t thread;
	sigset_t set;
	int tid = 0;
	int signal = 0;

	sem_init(&semaphore, 0, 0);
	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	NEED(pthread_create(&thread, NULL, wait_for_signal, &tid) == 0);
	sem_wait(&semaphore);
	usleep(20000);
	NEED(pthread_kill(thread, SIGUSR1) == 0);
	NEED(pthread_join(thread, NULL) == 0);
	say("pthread_kill: by %s", caught_by == tid ? "the thread" : "another");
	/* One that blocks it leaves it to another. */
	NEED(pthread_create(&thread, NULL, wait_for_signal, &tid) == 0);
	sem_wait(&semaphore);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	usleep(20000);
	kill(getpid(), SIGUSR1);
	NEED(pthread_join(thread, NULL) == 0);
	say("kill: by %s", caught_by == tid ? "the thread" : "another");
	kill(getpid(), SIGUSR1);
	NEED(sigwait(&set, &signal) == 0);
	say("sigwait: %d", signal);
	say("gettid is getpid: %d", gettid() == getpid());
}

static void *for_ever(void *argument)
{
	for (;;) {
		if (argument != NULL) {
			pause();
		}
	}
	return NULL;
}

static void *end_process(void *argument)
{
	exit((int)(long)argument);
}

static void *last(void *argument)
{
	usleep(30000);
	say("the last thread");
	return argument;
}

static void ends(char *self)
{
	pthread_t thread;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) { /* exit by one ends all, whatever they do */
		for (long i = 0; i < 4; i++) {
			NEED(pthread_create(&thread, NULL, for_ever, (void *)(i % 2)) == 0);
		}
		NEED(pthread_create(&thread, NULL, end_process, (void *)21l) == 0);
		for_ever(NULL);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("exit by a thread: %x", status);
	pid = fork();
	if (pid == 0) { /* the first one goes, the process goes on */
		NEED(pthread_create(&thread, NULL, last, NULL) == 0);
		pthread_exit(NULL);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("pthread_exit of the first: %x", status);
	pid = fork();
	if (pid == 0) { /* execve by another than the first */
		char *arguments[] = {self, "again", NULL};

		NEED(pthread_create(&thread, NULL, for_ever, NULL) == 0);
		usleep(10000);
		execv(self, arguments);
		_exit(1);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("execve: %x", status);
	pid = fork();
	if (pid == 0) {
		NEED(pthread_create(&thread, NULL, for_ever, NULL) == 0);
		usleep(10000);
		kill(getpid(), SIGTERM);
		for_ever(NULL);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("SIGTERM: %x", status);
}

static void *leave_locked(void *argument)
{
	pthread_mutex_lock(argument);
	return NULL;
}

static void robust(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;
	pthread_barrier_t barrier;

	NEED(shared != MAP_FAILED);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	NEED(pthread_mutex_init(shared, &attributes) == 0);
	NEED(pthread_create(&thread, NULL, leave_locked, shared) == 0);
	NEED(pthread_join(thread, NULL) == 0);
	say("robust: %s", strerrorname_np(pthread_mutex_lock(shared)));
	pthread_mutex_consistent(shared);
	pthread_mutex_unlock(shared);
	/* Between processes. */
	if (fork() == 0) {
		pthread_mutex_lock(shared);
		_exit(0);
	}
	wait(NULL);
	say("shared: %s", strerrorname_np(pthread_mutex_lock(shared)));
	pthread_mutex_consistent(shared);
	if (fork() == 0) {
		pthread_mutex_lock(shared);
		say("the child has it");
		_exit(0);
	}
	usleep(30000);
	say("the parent gives it");
	pthread_mutex_unlock(shared);
	wait(NULL);
	NEED(pthread_barrier_init(&barrier, NULL, 1) == 0);
	say("barrier: %d", pthread_barrier_wait(&barrier));
}

static void *cancelled(void *argument)
{
	for (;;) {
		usleep(1000000);
	}
	return argument;
}

static void cancels(void)
{
	pthread_t thread;
	void *result = NULL;

	NEED(pthread_create(&thread, NULL, cancelled, NULL) == 0);
	usleep(10000);
	NEED(pthread_cancel(thread) == 0);
	NEED(pthread_join(thread, &result) == 0);
	say("cancelled: %d", result == PTHREAD_CANCELED);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say("again, thread %d", gettid() == getpid());
		return 5;
	}
	life();
	conditions();
	signals();
	ends(argv[0]);
	robust();
	cancels();
	return 0;
}
