/* The items of a message; see the header. */
#include "items_core.h"

/* Without C's library: the words of a message may lie anywhere in a caller's buffer. */
static void copy(void *to, const unsigned char *from, unsigned long bytes)
{
	unsigned char *byte = to;

	while (bytes-- != 0) {
		*byte++ = *from++;
	}
}

void items_begin(struct items *items, const mach_msg_header_t *head, mach_msg_size_t size)
{
	items->head = head;
	items->at = sizeof *head;
	items->size = size;
}

/* Reads the descriptor, short or long; "at" is behind it afterwards. */
static bool read_type(struct items *items, struct item *item, unsigned int *bits)
{
	const unsigned char *base = (const unsigned char *)items->head;
	mach_msg_type_long_t type = { .msgtl_name = 0 };

	if (items->size < items->at || items->size - items->at < sizeof type.msgtl_header) {
		return false;
	}
	copy(&type.msgtl_header, base + items->at, sizeof type.msgtl_header);
	item->is_inline = type.msgtl_header.msgt_inline;
	item->deallocate = type.msgtl_header.msgt_deallocate;
	item->name = type.msgtl_header.msgt_name;
	item->number = type.msgtl_header.msgt_number;
	*bits = type.msgtl_header.msgt_size;
	if (type.msgtl_header.msgt_longform) {
		if (items->size - items->at < sizeof type) {
			return false;
		}
		copy(&type, base + items->at, sizeof type);
		item->name = type.msgtl_name;
		item->number = type.msgtl_number;
		*bits = type.msgtl_size;
		items->at += sizeof type;
		return true;
	}
	items->at += sizeof type.msgtl_header;
	return true;
}

bool items_next(struct items *items, struct item *item)
{
	unsigned int bits = 0;
	uint64_t bytes = 0;
	uint64_t in_message = 0;

	if (!read_type(items, item, &bits)) {
		return false;
	}
	bytes = ((uint64_t)item->number * bits + 7) / 8;
	in_message = item->is_inline ? bytes : sizeof(uint32_t);
	if (in_message > items->size - items->at || bytes > UINT32_MAX) {
		items->at = items->size;
		return false;
	}
	item->data = (const unsigned char *)items->head + items->at;
	item->bytes = (unsigned long)bytes;
	/* Padded to words; a last item's padding may be missing. */
	in_message = (in_message + 3) & ~(uint64_t)3;
	items->at = in_message > items->size - items->at ? items->size :
							   items->at + (mach_msg_size_t)in_message;
	return true;
}
