#include "keylog_core.h"

static void write_way(struct wire_writer *writer, const struct wire_keylog_way *way)
{
	wire_write_u32(writer, way->index);
	wire_write_copy(writer, way->key, WIRE_KEY_BYTES);
}

static void read_way(struct wire_reader *reader, struct wire_keylog_way *way)
{
	way->index = wire_read_u32(reader);
	wire_read_copy(reader, way->key, WIRE_KEY_BYTES);
}

void wire_encode_keylog(uint8_t bytes[WIRE_KEYLOG_BYTES], const struct wire_keylog *keylog)
{
	struct wire_writer writer = wire_writer(bytes, WIRE_KEYLOG_BYTES);
	wire_write_u8(&writer, WIRE_VERSION);
	wire_write_copy(&writer, keylog->node, WIRE_SHORT_ID_BYTES);
	wire_write_copy(&writer, keylog->peer, WIRE_SHORT_ID_BYTES);
	write_way(&writer, &keylog->to_node);
	write_way(&writer, &keylog->to_peer);
}

bool wire_decode_keylog(const uint8_t *bytes, size_t size, struct wire_keylog *keylog)
{
	struct wire_reader reader = wire_reader(bytes, size);
	uint8_t version = wire_read_u8(&reader);
	wire_read_copy(&reader, keylog->node, WIRE_SHORT_ID_BYTES);
	wire_read_copy(&reader, keylog->peer, WIRE_SHORT_ID_BYTES);
	read_way(&reader, &keylog->to_node);
	read_way(&reader, &keylog->to_peer);
	return !reader.failed && version == WIRE_VERSION;
}
