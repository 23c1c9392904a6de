/* The floating point unit, lazily: a thread's registers stay in the unit until another thread uses
   it (CR0.TS, SDM vol. 3, 2.5). Needs FXSAVE; a processor without it has, for us, no FPU. */
#pragma once

#include <kern/types.h>

struct thread;

#define FPU_AREA_BYTES 512u
/* Flavour XFLOAT: its four words, the FXSAVE area, an XSAVE header. */
#define I386_XFLOAT_BYTES (sizeof(struct i386_xfloat_state) + sizeof(struct i386_xfp_save))

void fpu_init(void);
/* Trap 7: the current thread's registers go into the unit. KERN_RESOURCE_SHORTAGE: no memory for
   its area. */
kern_return_t fpu_take(void) MUST_CHECK;
extern struct thread *fpu_owner; /* whose registers the unit holds, or NULL */
extern bool fpu_trapped;         /* CR0.TS: the next use traps */
void fpu_set_trapped(bool trapped);
/* At a switch: traps the next use unless the unit holds `next`'s registers. */
static inline void fpu_switch(const struct thread *next)
{
	bool trapped = next != fpu_owner;
	if (unlikely(trapped != fpu_trapped)) {
		fpu_set_trapped(trapped);
	}
}
/* The thread's area with current contents, allocated if it had none. NULL: no memory. */
void *fpu_area(struct thread *thread);
/* The unit forgets this thread (its area was changed, or it dies). */
void fpu_forget(struct thread *thread);
void fpu_free(struct thread *thread);
/* The bits of MXCSR that this processor has. */
uint32_t fpu_mxcsr_mask(void);
/* Trap 16 and 19: the exception's cause, in the form of the status word or of MXCSR. */
uint32_t fpu_status(void);
uint32_t fpu_mxcsr(void);
