/*
 * What does not exist here.  Cancellation: a thread of a server that holds locks and rights cannot
 * be ended from outside without losing them; a server asks its threads to end, or cancels the
 * message they wait for.  Forking: tasks are made by the process server.
 */
#include <errno.h>
#include <pthread.h>

int pthread_cancel(pthread_t thread)
{
	(void)thread;
	return ENOSYS;
}

int pthread_setcancelstate(int state, int *old_state)
{
	(void)state;
	(void)old_state;
	return ENOSYS;
}

int pthread_setcanceltype(int type, int *old_type)
{
	(void)type;
	(void)old_type;
	return ENOSYS;
}

void pthread_testcancel(void)
{
}

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	(void)prepare;
	(void)parent;
	(void)child;
	return ENOSYS;
}
