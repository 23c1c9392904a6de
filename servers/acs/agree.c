/*
 * The arithmetic with this node's private key, for handshakes (acs_network_agree): on a thread of
 * low priority, so that whatever else the ACS has to do goes first.
 */
#include <string.h>

#include <libmach.h>
#include <gen/acs_network_reply.h>
#include <gen/acs_network_server.h>
#include <gen/mach_host.h>
#include <ipc/platform.h>
#include "state.h"

#define PRIORITY_LOW 40 /* other threads have 25; a larger number is later */
#define SECOND_MS    1000

struct agreement {
	ipc_answer_t answer;
	acs_point_t point;
};

static struct {
	struct ipc_lock lock;
	struct agreement waiting[ACS_AGREEMENTS_MAX]; /* a ring */
	unsigned int first, count;
	uint32_t entered;   /* a word to wait on: how many ever were */
	uint64_t second_ms; /* when this second began, and what came in it */
	unsigned int this_second;
} ring;

/* Whether one more may wait, and is not one too many of this second; lock held. */
static bool has_room(void)
{
	uint64_t now_ms = acs_now_ms();

	if (now_ms - ring.second_ms >= SECOND_MS) {
		ring.second_ms = now_ms;
		ring.this_second = 0;
	}
	return ring.count < ACS_AGREEMENTS_MAX && ring.this_second < ACS_AGREEMENTS_SECOND;
}

kern_return_t serve_acs_network_agree(ipc_call_t call, const acs_point_t point, acs_key_t secret)
{
	struct agreement *agreement = NULL;
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	(void)secret;
	ipc_lock(&ring.lock);
	if (has_room()) {
		agreement = &ring.waiting[(ring.first + ring.count) % ACS_AGREEMENTS_MAX];
		result = ipc_call_defer(call, NULL, NULL, &agreement->answer);
	}
	if (result == KERN_SUCCESS) {
		memcpy(agreement->point, point, sizeof agreement->point);
		ring.this_second++;
		ring.count++;
		ring.entered++;
		ipc_word_wake(&ring.entered, FALSE);
		result = MIG_NO_REPLY;
	}
	ipc_unlock(&ring.lock);
	return result;
}

/* The oldest; waits for one. */
static void take(struct agreement *agreement)
{
	ipc_lock(&ring.lock);
	while (ring.count == 0) {
		uint32_t entered = ring.entered;

		ipc_unlock(&ring.lock);
		ipc_word_wait(&ring.entered, entered, 0);
		ipc_lock(&ring.lock);
	}
	*agreement = ring.waiting[ring.first];
	ring.first = (ring.first + 1) % ACS_AGREEMENTS_MAX;
	ring.count--;
	ipc_unlock(&ring.lock);
}

static kern_return_t compute(const acs_point_t point, acs_key_t secret)
{
	switch (crypto_agree_secret(acs.node_key, point, secret)) {
	case CRYPTO_OK:
		return KERN_SUCCESS;
	case CRYPTO_ERROR_PUBLIC_KEY:
		return ACS_BAD_POINT;
	default:
		return KERN_RESOURCE_SHORTAGE;
	}
}

static void work(void *argument)
{
	struct agreement agreement;
	acs_key_t secret = {0};

	(void)argument;
	(void)thread_priority(mach_thread_self(), PRIORITY_LOW, FALSE);
	for (;;) {
		kern_return_t result = KERN_SUCCESS;
		mach_port_t reply = MACH_PORT_NULL;

		take(&agreement);
		result = compute(agreement.point, secret);
		/* Whoever asked may be gone: then there is nobody to tell. */
		reply = ipc_answer_take(acs.bucket, agreement.answer);
		if (reply != MACH_PORT_NULL) {
			ipc_answer_sent(reply, acs_network_agree_reply(reply, result, secret));
		}
		crypto_wipe_bytes(secret, sizeof secret);
	}
}

void acs_agree_start(void)
{
	kern_return_t result = ipc_thread_start(work, NULL);

	if (result != KERN_SUCCESS) {
		acs_fail("it cannot calculate for the network: %s", mach_error_string(result));
	}
}
