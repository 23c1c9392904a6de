/* The network card: the first of those the roster names that is there. */
#include "network.h"

#include <device/notify.h>
#include <gen/device.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <masix/process.h>
#include <net/ne2000_io.h>
#include <standard_ports.h>

#define BURST         16
#define RESOURCES_MAX 16

static struct ne2000_card card;
static mach_port_t line_device, line_port;
static uint32_t line;
static uint8_t room[BURST][NIC_FRAME_BYTES_MAX + 2];
static struct nic_frame frames[BURST];
/* The Ethernet header is at an odd half word, so that what follows is aligned. */
static uint8_t frame_out[2 + NIC_FRAME_BYTES_MAX] __attribute__((aligned(4)));

static bool resource(natural_t kind, natural_t index, mach_port_t *port, natural_t *first,
		     natural_t *count)
{
	return process_get_resource(standard_process_port(), kind, index, port, first, count) ==
	       KERN_SUCCESS;
}

static kern_return_t open_line(mach_port_t device, natural_t number)
{
	kern_return_t result = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &line_port);

	line_device = device;
	line = number;
	result = result ?: mach_port_move_member(SELF, line_port, network.set);
	return result
		       ?: device_intr_register(device, (int)number, 0, line_port,
					       MACH_MSG_TYPE_MAKE_SEND);
}

/* The index-th range of ports and its line, as the roster pairs them. */
static bool try_card(natural_t index)
{
	mach_port_t ports = MACH_PORT_NULL, device = MACH_PORT_NULL;
	natural_t first = 0, count = 0, number = 0, one = 0;
	enum ne2000_error error = NE2000_FOUND;

	if (!resource(PROCESS_RESOURCE_INTERRUPT, index, &device, &number, &one)) {
		return false;
	}
	bool found = resource(PROCESS_RESOURCE_IO, index, &ports, &first, &count) &&
		     count >= NE2000_PORTS &&
		     ne2000_io_open(&card, ports, first, &error) == KERN_SUCCESS;
	if (found && open_line(device, number) == KERN_SUCCESS) {
		mach_printf("gns: card %02x:%02x:%02x:%02x:%02x:%02x at 0x%x, line %u\n",
			    card_address()[0], card_address()[1], card_address()[2],
			    card_address()[3], card_address()[4], card_address()[5], first, number);
		return true;
	}
	if (found) {
		nic_stop(&card.nic);
	}
	(void)mach_port_deallocate(SELF, device);
	return false;
}

kern_return_t card_open(void)
{
	for (unsigned int i = 0; i < BURST; i++) {
		frames[i].data = room[i] + 2;
	}
	for (natural_t i = 0; i < RESOURCES_MAX; i++) {
		if (try_card(i)) {
			return KERN_SUCCESS;
		}
	}
	mach_print("gns: no network card: this node is alone\n");
	return KERN_FAILURE;
}

const uint8_t *card_address(void)
{
	return card.nic.status->address;
}

bool card_is_line(mach_port_t port)
{
	return port == line_port;
}

uint64_t card_deadline_us(void)
{
	uint64_t deadline_ms = card.nic.status->deadline_ms;

	return deadline_ms == NIC_NEVER ? WIRE_NEVER : deadline_ms * 1000;
}

static void take_frame(const struct nic_frame *frame)
{
	struct wire_address from = {.count = NIC_ADDRESS_BYTES};

	if (frame->bytes < NIC_HEADER_BYTES || frame->data[12] != WIRE_ETHERTYPE >> 8 ||
	    frame->data[13] != (WIRE_ETHERTYPE & 0xff)) {
		return;
	}
	memcpy(from.bytes, frame->data + NIC_ADDRESS_BYTES, NIC_ADDRESS_BYTES);
	wire_take_frame(&network.node, network.now_us, &from, frame->data + NIC_HEADER_BYTES,
			frame->bytes - NIC_HEADER_BYTES);
	network_pump();
}

void card_serve(bool interrupt)
{
	uint32_t count = 0;

	do {
		count = nic_poll(&card.nic, network.now_us / 1000, frames, BURST);
		for (uint32_t i = 0; i < count; i++) {
			take_frame(&frames[i]);
		}
	} while (count == BURST);
	if (interrupt) {
		(void)device_intr_ack(line_device, line_port, MACH_MSG_TYPE_MAKE_SEND);
	}
}

uint8_t *card_frame(void)
{
	return frame_out + 2 + NIC_HEADER_BYTES;
}

static void transmit(const uint8_t *to, uint16_t ethertype, uint32_t bytes)
{
	uint8_t *head = frame_out + 2;

	if (to != NULL) {
		memcpy(head, to, NIC_ADDRESS_BYTES);
	} else {
		memset(head, 0xff, NIC_ADDRESS_BYTES);
	}
	memcpy(head + NIC_ADDRESS_BYTES, card_address(), NIC_ADDRESS_BYTES);
	head[12] = (uint8_t)(ethertype >> 8);
	head[13] = (uint8_t)ethertype;
	/* A frame that the card does not take is one that was lost: the transport sends it again.
	 */
	(void)nic_transmit(&card.nic, network.now_us / 1000, head, NIC_HEADER_BYTES + bytes);
}

void card_send(const uint8_t *to, uint32_t bytes)
{
	transmit(to, WIRE_ETHERTYPE, bytes);
}

void card_send_other(uint16_t ethertype, uint32_t bytes)
{
	transmit(NULL, ethertype, bytes);
}
