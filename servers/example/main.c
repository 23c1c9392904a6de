/* Start, make the public port known, serve. */
#include <libmach.h>
#include <gen/example_server.h>
#include <trust/trust.h>
#include "example.h"

struct ipc_bucket *bucket;
struct ipc_class session_class = {
	.name = "session",
	.interfaces = (const ipc_interface_t[]){ example_server_routine, NULL },
	.data_bytes = sizeof(struct session),
	.reclaim = session_reclaim,
};

int main(void)
{
	struct ipc_object *public = NULL;
	kern_return_t result = ipc_bucket_create(NULL, &bucket);

	result = result ?: ipc_object_create_public(bucket, &session_class, &public);
	result = result ?: trust_publish("example", public);
	if (result != KERN_SUCCESS) {
		mach_printf("example: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
