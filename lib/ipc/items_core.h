/*
 * The typed items of a message's body: rights and memory that must be given back when nobody takes
 * them.  A client's bytes decide nothing here but what the kernel has checked when it carried them;
 * still no item reaches beyond the message.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <mach/message.h>

struct items {
	const mach_msg_header_t *head;
	mach_msg_size_t at;   /* bytes from the head */
	mach_msg_size_t size; /* of the whole message */
};

struct item {
	unsigned int name;	 /* MACH_MSG_TYPE_* */
	unsigned int number;	 /* elements */
	unsigned long bytes;	 /* of all elements */
	bool is_inline;
	bool deallocate;	 /* as a sender meant it */
	const unsigned char *data; /* in the message: the elements, or the word with their address */
};

/* Begins with the first item of a message with a body ("complex" or not) of "size" bytes. */
void items_begin(struct items *items, const mach_msg_header_t *head, mach_msg_size_t size);

/* The next item; false: there is none, or the rest is not whole items. */
bool items_next(struct items *items, struct item *item);
