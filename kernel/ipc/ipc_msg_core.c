/* See ipc_msg_core.h. The bit positions are mach/message.h's mach_msg_type_t (facts: "Type word").
 */
#include "ipc_msg_core.h"

#define WORD_NAME(w)    ((w)&0xffu)
#define WORD_SIZE(w)    (((w) >> 8) & 0xffu)
#define WORD_NUMBER(w)  (((w) >> 16) & 0xfffu)
#define WORD_INLINE     (1u << 28)
#define WORD_LONG       (1u << 29)
#define WORD_DEALLOCATE (1u << 30)
#define WORD_UNUSED     (1u << 31)

#define SHORT_BYTES   4u
#define LONG_BYTES    12u
#define POINTER_BYTES 4u
#define PORT_BITS     32u
#define FIRST_PORT    16u /* MACH_MSG_TYPE_MOVE_RECEIVE */
#define LAST_PORT     21u /* MACH_MSG_TYPE_MAKE_SEND_ONCE */

static uint32_t load(const void *bytes, uint32_t offset)
{
	uint32_t word;
	__builtin_memcpy(&word, (const uint8_t *)bytes + offset, sizeof(word));
	return word;
}

static void store(void *bytes, uint32_t offset, uint32_t word)
{
	__builtin_memcpy((uint8_t *)bytes + offset, &word, sizeof(word));
}

enum ipc_item_result ipc_item_parse(const void *bytes, uint32_t left, struct ipc_item *item)
{
	if (left < SHORT_BYTES) {
		return IPC_ITEM_TOO_SMALL;
	}
	uint32_t word = load(bytes, 0);
	item->is_long = (word & WORD_LONG) != 0;
	item->is_inline = (word & WORD_INLINE) != 0;
	item->deallocate = (word & WORD_DEALLOCATE) != 0;
	item->header_bytes = item->is_long ? LONG_BYTES : SHORT_BYTES;
	if (left < item->header_bytes) {
		return IPC_ITEM_TOO_SMALL;
	}
	if (item->is_long) {
		uint32_t pair = load(bytes, 4);
		item->name = pair & 0xffffu;
		item->element_bits = pair >> 16;
		item->number = load(bytes, 8);
	} else {
		item->name = WORD_NAME(word);
		item->element_bits = WORD_SIZE(word);
		item->number = WORD_NUMBER(word);
	}
	item->is_port = item->name >= FIRST_PORT && item->name <= LAST_PORT;
	bool short_fields =
		item->is_long &&
		(word & ~(WORD_LONG | WORD_INLINE | WORD_DEALLOCATE | WORD_UNUSED)) != 0;
	if ((item->is_port && item->element_bits != PORT_BITS) || short_fields ||
	    (word & WORD_UNUSED) != 0 || (item->deallocate && item->is_inline)) {
		return IPC_ITEM_BAD_TYPE;
	}
	item->data_bytes = ((uint64_t)item->number * item->element_bits + 7u) >> 3;
	uint64_t inline_bytes =
		item->is_inline ? (item->data_bytes + 3u) & ~(uint64_t)3u : POINTER_BYTES;
	if (inline_bytes > left - item->header_bytes) {
		return IPC_ITEM_TOO_SMALL;
	}
	item->item_bytes = item->header_bytes + (uint32_t)inline_bytes;
	return IPC_ITEM_OK;
}

void ipc_item_set_name(void *bytes, uint32_t name)
{
	uint32_t word = load(bytes, 0);
	if ((word & WORD_LONG) != 0) {
		store(bytes, 4, (load(bytes, 4) & 0xffff0000u) | name);
	} else {
		store(bytes, 0, (word & ~0xffu) | name);
	}
}
