/* Keys, and each thread's values under them. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include "../libc/lock.h"
#include "key.h"

_Static_assert(PTHREAD_KEYS_MAX == LIBC_THREAD_KEYS, "a thread has a value for each key");

/* A key is in use while its serial is odd; a value with another serial is of an earlier use. */
struct key {
	unsigned int serial; /* changed under keys_lock, read without */
	void (*destructor)(void *);
};

static struct lock keys_lock;
static struct key keys[PTHREAD_KEYS_MAX];

static unsigned int serial_of(pthread_key_t key)
{
	return key < PTHREAD_KEYS_MAX ? __atomic_load_n(&keys[key].serial, __ATOMIC_ACQUIRE) : 0;
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	int error = EAGAIN;

	lock_acquire(&keys_lock);
	for (pthread_key_t i = 0; i < PTHREAD_KEYS_MAX && error != 0; i++) {
		if (keys[i].serial % 2 == 0) {
			keys[i].destructor = destructor;
			__atomic_store_n(&keys[i].serial, keys[i].serial + 1, __ATOMIC_RELEASE);
			*key = i;
			error = 0;
		}
	}
	lock_release(&keys_lock);
	return error;
}

int pthread_key_delete(pthread_key_t key)
{
	int error = EINVAL;

	lock_acquire(&keys_lock);
	if (serial_of(key) % 2 == 1) {
		__atomic_store_n(&keys[key].serial, keys[key].serial + 1, __ATOMIC_RELEASE);
		error = 0;
	}
	lock_release(&keys_lock);
	return error;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
	unsigned int serial = serial_of(key);

	if (serial % 2 == 0) {
		return EINVAL;
	}
	libc_thread_self()->values[key] = (struct libc_thread_value){serial, value};
	return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
	unsigned int serial = serial_of(key);
	const struct libc_thread_value *value = NULL;

	if (serial % 2 == 0) {
		return NULL;
	}
	value = &libc_thread_self()->values[key];
	return value->serial == serial ? (void *)value->value : NULL;
}

/* The destructor for the thread's value under the key, and the value, which it no longer has. */
static void (*take_value(struct libc_thread *thread, pthread_key_t key, void **value))(void *)
{
	void (*destructor)(void *) = NULL;

	lock_acquire(&keys_lock);
	if (keys[key].serial % 2 == 1 && thread->values[key].serial == keys[key].serial &&
	    thread->values[key].value != NULL) {
		*value = (void *)thread->values[key].value;
		thread->values[key].value = NULL;
		destructor = keys[key].destructor;
	}
	lock_release(&keys_lock);
	return destructor;
}

void thread_keys_destroy(struct libc_thread *thread)
{
	for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++) {
		int called = 0;

		for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
			void *value = NULL;
			void (*destructor)(void *) = NULL;

			if (thread->values[key].value != NULL) {
				destructor = take_value(thread, key, &value);
			}
			if (destructor != NULL) {
				destructor(value);
				called++;
			}
		}
		if (called == 0) {
			return;
		}
	}
}
