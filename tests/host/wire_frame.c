/* The bytes of the wire: what is written is what is read, cut and random frames are refused or read
   within their memory, and numbers that contradict each other are refused.
   LINK: lib/wire/frame_core.c */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "wire/frame_core.h"

static uint64_t state = 20261121;

static void test_headers(void)
{
	for (uint8_t type = WIRE_DATA; type <= WIRE_HERE; type++) {
		struct wire_header in = {.version = WIRE_VERSION,
					 .type = type,
					 .index = 0x89abcdef,
					 .counter = 0x1122334455667788ull,
					 .incarnation = 0x99aabbccddeeff00ull};
		struct wire_header out;
		uint8_t bytes[64];
		memset(in.sender, 0x5a, sizeof in.sender);
		struct wire_writer writer = wire_writer(bytes, sizeof bytes);
		wire_encode_header(&writer, &in);
		size_t size = sizeof bytes - writer.left;
		bool indexed = type == WIRE_DATA || type == WIRE_RESP;
		CHECK(size == (indexed ? WIRE_INDEXED_HEADER_BYTES : WIRE_NAMED_HEADER_BYTES),
		      "the header of type %u has its size", type);
		CHECK(wire_decode_header(bytes, size, &out) && out.counter == in.counter &&
			      (indexed ? out.index == in.index
				       : out.incarnation == in.incarnation &&
						 memcmp(out.sender, in.sender, 16) == 0),
		      "type %u: what was written is read", type);
		bool refused = true;
		for (size_t cut = 0; cut < size; cut++) {
			refused &= !wire_decode_header(bytes, cut, &out);
		}
		CHECK(refused, "type %u: a cut header is refused", type);
	}
	uint8_t bytes[64] = {WIRE_VERSION, WIRE_HERE + 1};
	struct wire_header header;
	CHECK(!wire_decode_header(bytes, sizeof bytes, &header), "an unknown type is refused");
	bytes[0] = WIRE_VERSION + 1;
	bytes[1] = WIRE_DATA;
	CHECK(!wire_decode_header(bytes, sizeof bytes, &header), "an unknown version is refused");
}

static void test_order(void)
{
	uint8_t bytes[15];
	struct wire_writer writer = wire_writer(bytes, sizeof bytes);
	wire_write_u8(&writer, 1);
	wire_write_u16(&writer, 0x0302);
	wire_write_u32(&writer, 0x07060504);
	wire_write_u64(&writer, 0x0f0e0d0c0b0a0908ull);
	bool ascending = !writer.failed;
	for (uint8_t i = 0; i < sizeof bytes; i++) {
		ascending &= bytes[i] == i + 1;
	}
	CHECK(ascending, "numbers are little-endian");
	wire_write_u8(&writer, 0);
	CHECK(writer.failed, "a full writer fails");
	struct wire_reader reader = wire_reader(bytes, 3);
	CHECK(wire_read_u32(&reader) == 0 && reader.failed && wire_read_u8(&reader) == 0,
	      "a reader that failed goes on failing");
}

static bool decode(const struct wire_fragment *fragment, uint32_t bytes)
{
	uint8_t buffer[256], data[64] = {0};
	struct wire_writer writer = wire_writer(buffer, sizeof buffer);
	struct wire_fragment in = *fragment, out;
	struct wire_record record;
	in.data = data;
	in.bytes = bytes;
	wire_encode_fragment(&writer, WIRE_KIND_MESSAGE, WIRE_FLAG_MUST, &in);
	struct wire_reader reader = wire_reader(buffer, sizeof buffer - writer.left);
	return wire_decode_record(&reader, &record) == WIRE_NEXT_RECORD &&
	       record.kind == WIRE_KIND_MESSAGE && record.flags == WIRE_FLAG_MUST &&
	       wire_decode_fragment(&record, &out) && out.offset == in.offset &&
	       out.total == in.total && out.sequence == in.sequence && out.bytes == bytes;
}

static void test_fragments(void)
{
	CHECK(decode(&(struct wire_fragment){7, 8, 9, 0, 64, NULL, 0}, 64), "a whole message");
	CHECK(decode(&(struct wire_fragment){7, 8, 9, 10, 64, NULL, 0}, 54), "its last piece");
	CHECK(decode(&(struct wire_fragment){7, 8, 9, 0, 0, NULL, 0}, 0), "a message of no bytes");
	CHECK(!decode(&(struct wire_fragment){7, 8, 9, 0, 64, NULL, 0}, 0), "an empty piece");
	CHECK(!decode(&(struct wire_fragment){7, 8, 9, 10, 64, NULL, 0}, 55), "a piece too long");
	CHECK(!decode(&(struct wire_fragment){7, 8, 9, 65, 64, NULL, 0}, 0), "one behind the end");
	CHECK(!decode(&(struct wire_fragment){7, 8, 9, 0xfffffff0, 64, NULL, 0}, 32),
	      "one whose end overflows");
}

static void test_padding(void)
{
	uint8_t bytes[8] = {0};
	struct wire_record record;
	struct wire_reader reader = wire_reader(bytes, sizeof bytes);
	CHECK(wire_decode_record(&reader, &record) == WIRE_NEXT_END, "zeroes are padding");
	bytes[7] = 1;
	CHECK(wire_decode_record(&reader, &record) == WIRE_NEXT_BAD, "other padding is refused");
	reader = wire_reader(bytes, 0);
	CHECK(wire_decode_record(&reader, &record) == WIRE_NEXT_END, "an empty payload ends");
	uint8_t long_record[6] = {WIRE_KIND_ACK, 0, 3, 0, 1, 2};
	reader = wire_reader(long_record, sizeof long_record);
	CHECK(wire_decode_record(&reader, &record) == WIRE_NEXT_BAD,
	      "a record longer than its frame is refused");
}

static void test_terms(void)
{
	struct wire_terms terms = {.index = 1,
				   .serial = 2,
				   .incarnation = 3,
				   .byte_order = WIRE_ORDER_LITTLE,
				   .word_bytes = 4,
				   .frame_bytes_max = WIRE_FRAME_BYTES_MAX};
	struct wire_terms out;
	uint8_t bytes[WIRE_TERMS_BYTES];
	wire_encode_terms(bytes, &terms);
	CHECK(wire_decode_terms(bytes, &out) && out.serial == 2, "terms are read as written");
	terms.frame_bytes_max = WIRE_FRAME_BYTES_LEAST - 1;
	wire_encode_terms(bytes, &terms);
	CHECK(!wire_decode_terms(bytes, &out), "too small a frame is refused");
	terms.frame_bytes_max = WIRE_FRAME_BYTES_MAX + 1;
	wire_encode_terms(bytes, &terms);
	CHECK(!wire_decode_terms(bytes, &out), "too large a frame is refused");
	terms.frame_bytes_max = WIRE_FRAME_BYTES_MAX;
	terms.incarnation = 0;
	wire_encode_terms(bytes, &terms);
	CHECK(!wire_decode_terms(bytes, &out), "incarnation 0 is refused");
}

/* Everything that decodes, over bytes that lie in memory of exactly their size. */
static uint64_t decode_all(const uint8_t *bytes, size_t size)
{
	struct wire_header header;
	struct wire_question question;
	struct wire_shake shake;
	struct wire_record record;
	uint64_t sum = 0;
	if (wire_decode_header(bytes, size, &header)) {
		sum += wire_decode_question(header.type, bytes + header.bytes, size - header.bytes,
					    &question);
		sum += wire_decode_shake(&header, bytes, size, &shake);
	}
	if (size >= WIRE_TERMS_BYTES) {
		struct wire_terms terms;
		sum += wire_decode_terms(bytes, &terms);
	}
	struct wire_reader reader = wire_reader(bytes, size);
	while (wire_decode_record(&reader, &record) == WIRE_NEXT_RECORD) {
		struct wire_ack ack;
		struct wire_window window;
		struct wire_fragment fragment;
		uint64_t value;
		uint32_t round;
		uint8_t what;
		sum += wire_decode_window(&record, &window) + wire_decode_u64(&record, &value) +
		       wire_decode_u8(&record, &what) + wire_decode_idle(&record, &what, &round);
		if (wire_decode_ack(&record, &ack)) {
			for (unsigned i = 0; i < ack.bits_bytes; i++) {
				sum += ack.bits[i];
			}
		}
		if (wire_decode_fragment(&record, &fragment)) {
			for (unsigned i = 0; i < fragment.bytes; i++) {
				sum += fragment.data[i];
			}
		}
	}
	return sum;
}

static void test_random(void)
{
	uint64_t sum = 0;
	printf("# seed %llu\n", (unsigned long long)state);
	for (unsigned round = 0; round < 200000; round++) {
		size_t size = tap_random(&state) % 200;
		uint8_t *bytes = malloc(size + (size == 0));
		for (size_t i = 0; i < size; i++) {
			uint64_t random = tap_random(&state);
			/* Small numbers and known kinds more often than chance has them. */
			bytes[i] = (uint8_t)(random >> 8 & 1 ? random & 7 : random >> 16);
		}
		if (size > 2 && round % 2 == 0) {
			bytes[0] = WIRE_VERSION;
			bytes[1] = (uint8_t)(1 + round / 2 % WIRE_HERE);
		}
		sum += decode_all(bytes, size);
		free(bytes);
	}
	CHECK(sum > 0, "200000 random frames are read within their memory");
}

int main(void)
{
	test_headers();
	test_order();
	test_fragments();
	test_padding();
	test_terms();
	test_random();
	return tap_done();
}
