/* Arithmetic on the curve, in a thread of its own: the loop never waits for it. */
#include "network.h"

#include <gen/acs_network.h>
#include <pthread.h>
#include <wire/suite.h>

#define JOBS_MAX 64

static struct crypto_random numbers; /* the worker's alone */
static struct wire_crypto_keys keys = {.random = &numbers};
static struct wire_arithmetic arithmetic;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;

/* A ring: [first, done) are done, [done, last) are to be done. */
static struct wire_job jobs[JOBS_MAX];
static uint32_t first, done, last;

/* This node's private key lies in the ACS alone. */
static bool agree_static(void *context, const uint8_t public_key[WIRE_PUBLIC_BYTES],
			 uint8_t secret[WIRE_KEY_BYTES])
{
	(void)context;
	return acs_network_agree(network.acs, (uint8_t *)public_key, secret) == KERN_SUCCESS;
}

static void *work(void *argument)
{
	struct wire_job job;

	(void)argument;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (done == last) {
			pthread_cond_wait(&wanted, &lock);
		}
		job = jobs[done % JOBS_MAX];
		pthread_mutex_unlock(&lock);
		wire_run_job(&arithmetic, &job);
		pthread_mutex_lock(&lock);
		jobs[done++ % JOBS_MAX] = job;
		crypto_wipe_bytes(&job, sizeof job);
		loop_wake();
	}
	return NULL;
}

kern_return_t worker_start(void)
{
	pthread_t thread;

	if (crypto_start_random(&numbers, &crypto_rdrand_source) != CRYPTO_OK) {
		return ACS_NO_RANDOMNESS;
	}
	arithmetic = wire_crypto_arithmetic(&keys);
	arithmetic.agree_static = agree_static;
	return pthread_create(&thread, NULL, work, NULL) == 0 ? KERN_SUCCESS
							      : KERN_RESOURCE_SHORTAGE;
}

void worker_add(const struct wire_job *job)
{
	pthread_mutex_lock(&lock);
	/* A job that finds no room is one that failed: its time-out sees to it. */
	if (last - first < JOBS_MAX) {
		jobs[last++ % JOBS_MAX] = *job;
		pthread_cond_signal(&wanted);
	}
	pthread_mutex_unlock(&lock);
}

bool worker_take(struct wire_job *job)
{
	bool any = false;

	pthread_mutex_lock(&lock);
	if (first != done) {
		*job = jobs[first % JOBS_MAX];
		crypto_wipe_bytes(&jobs[first++ % JOBS_MAX], sizeof *job);
		any = true;
	}
	pthread_mutex_unlock(&lock);
	return any;
}
