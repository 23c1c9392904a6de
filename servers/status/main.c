/*
 * What runs on this node, for whoever asks: the lists of its own process server and ACS, passed on
 * as they are (masix/status.defs).
 */
#include <libmach.h>
#include <gen/acs.h>
#include <gen/process.h>
#include <gen/status_server.h>
#include <standard_ports.h>
#include <trust/trust.h>

static struct ipc_class status_class = {
	.name = "status",
	.interfaces = (const ipc_interface_t[]){status_server_routine, NULL},
};

/* Down calls to servers that wait for nobody; what they refuse is not the caller's to know. */
static kern_return_t answer_of(kern_return_t result)
{
	return result == KERN_SUCCESS || result == KERN_RESOURCE_SHORTAGE ? result : KERN_FAILURE;
}

kern_return_t serve_status_get_processes(ipc_call_t call, pointer_t *list,
					 mach_msg_type_number_t *bytes)
{
	(void)call;
	return answer_of(process_list(standard_process_port(), list, bytes));
}

kern_return_t serve_status_get_servers(ipc_call_t call, pointer_t *list,
				       mach_msg_type_number_t *bytes)
{
	(void)call;
	return answer_of(process_list_servers(standard_process_port(), list, bytes));
}

kern_return_t serve_status_get_names(ipc_call_t call, pointer_t *list,
				     mach_msg_type_number_t *bytes)
{
	(void)call;
	return answer_of(acs_list(standard_port(STANDARD_PORT_ACS), list, bytes));
}

int main(void)
{
	struct ipc_bucket *bucket = NULL;
	struct ipc_object *public = NULL;
	kern_return_t result = ipc_bucket_create(NULL, &bucket);

	result = result ?: ipc_object_create_public(bucket, &status_class, &public);
	result = result ?: trust_publish("status", public);
	if (result != KERN_SUCCESS) {
		mach_printf("status: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
