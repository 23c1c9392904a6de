/* The process server's part towards the ACS, and puppets. */
#include "acs_boot.h"
#include "msg.h"
#include "server.h"
#include "zones.h"
#include <gen/acs_control.h>
#include <gen/acs_register.h>
#include <gen/mach_i386.h>
#include <gen/masix_host.h>
#include <masix/subsystems.h>

#define SELF         mach_task_self()
#define TRUSTED_NAME ((mach_port_t)0x2001) /* of its ports, in a puppet */
#define CLIENT_NAME  ((mach_port_t)0x2002)

static mach_port_t acs_task;
static mach_port_t boot;

static void answer_get_ports(struct msg *request, io_port_t first, io_port_t last)
{
	struct msg reply;
	mach_port_t ports = MACH_PORT_NULL;

	NEED_KR(i386_io_perm_create(device_master, first, last, &ports));
	msg_begin(&reply, request->head.msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		  MACH_PORT_NULL, 0, request->head.msgh_id + 100);
	msg_add_int(&reply, KERN_SUCCESS);
	msg_add_port(&reply, ports, MACH_MSG_TYPE_MOVE_SEND);
	NEED_KR(msg_send(&reply));
}

static void answer_ready(struct msg *request, mach_port_t *control)
{
	struct msg reply;

	*control = msg_item_port(request, MACH_MSG_TYPE_PORT_SEND);
	msg_begin(&reply, request->head.msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		  MACH_PORT_NULL, 0, request->head.msgh_id + 100);
	msg_add_int(&reply, KERN_SUCCESS);
	NEED_KR(msg_send(&reply));
}

/* The boot script made the thread, and left it for us to start. */
void test_resume_threads(mach_port_t task)
{
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(task_threads(task, &threads, &count));
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		NEED_KR(thread_resume(threads[i]));
		NEED_KR(mach_port_deallocate(SELF, threads[i]));
	}
	NEED_KR(vm_deallocate(SELF, (vm_address_t)threads, count * sizeof *threads));
}

boolean_t acs_test_ended(void)
{
	return (port_type(acs_task) & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

boolean_t acs_test_try(mach_port_t *control)
{
	static struct msg request;
	boolean_t ready = FALSE;

	boot = port_new_send();
	acs_task = strtoul(test_argument("acs"), NULL, 10);
	NEED_KR(mach_ports_register(acs_task, &boot, 1));
	test_resume_threads(acs_task);
	for (int tries = 0; tries < 100 && !ready && !acs_test_ended(); tries++) {
		if (msg_receive(&request, boot, 100) != MACH_MSG_SUCCESS) {
			continue;
		}
		if (request.head.msgh_id == MASIX_BASE_PROCESS_BOOT) {
			answer_get_ports(&request, 0x510, 0x51b);
		} else if (request.head.msgh_id == MASIX_BASE_PROCESS_BOOT + 2) {
			answer_get_ports(&request, 0x2e8, 0x2ef);
		} else if (request.head.msgh_id == MASIX_BASE_PROCESS_BOOT + 1) {
			answer_ready(&request, control);
			ready = TRUE;
		}
	}
	return ready;
}

mach_port_t acs_test_start(void)
{
	mach_port_t control = MACH_PORT_NULL;

	if (!acs_test_try(&control)) {
		test_bail_out("the ACS is not ready");
	}
	return control;
}

void acs_test_end(mach_port_t control)
{
	if (!acs_test_ended()) {
		NEED_KR(task_terminate(acs_task));
	}
	port_destroy(boot);
	if (control != MACH_PORT_NULL) {
		port_destroy(control);
	}
	test_zones_may_fall();
}

mach_port_t acs_test_client(mach_port_t control)
{
	mach_port_t client = MACH_PORT_NULL;

	NEED_KR(acs_make_client(control, 1, &client));
	return client;
}

void acs_test_start_booted(const char *name, mach_port_t control, uint8_t digest)
{
	mach_port_t task = strtoul(test_argument(name), NULL, 10);
	mach_port_t ports[2] = {acs_test_client(control), MACH_PORT_NULL};
	masix_digest_t image;
	int64_t number = 0;
	natural_t used = 0, limit = 0;

	NEED_KR(masix_task_set_digest(host_priv, task, DIGEST_OF(digest)));
	NEED_KR(masix_task_get_info(host_priv, task, &number, image, &used, &limit));
	NEED_KR(acs_start_server(control, name, number, DIGEST_OF(digest), &ports[1]));
	NEED_KR(mach_ports_register(task, ports, 2));
	NEED_KR(mach_port_deallocate(SELF, ports[0]));
	NEED_KR(mach_port_deallocate(SELF, ports[1]));
	test_resume_threads(task);
}

/* ------------------------------------------------------------------------------------ puppets */

/* A port whose receive right the puppet has, and a send right of ours. */
static mach_port_t new_port(struct puppet *puppet, mach_port_t name)
{
	mach_port_t port = port_new_send();

	NEED_KR(mach_port_insert_right(puppet->task, name, port, MACH_MSG_TYPE_MOVE_RECEIVE));
	return port;
}

void puppet_new(struct puppet *puppet, uint8_t digest)
{
	masix_digest_t image;
	natural_t used = 0, limit = 0;

	memset(puppet, 0, sizeof *puppet);
	memset(image, digest, sizeof image);
	NEED_KR(task_create(SELF, FALSE, &puppet->task));
	if (digest != 0) {
		NEED_KR(masix_task_set_digest(host_priv, puppet->task, image));
	}
	NEED_KR(masix_task_get_info(host_priv, puppet->task, &puppet->number, image, &used,
				    &limit));
	puppet->trusted = new_port(puppet, TRUSTED_NAME);
	puppet->client = new_port(puppet, CLIENT_NAME);
}

static void drop_send(mach_port_t *port)
{
	if (*port != MACH_PORT_NULL) {
		port_destroy(*port);
		*port = MACH_PORT_NULL;
	}
}

kern_return_t puppet_start(struct puppet *puppet, mach_port_t control, const char *name,
			   uint8_t digest)
{
	drop_send(&puppet->registration);
	return acs_start_server(control, name, puppet->number, DIGEST_OF(digest),
				&puppet->registration);
}

kern_return_t puppet_register(struct puppet *puppet, const char *name)
{
	return acs_register(puppet->registration, name, puppet->client, MACH_MSG_TYPE_COPY_SEND,
			    puppet->trusted, MACH_MSG_TYPE_COPY_SEND);
}

boolean_t puppet_take_secret(struct puppet *puppet, acs_secret_t secret, mach_port_t *trusted)
{
	static struct msg msg;
	mach_port_t port = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;
	struct msg_item item;
	boolean_t came = FALSE;

	NEED_KR(mach_port_extract_right(puppet->task, TRUSTED_NAME, MACH_MSG_TYPE_MOVE_RECEIVE,
					&port, &type));
	came = msg_receive(&msg, port, 0) == MACH_MSG_SUCCESS;
	if (came) {
		CHECK_EQ(msg.head.msgh_id, MASIX_BASE_SERVER_AUTH);
		CHECK(msg_item(&msg, &item) && item.is_inline &&
		      item.number * item.size_bits / 8 == sizeof(acs_secret_t));
		memcpy(secret, item.data, sizeof(acs_secret_t));
		*trusted = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
	}
	NEED_KR(mach_port_insert_right(puppet->task, TRUSTED_NAME, port,
				       MACH_MSG_TYPE_MOVE_RECEIVE));
	return came;
}

void puppet_serve(struct puppet *puppet, mach_port_t control, const char *name, uint8_t digest)
{
	puppet_new(puppet, digest);
	NEED_KR(puppet_start(puppet, control, name, digest));
	NEED_KR(puppet_register(puppet, name));
}

void puppet_end(struct puppet *puppet)
{
	NEED_KR(task_terminate(puppet->task));
	drop_send(&puppet->task);
	drop_send(&puppet->client);
	drop_send(&puppet->trusted);
	drop_send(&puppet->registration);
}
