/* The partner: sends messages for the test on the other node, and has its tasks. */
#include "partner.h"

#define SELF    mach_task_self()
#define THREADS 24 /* so many messages may wait for a full port at a time */
#define TASKS   16

static mach_port_t service;
static mach_port_t tasks[TASKS], threads[TASKS];

/* What was sent on, or could not be, is in the place of what it came in. */
static mach_msg_size_t send_on(struct partner_message *message)
{
	struct partner_message saved = *message;
	uint8_t *body = partner_body(message);
	mach_msg_header_t *inner = (mach_msg_header_t *)body - 1;
	mach_msg_size_t size = sizeof *inner + (mach_msg_size_t)((uint8_t *)message +
								 message->head.msgh_size - body);
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(saved.bits);

	*inner = (mach_msg_header_t){
		.msgh_bits = (saved.bits & ~0xffffu) |
			     MACH_MSGH_BITS(saved.remote_type.msgt_name,
					    local != 0 ? saved.local_type.msgt_name : 0),
		.msgh_remote_port = saved.remote,
		.msgh_local_port = saved.local,
		.msgh_id = saved.id,
	};
	saved.result = mach_msg(inner, saved.option, size, 0, MACH_PORT_NULL, saved.timeout,
				MACH_PORT_NULL);
	mach_msg_header_t left = *inner;
	*message = saved;
	message->head.msgh_local_port = MACH_PORT_NULL;
	if (saved.result != MACH_SEND_TIMED_OUT) {
		left.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0);
		left.msgh_remote_port = MACH_PORT_NULL;
		left.msgh_local_port = MACH_PORT_NULL;
		size = sizeof left;
	}
	message->bits = left.msgh_bits;
	return partner_wrap(message, &left, size);
}

void partner_child_main(void *argument);

static uint32_t make_task(const struct partner_request *request)
{
	uint32_t index = 0;

	while (index < TASKS - 1 && tasks[index] != MACH_PORT_NULL) {
		index++;
	}
	NEED_KR(task_create(SELF, TRUE, &tasks[index]));
	NEED_KR(thread_create(tasks[index], &threads[index]));
	NEED_KR(mach_thread_start_state(threads[index], request->words[0], partner_child_main,
					NULL));
	return index;
}

static kern_return_t write_memory(const struct partner_request *request)
{
	mach_port_t task = tasks[request->words[0] % TASKS];
	vm_size_t bytes = request->item_type.msgtl_number;
	kern_return_t result = vm_write(task, request->words[1], request->item, bytes);

	NEED_KR(vm_deallocate(SELF, request->item, bytes));
	return result;
}

static void end_task(uint32_t index)
{
	(void)task_terminate(tasks[index]); /* it may have ended itself */
	NEED_KR(mach_port_deallocate(SELF, tasks[index]));
	NEED_KR(mach_port_deallocate(SELF, threads[index]));
	tasks[index] = MACH_PORT_NULL;
}

static uint32_t serve_request(const struct partner_request *request)
{
	uint32_t index = request->words[0] % TASKS;

	switch (request->head.msgh_id) {
	case PARTNER_TASK:
		return make_task(request);
	case PARTNER_WRITE:
		return (uint32_t)write_memory(request);
	case PARTNER_GIVE:
		return (uint32_t)mach_port_insert_right(tasks[index], request->words[1],
							request->item,
							request->item_type.msgtl_name);
	case PARTNER_RUN:
		return (uint32_t)thread_resume(threads[index]);
	case PARTNER_END:
		end_task(index);
		return KERN_SUCCESS;
	default:
		return (uint32_t)MIG_BAD_ID;
	}
}

static mach_msg_size_t serve_message(mach_msg_header_t *head)
{
	struct partner_request *request = (struct partner_request *)head;

	if (head->msgh_id == PARTNER_SEND) {
		return send_on((struct partner_message *)head);
	}
	request->words[0] = serve_request(request);
	request->head.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
	return (mach_msg_size_t)((uint8_t *)&request->item_type - (uint8_t *)request);
}

static void serve(void *argument)
{
	vm_address_t memory = 0;

	(void)argument;
	NEED_KR(vm_allocate(SELF, &memory, PARTNER_BODY_MAX, TRUE));
	mach_msg_header_t *head = (mach_msg_header_t *)memory;
	for (;;) {
		if (mach_msg(head, MACH_RCV_MSG, 0, PARTNER_BODY_MAX, service, 0, MACH_PORT_NULL) !=
		    MACH_MSG_SUCCESS) {
			continue;
		}
		mach_msg_size_t size = serve_message(head);

		head->msgh_bits = (head->msgh_bits & MACH_MSGH_BITS_COMPLEX) |
				  MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		head->msgh_local_port = MACH_PORT_NULL;
		head->msgh_id += PARTNER_ANSWER;
		if (mach_msg(head, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL) !=
		    MACH_MSG_SUCCESS) {
			(void)mach_port_deallocate(SELF, head->msgh_remote_port);
		}
	}
}

static void tell_ready(void)
{
	struct {
		mach_msg_header_t head;
		mach_msg_type_t type;
		mach_port_t port;
	} ready = {
		.head = {.msgh_bits = MACH_MSGH_BITS_COMPLEX |
				      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			 .msgh_remote_port = standard_port(PARTNER_PORT),
			 .msgh_id = PARTNER_READY},
		.type = {.msgt_name = MACH_MSG_TYPE_MAKE_SEND,
			 .msgt_size = 32,
			 .msgt_number = 1,
			 .msgt_inline = TRUE},
		.port = service,
	};

	NEED_KR(mach_msg(&ready.head, MACH_SEND_MSG, sizeof ready, 0, MACH_PORT_NULL, 0,
			 MACH_PORT_NULL));
}

void partner_serve(void)
{
	static struct test_thread workers[THREADS];

	partner_is_remote = TRUE;
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &service));
	/* Tasks of the test have no rights of the partner's, and workers are none of theirs. */
	for (int i = 0; i < THREADS; i++) {
		test_thread_start(&workers[i], serve, NULL);
	}
	tell_ready();
	for (;;) {
		test_sleep_ms(100000);
	}
}
