/* The typed body of a message: one item after another, each a type descriptor and its data (or the
   address of it). Pure: knows bytes, not rights. mach/message.h; facts: short form one word, long
   form three. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ipc_item {
	uint32_t name; /* MACH_MSG_TYPE_* of the elements */
	uint32_t element_bits;
	uint32_t number;
	uint32_t header_bytes; /* of the descriptor: 4 or 12 */
	uint32_t item_bytes;   /* descriptor and what follows it inline, padded to 4: where the next
				  item starts */
	uint64_t data_bytes;   /* the elements' own size, here or out of line */
	bool is_inline;
	bool is_long;
	bool is_port; /* the elements are rights */
	bool deallocate;
};

enum ipc_item_result {
	IPC_ITEM_OK,
	IPC_ITEM_TOO_SMALL, /* descriptor or inline data reach beyond the message */
	IPC_ITEM_BAD_TYPE,  /* rights that are not 32 bits wide, a long form with a short form's
			       fields, deallocate inline */
};

/* Reads the item at `bytes`, of which `left` (a multiple of 4) are the message's. Touches nothing
   beyond them. */
enum ipc_item_result ipc_item_parse(const void *bytes, uint32_t left, struct ipc_item *item);

/* Writes another element name into the descriptor at `bytes` (copyin and copyout of rights). */
void ipc_item_set_name(void *bytes, uint32_t name);
