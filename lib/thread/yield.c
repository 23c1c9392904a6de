/* Giving up the processor. */
#include <libmach.h>
#include <sched.h>

int sched_yield(void)
{
	(void)swtch_pri(0);
	return 0;
}
