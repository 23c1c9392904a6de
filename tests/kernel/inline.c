/* TEST: oracle=yes */
/* Data inline: every type, both forms of the type word, odd sizes, padding, bad type words. */
#include "lib/msg.h"

static mach_port_t port;
static struct msg out;
static struct msg in;

/* Sends what was built and receives it; the bodies must then be the same, byte for byte. */
static boolean_t round_trip(void)
{
	mach_msg_return_t result = msg_send(&out);

	if (result != MACH_MSG_SUCCESS) {
		test_note("  send: %s", mach_error_string(result));
		return FALSE;
	}
	memset(&in, 0xaa, sizeof in.head + 512);
	result = msg_receive(&in, port, 0);
	if (result != MACH_MSG_SUCCESS) {
		test_note("  receive: %s", mach_error_string(result));
		return FALSE;
	}
	return in.size == out.size && memcmp(in.body, out.body, out.size - sizeof out.head) == 0 &&
	       in.head.msgh_bits == MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND);
}

static void begin(void)
{
	msg_begin(&out, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
}

static void check_types(void)
{
	static const struct {
		mach_msg_type_name_t name;
		unsigned int size_bits;
	} types[] = {
		{MACH_MSG_TYPE_BOOLEAN, 32},
		{MACH_MSG_TYPE_INTEGER_16, 16},
		{MACH_MSG_TYPE_INTEGER_32, 32},
		{MACH_MSG_TYPE_CHAR, 8},
		{MACH_MSG_TYPE_BYTE, 8},
		{MACH_MSG_TYPE_REAL, 32},
		{MACH_MSG_TYPE_REAL, 64},
		{MACH_MSG_TYPE_INTEGER_64, 64},
		{MACH_MSG_TYPE_STRING, 8},
		{MACH_MSG_TYPE_PORT_NAME, 32},
		{MACH_MSG_TYPE_BIT, 1},
		{63, 7},
		{7, 24},
		{200, 200},
	};
	static const unsigned int counts[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33};
	uint8_t data[8 * 1024];

	for (size_t i = 0; i < sizeof data; i++) {
		data[i] = (uint8_t)(i * 7 + 1);
	}
	test_group_begin("every type, both forms, many counts: what is sent is received");
	for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
		for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
			begin();
			msg_add(&out, types[t].name, types[t].size_bits, counts[c], data);
			msg_add_int(&out, 0x11223344);
			CHECK(round_trip());
			begin();
			msg_add_long(&out, types[t].name, types[t].size_bits, counts[c], data);
			msg_add_int(&out, 0x11223344);
			CHECK(round_trip());
		}
	}
	test_group_end();
	test_group_begin("sizes of data from 0 to 4095 bytes, in steps of 13");
	for (unsigned int bytes = 0; bytes < 4096; bytes += 13) {
		begin();
		msg_add(&out, MACH_MSG_TYPE_BYTE, 8, bytes, data);
		CHECK(round_trip());
	}
	test_group_end();
	begin();
	msg_add_long(&out, MACH_MSG_TYPE_BYTE, 8, 8000, data);
	CHECK(round_trip());
}

/* A complex message without rights or memory is scanned, and arrives as a simple one. */
static void check_complex_bit(void)
{
	begin();
	msg_add_int(&out, 5);
	out.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	CHECK_KR(msg_send(&out), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&in, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(in.head.msgh_bits & MACH_MSGH_BITS_COMPLEX, 0);
	CHECK_EQ(msg_item_int(&in), 5);
}

/* In a simple message nothing of the body is looked at. */
static void check_simple_is_opaque(void)
{
	static const uint32_t junk[] = {0xffffffff, 0x12345678, 0x70000011, 0};

	begin();
	msg_add_words(&out, junk, 4);
	CHECK(round_trip());
	begin();
	msg_add_port(&out, 0x777, MACH_MSG_TYPE_MOVE_RECEIVE);
	out.head.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
	CHECK(round_trip());
}

#define TYPE(name, size, number, flags) ((name) | (size) << 8 | (number) << 16 | (flags) << 28)
#define INLINE                          1
#define LONG                            2
#define DEALLOCATE                      4

static mach_msg_return_t send_words(const uint32_t *words, unsigned int count)
{
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	begin();
	out.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	msg_add_words(&out, words, count);
	result = msg_send(&out);
	if (result == MACH_MSG_SUCCESS) {
		(void)msg_receive(&in, port, 0);
	}
	return result;
}

#define SEND_WORDS(...)                                                                            \
	send_words((const uint32_t[]){__VA_ARGS__},                                                \
		   sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void check_bad_types(void)
{
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 2u, INLINE), 1), MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 4095u, INLINE), 1), MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 1u, INLINE)), MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(0u, 0u, 0u, INLINE | LONG)), MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(0u, 0u, 0u, INLINE | LONG), 0x00200002), MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(0u, 0u, 0u, INLINE | LONG), 0x00200002, 0x40000000, 0),
		 MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(0u, 0u, 0u, INLINE | LONG), 0x00200002, 0x08000001, 0),
		 MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(0u, 0u, 0u, INLINE | LONG), 0xffff0002, 0xffffffff, 0),
		 MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 1u, INLINE | DEALLOCATE), 1), MACH_SEND_INVALID_TYPE);
	CHECK_KR(SEND_WORDS(TYPE(17u, 16u, 1u, INLINE), 1), MACH_SEND_INVALID_TYPE);
	CHECK_KR(SEND_WORDS(TYPE(17u, 64u, 1u, INLINE), 1, 1), MACH_SEND_INVALID_TYPE);
	CHECK_KR(SEND_WORDS(TYPE(20u, 0u, 1u, INLINE), 1), MACH_SEND_INVALID_TYPE);
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 1u, 0), 0xfffff000), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 1u, 0)), MACH_SEND_MSG_TOO_SMALL);
	CHECK_KR(SEND_WORDS(TYPE(2u, 32u, 0u, INLINE), TYPE(2u, 32u, 0u, INLINE)),
		 MACH_MSG_SUCCESS);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "inline");
	port = port_new_send();
	check_types();
	check_complex_bit();
	check_simple_is_opaque();
	check_bad_types();
	port_destroy(port);
	test_end();
}
