/* Writing a roster. */
#include "roster_write_core.h"

static void add_bytes(struct roster_writer *writer, const void *bytes, size_t count)
{
	if (writer->full || count > writer->size - writer->used) {
		writer->full = true;
		return;
	}
	__builtin_memcpy(writer->bytes + writer->used, bytes, count);
	writer->used += count;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		at[i] = (uint8_t)(value >> 8 * i);
	}
}

static void add_u32(struct roster_writer *writer, uint32_t value)
{
	uint8_t bytes[4];

	put_u32(bytes, value);
	add_bytes(writer, bytes, sizeof bytes);
}

void roster_begin(struct roster_writer *writer, void *bytes, size_t size, uint64_t version)
{
	*writer = (struct roster_writer){.bytes = bytes, .size = size};
	add_bytes(writer, "MASIXROS", 8);
	add_u32(writer, ROSTER_FORM);
	add_u32(writer, 0); /* the body's length: roster_finish */
	add_u32(writer, (uint32_t)version);
	add_u32(writer, (uint32_t)(version >> 32));
}

size_t roster_open_record(struct roster_writer *writer, unsigned int kind, unsigned int flags)
{
	size_t place = writer->used;

	add_u32(writer, kind | flags << 16);
	add_u32(writer, 0);
	return place;
}

void roster_close_record(struct roster_writer *writer, size_t place)
{
	if (!writer->full) {
		put_u32(writer->bytes + place + 4,
			(uint32_t)(writer->used - place - ROSTER_RECORD_BYTES));
	}
}

void roster_add_record(struct roster_writer *writer, unsigned int kind, unsigned int flags,
		       const void *content, size_t content_bytes)
{
	size_t place = roster_open_record(writer, kind, flags);

	add_bytes(writer, content, content_bytes);
	roster_close_record(writer, place);
}

static void add_name(struct roster_writer *writer, unsigned int kind,
		     const char name[ACS_NAME_BYTES])
{
	roster_add_record(writer, kind, 0, name, __builtin_strlen(name));
}

static void add_number(struct roster_writer *writer, unsigned int kind, uint32_t number)
{
	uint8_t bytes[4];

	put_u32(bytes, number);
	roster_add_record(writer, kind, 0, bytes, sizeof bytes);
}

void roster_add_node(struct roster_writer *writer, const struct roster_node *node)
{
	size_t place = roster_open_record(writer, ROSTER_NODE, ROSTER_MUST);

	add_name(writer, ROSTER_NODE_NAME, node->name);
	add_number(writer, ROSTER_NODE_NUMBER, node->number);
	add_number(writer, ROSTER_NODE_ROLES, node->roles);
	roster_add_record(writer, ROSTER_NODE_PUBLIC, 0, node->public_key, ROSTER_PUBLIC_BYTES);
	roster_add_record(writer, ROSTER_NODE_ID, 0, node->id, ROSTER_ID_BYTES);
	roster_close_record(writer, place);
}

void roster_add_server(struct roster_writer *writer, const struct roster_server *server)
{
	size_t place = roster_open_record(writer, ROSTER_SERVER, ROSTER_MUST);

	add_name(writer, ROSTER_SERVER_NAME, server->name);
	add_number(writer, ROSTER_SERVER_ROLES, server->entry.roles);
	for (unsigned int i = 0; i < server->entry.digests; i++) {
		roster_add_record(writer, ROSTER_SERVER_DIGEST, 0, server->digests[i],
				  MASIX_DIGEST_BYTES);
	}
	for (unsigned int i = 0; i < server->entry.resources; i++) {
		const struct acs_resource *resource = &server->entry.resource[i];
		uint8_t bytes[12];

		put_u32(bytes, resource->kind);
		put_u32(bytes + 4, resource->first);
		put_u32(bytes + 8, resource->count);
		roster_add_record(writer, ROSTER_SERVER_RESOURCE, 0, bytes, sizeof bytes);
	}
	roster_close_record(writer, place);
}

void roster_add_licence(struct roster_writer *writer, const struct roster_licence *licence)
{
	size_t place = roster_open_record(writer, ROSTER_LICENCE, ROSTER_MUST);

	add_name(writer, ROSTER_LICENCE_NAME, licence->name);
	for (unsigned int i = 0; i < licence->count; i++) {
		roster_add_record(writer, ROSTER_LICENCE_NODE, 0, licence->nodes[i],
				  ROSTER_ID_BYTES);
	}
	roster_close_record(writer, place);
}

size_t roster_finish(struct roster_writer *writer)
{
	if (writer->full || writer->size - writer->used < ROSTER_SIGNATURE_BYTES ||
	    writer->used + ROSTER_SIGNATURE_BYTES > ROSTER_BYTES_MAX) {
		writer->full = true;
		return 0;
	}
	put_u32(writer->bytes + 12, (uint32_t)(writer->used - ROSTER_HEADER_BYTES));
	return writer->used;
}
