/* Registering, and finding ports. */
#include <string.h>

#include <libmach.h>
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/acs_register.h>
#include <gen/mach_port.h>
#include <gen/server_auth_server.h>
#include <ipc/platform.h>
#include "internal.h"
#include "name_core.h"

#define SELF           mach_task_self()
#define SECRET_WAIT_MS 10000

struct trust_state trust;
struct ipc_class trust_class = {
	.name = "inter-server",
	.interfaces = (const ipc_interface_t[]){server_auth_server_routine, NULL},
};

kern_return_t trust_make_random(void *out, size_t bytes)
{
	enum crypto_error error = CRYPTO_OK;

	ipc_lock(&trust.lock);
	error = crypto_make_random(&trust.random, out, bytes);
	ipc_unlock(&trust.lock);
	return error == CRYPTO_OK ? KERN_SUCCESS : ACS_NO_RANDOMNESS;
}

/* The ACS sends it before it answers acs_register, so nobody else can have been first. */
kern_return_t serve_server_take_secret(ipc_call_t call, const acs_secret_t secret, mach_port_t acs)
{
	kern_return_t result = KERN_INVALID_ARGUMENT;

	ipc_lock(&trust.lock);
	if (call->object == trust.trusted && trust.ready == 0 && MACH_PORT_VALID(acs)) {
		memcpy(trust.secret, secret, sizeof trust.secret);
		trust.acs = acs;
		__atomic_store_n(&trust.ready, 1, __ATOMIC_RELEASE);
		ipc_word_wake(&trust.ready, TRUE);
		result = KERN_SUCCESS;
	}
	ipc_unlock(&trust.lock);
	return result;
}

static void serve(void *bucket)
{
	ipc_bucket_serve(bucket);
}

/* A send right that goes along with a message, of a port of ours. */
static kern_return_t make_send(struct ipc_object *object, mach_port_t *port)
{
	*port = ipc_object_give(object);
	return mach_port_insert_right(SELF, *port, *port, MACH_MSG_TYPE_MAKE_SEND);
}

static kern_return_t send_registration(void)
{
	mach_port_t client = MACH_PORT_NULL, trusted = MACH_PORT_NULL;
	kern_return_t result = make_send(trust.server.client, &client);

	result = result ?: make_send(trust.trusted, &trusted);
	if (result == KERN_SUCCESS && trust.server.control != MACH_PORT_NULL) {
		result = acs_register_process(trust.server.control, MACH_PORT_NULL,
					      MACH_MSG_TYPE_COPY_SEND, trusted,
					      MACH_MSG_TYPE_COPY_SEND);
	} else if (result == KERN_SUCCESS) {
		result = acs_register(trust.server.registration, trust.name, client,
				      MACH_MSG_TYPE_COPY_SEND, trusted, MACH_MSG_TYPE_COPY_SEND);
	}
	/* The names stay, as the receive rights have them. */
	if (client != MACH_PORT_NULL) {
		(void)mach_port_mod_refs(SELF, client, MACH_PORT_RIGHT_SEND, -1);
	}
	if (trusted != MACH_PORT_NULL) {
		(void)mach_port_mod_refs(SELF, trusted, MACH_PORT_RIGHT_SEND, -1);
	}
	return result;
}

kern_return_t trust_start(const struct trust_server *server)
{
	struct ipc_bucket *bucket = server->client->client->bucket;
	kern_return_t result = KERN_SUCCESS;

	if (!name_check(server->name, strlen(server->name))) {
		return ACS_NAME_INVALID;
	}
	if (crypto_start() != CRYPTO_OK ||
	    crypto_start_random(&trust.random, &crypto_rdrand_source) != CRYPTO_OK) {
		return ACS_NO_RANDOMNESS;
	}
	trust.server = *server;
	name_copy(trust.name, server->name, strlen(server->name));
	result = ipc_object_create_public(bucket, &trust_class, &trust.trusted);
	result = result ?: ipc_thread_start(serve, bucket);
	result = result ?: send_registration();
	for (uint32_t waited_ms = 0; result == KERN_SUCCESS; waited_ms += 100) {
		if (__atomic_load_n(&trust.ready, __ATOMIC_ACQUIRE) != 0) {
			return KERN_SUCCESS;
		}
		if (waited_ms >= SECRET_WAIT_MS) {
			return KERN_TIMEDOUT;
		}
		ipc_word_wait(&trust.ready, 0, 100);
	}
	return result;
}

kern_return_t trust_look_up(const char *name, uint32_t wait_ms, mach_port_t *port)
{
	acs_name_t asked;

	if (strlen(name) >= sizeof asked) {
		return ACS_NAME_INVALID;
	}
	name_copy(asked, name, strlen(name));
	return acs_look_up(trust.server.acs, asked, wait_ms, port);
}
