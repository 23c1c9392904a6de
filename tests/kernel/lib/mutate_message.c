/* One random message: a request as its interface wants it, and then what a liar changes in it. */
#include "mutate.h"

static uint32_t random_state;

/* xorshift32: never 0, so the seed must not be. */
static uint32_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static uint32_t random_below(uint32_t bound)
{
	return random_next() % bound;
}

static boolean_t one_in(uint32_t bound)
{
	return random_below(bound) == 0;
}

static void random_seed(uint32_t seed, uint32_t index)
{
	random_state = (seed ^ index * 2654435761u) | 1;
	for (int i = 0; i < 8; i++) {
		(void)random_next();
	}
}

/* Numbers at which something ends or begins, and mere ones. */
static uint32_t random_number(void)
{
	static const uint32_t edges[] = {0xffffffff, 0x80000000, 0x7fffffff, 4096,
					 4095,       4097,       65536,      1 << 20,
					 0xc0000000, 512,        34,         0xfffff000};

	switch (random_below(6)) {
	case 0:
	case 1:
	case 2:
		return random_below(8);
	case 3:
		return edges[random_below(sizeof edges / sizeof edges[0])];
	case 4:
		return 1u << random_below(32);
	default:
		return random_next();
	}
}

/* -------------------------------------------------------------------------------- an item */

static uint8_t *message_end(struct mutate_message *message)
{
	return (uint8_t *)&message->head + message->size;
}

static uint32_t room(const struct mutate_message *message)
{
	return sizeof message->head + sizeof message->body - message->size;
}

static void fill_noise(uint8_t *data, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		data[i] = random_next() >> 11;
	}
}

/* Text: a known word, a path made of such, noise, or one letter all over; ended by a 0 mostly. */
static void fill_text(const struct mutate *mutate, uint8_t *data, uint32_t bytes)
{
	unsigned int words = 0;
	uint32_t used = 0;

	while (mutate->words != NULL && mutate->words[words] != NULL) {
		words++;
	}
	if (words == 0 || one_in(4)) {
		fill_noise(data, bytes);
	} else if (one_in(8)) {
		memset(data, one_in(2) ? '/' : 'a', bytes);
	} else {
		do {
			const char *word = mutate->words[random_below(words)];
			uint32_t length = strlen(word);

			length = length < bytes - used ? length : bytes - used;
			memcpy(data + used, word, length);
			used += length;
		} while (used < bytes && one_in(3));
		memset(data + used, 0, bytes - used);
	}
	if (bytes != 0 && !one_in(8)) {
		data[bytes - 1] = 0;
	}
}

static mach_port_t random_right(const struct mutate_rights *rights)
{
	switch (random_below(10)) {
	case 0:
		return rights->reply;
	case 1:
	case 2:
		return rights->other;
	case 3:
		return rights->dead;
	case 4:
		return MACH_PORT_NULL;
	case 5:
		return one_in(2) ? MACH_PORT_DEAD : random_next();
	case 6:
		return one_in(4) ? mach_task_self() : rights->set;
	default:
		return rights->target[random_below(rights->targets)];
	}
}

static mach_msg_type_name_t random_disposition(void)
{
	return MACH_MSG_TYPE_MOVE_RECEIVE + random_below(7);
}

/* A disposition with which that right can be sent, mostly. */
static mach_msg_type_name_t fitting_disposition(const struct mutate_rights *rights,
						mach_port_t right)
{
	if (one_in(16)) {
		return random_disposition();
	}
	if (right == rights->reply || right == rights->other) {
		return one_in(2) ? MACH_MSG_TYPE_MAKE_SEND : MACH_MSG_TYPE_MAKE_SEND_ONCE;
	}
	return MACH_MSG_TYPE_COPY_SEND;
}

/* Memory for an item out of line: of some size, from the middle of a page at times. */
static void add_memory(struct mutate_message *message, const struct mutate *mutate,
		       mach_msg_type_long_t *type, uint32_t element_bytes)
{
	static const uint32_t sizes[] = {0, 1, 4, 100, 4095, 4096, 4097, 12288, 65536, 1 << 20};
	uint32_t bytes = sizes[random_below(sizeof sizes / sizeof sizes[0])];
	uint32_t shift = one_in(4) ? random_below(4096) : 0;
	vm_address_t address = 0;

	bytes = one_in(4) ? random_below(20000) : bytes;
	if (one_in(16)) {
		/* Memory that is not there, or far too much of it: the kernel's to refuse. */
		type->msgtl_number = random_number();
		address = random_number();
	} else if (message->memory == 0 &&
		   vm_allocate(mach_task_self(), &message->memory, bytes + shift + 4096, TRUE) ==
			   KERN_SUCCESS) {
		message->memory_bytes = bytes + shift + 4096;
		address = message->memory + shift;
		fill_text(mutate, (uint8_t *)address, bytes < 256 ? bytes : 256);
		type->msgtl_number = bytes / element_bytes;
	} else {
		type->msgtl_number = 0;
	}
	memcpy(message_end(message), &address, sizeof address);
}

/* Adds the type word or words of an item; returns how many bytes they are. */
static uint32_t put_type(uint8_t *at, const mach_msg_type_long_t *type)
{
	mach_msg_type_t word = type->msgtl_header;

	if (word.msgt_longform) {
		memcpy(at, type, sizeof *type);
		return sizeof *type;
	}
	word.msgt_name = type->msgtl_name;
	word.msgt_size = type->msgtl_size;
	word.msgt_number = type->msgtl_number;
	memcpy(at, &word, sizeof word);
	return sizeof word;
}

/* What a liar says about an item. */
static void lie_about(mach_msg_type_long_t *type)
{
	switch (random_below(6)) {
	case 0:
		type->msgtl_name = one_in(2) ? random_below(25) : random_next();
		break;
	case 1:
		type->msgtl_size = one_in(2) ? 8u << random_below(4) : random_next();
		break;
	case 2:
		type->msgtl_number = random_number();
		break;
	case 3:
		type->msgtl_number += one_in(2) ? 1 : -1;
		break;
	case 4:
		type->msgtl_header.msgt_inline ^= 1;
		break;
	default:
		type->msgtl_header.msgt_longform ^= 1;
		break;
	}
}

static uint32_t random_count(const struct mutate_item *item)
{
	if (!item->is_variable) {
		return item->number;
	}
	switch (random_below(8)) {
	case 0:
		return 0;
	case 1:
		return item->number;
	case 2:
		return random_below(item->number + 1);
	default:
		return random_below(item->number < 32 ? item->number + 1 : 32);
	}
}

/* The data of an item inline: "count" elements. */
static void put_data(const struct mutate *mutate, const struct mutate_rights *rights,
		     const struct mutate_item *item, mach_msg_type_long_t *type, uint8_t *at,
		     uint32_t count)
{
	if (item->size_bits == 8) {
		fill_text(mutate, at, count);
		return;
	}
	for (uint32_t i = 0; i < count * (item->size_bits / 32); i++) {
		uint32_t word = random_number();

		if (MACH_MSG_TYPE_PORT_ANY(type->msgtl_name)) {
			word = random_right(rights);
		} else if (item->size_bits == 64 && i % 2 == 1 && !one_in(4)) {
			word = 0; /* small 64-bit numbers are the interesting ones */
		}
		memcpy(at + 4 * i, &word, sizeof word);
	}
}

/* Adds an item as the interface has it, with random content; "lie" about it or not. */
static void add_item(const struct mutate *mutate, const struct mutate_rights *rights,
		     struct mutate_message *message, const struct mutate_item *item, boolean_t lie)
{
	uint32_t element_bytes = item->size_bits / 8 == 0 ? 1 : item->size_bits / 8;
	mach_msg_type_long_t type = {
		.msgtl_header = {.msgt_inline = item->is_inline, .msgt_longform = item->is_long},
		.msgtl_name = item->name,
		.msgtl_size = item->size_bits,
		.msgtl_number = item->is_inline ? random_count(item) : 0,
	};
	uint32_t bytes = item->is_inline ? (type.msgtl_number * element_bytes + 3) & ~3u : 4;
	boolean_t port = item->name == MUTATE_ANY_RIGHT || MACH_MSG_TYPE_PORT_ANY(item->name);
	mach_port_t right = random_right(rights);
	uint32_t head_bytes = item->is_long ? sizeof type : sizeof type.msgtl_header;
	uint8_t *type_at = message_end(message);

	if (room(message) < bytes + 32) {
		return;
	}
	if (port && item->name != MACH_MSG_TYPE_MOVE_SEND_ONCE) {
		type.msgtl_name = fitting_disposition(rights, right);
	}
	if (port || !item->is_inline) {
		message->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	}
	message->size += head_bytes;
	if (!item->is_inline) {
		add_memory(message, mutate, &type, element_bytes);
		type.msgtl_header.msgt_deallocate = message->memory != 0 && one_in(3);
	} else if (port && type.msgtl_number == 1) {
		memcpy(message_end(message), &right, sizeof right);
	} else {
		put_data(mutate, rights, item, &type, message_end(message), type.msgtl_number);
	}
	message->size += bytes;
	if (lie) {
		lie_about(&type);
	}
	/* Of another length than before if the lie is about the form: then the data follows less
	 * well. */
	(void)put_type(type_at, &type);
}

/* --------------------------------------------------------------------------------- a message */

static const struct mutate_routine *random_routine(const struct mutate *mutate)
{
	const struct mutate_interface *interface = &mutate_ipc;
	unsigned int count = 0;

	while (count < sizeof mutate->interfaces / sizeof mutate->interfaces[0] &&
	       mutate->interfaces[count] != NULL) {
		count++;
	}
	if (count != 0 && !one_in(24)) {
		interface = mutate->interfaces[random_below(count)];
	}
	return &interface->routines[random_below(interface->routine_count)];
}

static void set_header(const struct mutate_rights *rights, struct mutate_message *message,
		       mach_msg_id_t id)
{
	mach_msg_type_name_t answer = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	mach_port_t reply = rights->reply;

	if (one_in(24)) {
		/* Not moved: this task goes on with the rights it has. */
		answer = one_in(2) ? MACH_MSG_TYPE_COPY_SEND : MACH_MSG_TYPE_MAKE_SEND;
		reply = random_right(rights);
	} else if (one_in(24)) {
		answer = 0;
		reply = MACH_PORT_NULL;
	}
	message->head = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, answer),
		.msgh_remote_port = rights->target[random_below(rights->targets)],
		.msgh_local_port = reply,
		.msgh_id = id,
	};
	message->size = sizeof message->head;
	message->memory = 0;
	message->memory_bytes = 0;
}

/* Noise of some length in place of items. */
static void add_noise(struct mutate_message *message)
{
	uint32_t bytes = 4 * random_below(one_in(4) ? 1000 : 40);

	bytes = bytes < room(message) ? bytes : 0;
	fill_noise(message_end(message), bytes);
	message->size += bytes;
}

/* Changes the finished message as a whole. */
static void distort(struct mutate_message *message)
{
	uint32_t body = message->size - sizeof message->head;

	switch (random_below(8)) {
	case 0: /* shorter, not always by words */
		message->size -=
			one_in(4) ? random_below(body + 1) : 4 * random_below(body / 4 + 1);
		break;
	case 1:
		add_noise(message);
		break;
	case 2:
		if (body != 0) {
			message->body[random_below(body)] ^= 1u << random_below(8);
		}
		break;
	case 3:
		message->head.msgh_bits ^= MACH_MSGH_BITS_COMPLEX;
		break;
	case 4: /* the neighbour's arguments; or an id of nobody's */
		message->head.msgh_id += one_in(2) ? 1 : -1;
		break;
	case 5:
		message->head.msgh_id =
			one_in(2) ? message->head.msgh_id + 100 : (int)random_next();
		break;
	case 6:
		message->size = sizeof message->head;
		add_noise(message);
		break;
	default: /* only a well-formed lie about one item, which add_item told */
		break;
	}
}

void mutate_build(const struct mutate *mutate, const struct mutate_rights *rights,
		  unsigned int index, struct mutate_message *message)
{
	random_seed(mutate->seed, index);

	const struct mutate_routine *routine = random_routine(mutate);
	boolean_t honest = one_in(2);
	unsigned int lie = random_below(routine->item_count + 1);

	set_header(rights, message, routine->id);
	for (unsigned int i = 0; i < routine->item_count; i++) {
		add_item(mutate, rights, message, &routine->items[i], !honest && lie == i);
	}
	if (!honest) {
		distort(message);
	}
}
