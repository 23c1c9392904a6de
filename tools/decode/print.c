/* Frames as text, within 80 columns: time in seconds, from, to, type, and what is in it. */
#include "decode.h"

#include <inttypes.h>

static const char *message_name(uint32_t id)
{
	static char number[16];

	for (unsigned i = 0; i < message_names_count; i++) {
		if (message_names[i].id == (int32_t)id) {
			return message_names[i].name;
		}
	}
	snprintf(number, sizeof number, "%" PRId32, (int32_t)id);
	return number;
}

static void print_piece(const char *kind, const struct wire_record *record)
{
	struct wire_fragment piece;

	if (!wire_decode_fragment(record, &piece)) {
		printf("%s (malformed)\n", kind);
		return;
	}
	struct wire_reader reader = wire_reader(piece.data, piece.bytes);
	bool begins = record->kind == WIRE_KIND_MESSAGE && piece.offset == 0;

	printf("%s %s%sto %u.%u #%u", kind, begins ? message_name(wire_read_u32(&reader)) : "",
	       begins ? " " : "", piece.export_id, piece.generation, piece.sequence);
	if (piece.bytes != piece.total) {
		printf(" %u-%u of %u\n", piece.offset, piece.offset + piece.bytes, piece.total);
	} else {
		printf(" %u\n", piece.bytes);
	}
}

static void print_record(const struct wire_record *record)
{
	const char *kind = name_of_kind(record->kind);
	char number[16];
	struct wire_ack ack;
	struct wire_window window;
	uint64_t value = 0;
	uint32_t round = 0;
	uint8_t what = 0;

	snprintf(number, sizeof number, "kind %u", record->kind);
	kind = kind != NULL ? kind : number;
	if (record->kind >= WIRE_KIND_STREAM && record->kind <= WIRE_KIND_STREAM_LAST) {
		print_piece(kind, record);
	} else if (record->kind == WIRE_KIND_ACK && wire_decode_ack(record, &ack)) {
		printf("%s to %" PRIu64 "\n", kind, ack.largest);
	} else if (record->kind == WIRE_KIND_WINDOW && wire_decode_window(record, &window)) {
		printf("%s %u.%u below %u\n", kind, window.export_id, window.generation,
		       window.limit);
	} else if (record->kind == WIRE_KIND_BUDGET && wire_decode_u64(record, &value)) {
		printf("%s %" PRIu64 "\n", kind, value);
	} else if (record->kind == WIRE_KIND_IDLE && wire_decode_idle(record, &what, &round)) {
		printf("%s %s, round %u\n", kind,
		       what == WIRE_IDLE_ASK ? "ask" : (what == WIRE_IDLE_YES ? "yes" : "no"),
		       round);
	} else if (record->kind == WIRE_KIND_CLOSE && wire_decode_u8(record, &what)) {
		printf("%s reason %u\n", kind, what);
	} else {
		printf("%s\n", kind);
	}
}

static void print_head(uint64_t time_us, const struct opened *opened)
{
	const char *type = name_of_type(opened->header.type);

	printf("%5" PRIu64 ".%06u %-7s > %-7s %-7s ", time_us / 1000000,
	       (unsigned)(time_us % 1000000), opened->from, opened->to, type != NULL ? type : "?");
}

static void print_named(const struct opened *opened)
{
	struct wire_resolve resolve;

	if (opened->header.type == WIRE_RESOLVE &&
	    wire_decode_resolve(WIRE_RESOLVE, opened->payload, opened->bytes, &resolve)) {
		printf("%s", resolve.name);
	}
	printf("\n");
}

void print_frame(uint64_t time_us, const struct opened *opened, size_t bytes)
{
	struct wire_reader reader = wire_reader(opened->payload, opened->bytes);
	struct wire_record record;
	enum wire_next next = WIRE_NEXT_END;

	if (!opened->open) {
		print_head(time_us, opened);
		printf("sealed, %zu bytes\n", bytes);
		return;
	}
	if (opened->header.type != WIRE_DATA) {
		print_head(time_us, opened);
		print_named(opened);
		return;
	}
	while ((next = wire_decode_record(&reader, &record)) == WIRE_NEXT_RECORD) {
		print_head(time_us, opened);
		print_record(&record);
	}
	if (next == WIRE_NEXT_BAD) {
		print_head(time_us, opened);
		printf("(malformed)\n");
	}
}
