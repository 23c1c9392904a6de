/*
 * What MIG's stubs report beyond the results of mach_msg, and the shapes that they share.
 */
#pragma once

#include <mach/kern_return.h>
#include <mach/message.h>

#define MIG_TYPE_ERROR -300		/* client: the reply does not have the declared types */
#define MIG_REPLY_MISMATCH -301		/* client: a reply with a wrong id */
#define MIG_REMOTE_ERROR -302		/* server: detected an error */
#define MIG_BAD_ID -303			/* server: no routine has this id */
#define MIG_BAD_ARGUMENTS -304		/* server: the request does not have the declared types */
#define MIG_NO_REPLY -305		/* server routine: the reply comes later, or never */
#define MIG_EXCEPTION -306		/* server: raised an exception */
#define MIG_ARRAY_TOO_LARGE -307	/* an array exceeds what the message may carry */
#define MIG_SERVER_DIED -308		/* client: the server destroyed the request */
#define MIG_DESTROY_REQUEST -309	/* server: like MIG_NO_REPLY, but destroy the request */

/* Every reply begins so; a reply that reports an error ends so, too. */
typedef struct {
	mach_msg_header_t Head;
	mach_msg_type_t RetCodeType;
	kern_return_t RetCode;
} mig_reply_header_t;

/* One row of the routine table that MIG can write for a name to number translation. */
typedef struct mig_symtab {
	char *ms_routine_name;
	int ms_routine_number;
	void (*ms_routine)(void);
} mig_symtab_t;

/* A server stub: reads the request, calls the routine, builds the reply. */
typedef void (*mig_routine_t)(mach_msg_header_t *request, mach_msg_header_t *reply);

_Static_assert(sizeof(mig_reply_header_t) == 32, "an error reply is 32 bytes");
