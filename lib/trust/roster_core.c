/* Reading the roster. Every length is checked against what is left before it is used. */
#include "roster_core.h"

#include "name_core.h"

static const char magic[8] = {'M', 'A', 'S', 'I', 'X', 'R', 'O', 'S'};

#define KEY_ENTRY_BYTES (ROSTER_ID_BYTES + ROSTER_SEALED_BYTES)

static uint32_t get_u32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

struct record {
	unsigned int kind;
	unsigned int flags;
	const uint8_t *content;
	size_t bytes;
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool bad; /* the last record did not fit */
};

/* The next record; false at the end, and when what is left is none. */
static bool next_record(struct reader *reader, struct record *record)
{
	if (reader->left == 0) {
		return false;
	}
	if (reader->left < ROSTER_RECORD_BYTES ||
	    get_u32(reader->at + 4) > reader->left - ROSTER_RECORD_BYTES) {
		reader->bad = true;
		return false;
	}
	record->kind = reader->at[0] | (unsigned int)reader->at[1] << 8;
	record->flags = reader->at[2] | (unsigned int)reader->at[3] << 8;
	record->content = reader->at + ROSTER_RECORD_BYTES;
	record->bytes = get_u32(reader->at + 4);
	reader->at += ROSTER_RECORD_BYTES + record->bytes;
	reader->left -= ROSTER_RECORD_BYTES + record->bytes;
	return true;
}

/* ------------------------------------------------------------------------------------- fields */

/* What reading the fields of a record has found so far. */
struct fields {
	unsigned int seen; /* a bit for each kind that may be there once */
	enum roster_error error;
};

/* A field that is there once and has "bytes" bytes. */
static bool take_once(struct fields *fields, const struct record *field, size_t bytes)
{
	if (field->bytes != bytes || (fields->seen & 1u << field->kind) != 0) {
		fields->error = ROSTER_BAD_FORM;
		return false;
	}
	fields->seen |= 1u << field->kind;
	return true;
}

static void take_name(struct fields *fields, const struct record *field, char name[ACS_NAME_BYTES])
{
	const char *bytes = (const char *)field->content;

	if (!name_check(bytes, field->bytes)) {
		fields->error = ROSTER_BAD_FORM;
	} else if (take_once(fields, field, field->bytes)) {
		name_copy(name, bytes, field->bytes);
	}
}

static void take_number(struct fields *fields, const struct record *field, uint32_t *number)
{
	if (take_once(fields, field, sizeof *number)) {
		*number = get_u32(field->content);
	}
}

static void take_bytes(struct fields *fields, const struct record *field, const uint8_t **bytes,
		       size_t count)
{
	if (take_once(fields, field, count)) {
		*bytes = field->content;
	}
}

/* One more of several: its place in a table of "max", or null. */
static bool take_more(struct fields *fields, const struct record *field, size_t bytes,
		      unsigned int count, unsigned int max)
{
	if (field->bytes != bytes) {
		fields->error = ROSTER_BAD_FORM;
	} else if (count == max) {
		fields->error = ROSTER_TOO_LARGE;
	} else {
		return true;
	}
	return false;
}

static void skip_unknown(struct fields *fields, const struct record *field)
{
	if ((field->flags & ROSTER_MUST) != 0) {
		fields->error = ROSTER_UNKNOWN;
	}
}

static enum roster_error end_fields(const struct fields *fields, const struct reader *reader,
				    unsigned int wanted)
{
	if (fields->error != ROSTER_OK) {
		return fields->error;
	}
	return reader->bad || fields->seen != wanted ? ROSTER_BAD_FORM : ROSTER_OK;
}

/* -------------------------------------------------------------------------------------- records */

static void read_node_field(struct fields *fields, const struct record *field,
			    struct roster_node *node)
{
	switch (field->kind) {
	case ROSTER_NODE_NAME:
		take_name(fields, field, node->name);
		break;
	case ROSTER_NODE_NUMBER:
		take_number(fields, field, &node->number);
		break;
	case ROSTER_NODE_ROLES:
		take_number(fields, field, &node->roles);
		break;
	case ROSTER_NODE_PUBLIC:
		take_bytes(fields, field, &node->public_key, ROSTER_PUBLIC_BYTES);
		break;
	case ROSTER_NODE_ID:
		take_bytes(fields, field, &node->id, ROSTER_ID_BYTES);
		break;
	default:
		skip_unknown(fields, field);
		break;
	}
}

static enum roster_error read_node(const struct record *record, struct roster_node *node)
{
	struct reader reader = {.at = record->content, .left = record->bytes};
	struct fields fields = {.seen = 0};
	struct record field;

	*node = (struct roster_node){.number = 0};
	while (fields.error == ROSTER_OK && next_record(&reader, &field)) {
		read_node_field(&fields, &field, node);
	}
	if (node->number > ROSTER_NUMBER_MAX) {
		return ROSTER_BAD_FORM;
	}
	return end_fields(&fields, &reader,
			  1u << ROSTER_NODE_NAME | 1u << ROSTER_NODE_NUMBER |
				  1u << ROSTER_NODE_ROLES | 1u << ROSTER_NODE_PUBLIC |
				  1u << ROSTER_NODE_ID);
}

static void read_server_field(struct fields *fields, const struct record *field,
			      struct roster_server *server)
{
	struct acs_server_entry *entry = &server->entry;

	switch (field->kind) {
	case ROSTER_SERVER_NAME:
		take_name(fields, field, server->name);
		break;
	case ROSTER_SERVER_ROLES:
		take_number(fields, field, &entry->roles);
		break;
	case ROSTER_SERVER_DIGEST:
		if (take_more(fields, field, MASIX_DIGEST_BYTES, entry->digests,
			      ROSTER_DIGESTS_MAX)) {
			server->digests[entry->digests++] = field->content;
		}
		break;
	case ROSTER_SERVER_RESOURCE:
		if (take_more(fields, field, 12, entry->resources, ACS_RESOURCES_MAX)) {
			entry->resource[entry->resources++] = (struct acs_resource){
				.kind = get_u32(field->content),
				.first = get_u32(field->content + 4),
				.count = get_u32(field->content + 8),
			};
		}
		break;
	default:
		skip_unknown(fields, field);
		break;
	}
}

static enum roster_error read_server(const struct record *record, struct roster_server *server)
{
	struct reader reader = {.at = record->content, .left = record->bytes};
	struct fields fields = {.seen = 0};
	struct record field;

	*server = (struct roster_server){.entry.digests = 0};
	while (fields.error == ROSTER_OK && next_record(&reader, &field)) {
		read_server_field(&fields, &field, server);
	}
	return end_fields(&fields, &reader, 1u << ROSTER_SERVER_NAME | 1u << ROSTER_SERVER_ROLES);
}

static enum roster_error read_licence(const struct record *record, struct roster_licence *licence)
{
	struct reader reader = {.at = record->content, .left = record->bytes};
	struct fields fields = {.seen = 0};
	struct record field;

	*licence = (struct roster_licence){.count = 0};
	while (fields.error == ROSTER_OK && next_record(&reader, &field)) {
		if (field.kind == ROSTER_LICENCE_NAME) {
			take_name(&fields, &field, licence->name);
		} else if (field.kind != ROSTER_LICENCE_NODE) {
			skip_unknown(&fields, &field);
		} else if (take_more(&fields, &field, ROSTER_ID_BYTES, licence->count,
				     ROSTER_LICENSEES_MAX)) {
			licence->nodes[licence->count++] = field.content;
		}
	}
	return end_fields(&fields, &reader, 1u << ROSTER_LICENCE_NAME);
}

/* ---------------------------------------------------------------------------------- the whole */

static struct reader open_body(const struct roster *roster)
{
	return (struct reader){.at = roster->bytes + ROSTER_HEADER_BYTES,
			       .left = roster->signed_bytes - ROSTER_HEADER_BYTES};
}

/* The index-th record of a kind. */
static bool find_record(const struct roster *roster, unsigned int kind, unsigned int index,
			struct record *record)
{
	struct reader reader = open_body(roster);

	while (next_record(&reader, record)) {
		if (record->kind == kind && index-- == 0) {
			return true;
		}
	}
	return false;
}

/* What was seen of the whole so far. */
struct survey {
	char last[ROSTER_LICENCE + 1][ACS_NAME_BYTES]; /* name of its kind */
	uint64_t numbers;
};

/* Its name comes after the last of its kind. */
static bool in_order(struct survey *survey, unsigned int kind, const char name[ACS_NAME_BYTES])
{
	bool good = name_compare(survey->last[kind], name) < 0;

	__builtin_memcpy(survey->last[kind], name, ACS_NAME_BYTES);
	return good;
}

static enum roster_error survey_node(struct roster *roster, struct survey *survey,
				     const struct record *record)
{
	struct roster_node node;
	enum roster_error error = read_node(record, &node);
	uint64_t number = 0;

	if (error != ROSTER_OK) {
		return error;
	}
	number = node.number != 0 ? (uint64_t)1 << node.number : 0;
	if (!in_order(survey, ROSTER_NODE, node.name) || (survey->numbers & number) != 0) {
		return ROSTER_BAD_FORM;
	}
	survey->numbers |= number;
	return ++roster->nodes > ROSTER_NODES_MAX ? ROSTER_TOO_LARGE : ROSTER_OK;
}

static enum roster_error survey_record(struct roster *roster, struct survey *survey,
				       const struct record *record)
{
	union {
		struct roster_server server;
		struct roster_licence licence;
	} read;
	enum roster_error error = ROSTER_OK;

	switch (record->kind) {
	case ROSTER_NODE:
		return survey_node(roster, survey, record);
	case ROSTER_SERVER:
		error = read_server(record, &read.server);
		if (error == ROSTER_OK && !in_order(survey, ROSTER_SERVER, read.server.name)) {
			error = ROSTER_BAD_FORM;
		}
		return error == ROSTER_OK && ++roster->servers > ROSTER_SERVERS_MAX
			       ? ROSTER_TOO_LARGE
			       : error;
	case ROSTER_LICENCE:
		error = read_licence(record, &read.licence);
		if (error == ROSTER_OK && !in_order(survey, ROSTER_LICENCE, read.licence.name)) {
			error = ROSTER_BAD_FORM;
		}
		return error == ROSTER_OK && ++roster->licences > ROSTER_LICENCES_MAX
			       ? ROSTER_TOO_LARGE
			       : error;
	case ROSTER_KEYLOG:
		return record->bytes == 0 ? ROSTER_OK : ROSTER_BAD_FORM;
	case ROSTER_CLUSTER_KEY:
		return record->bytes >= ROSTER_PUBLIC_BYTES &&
				       (record->bytes - ROSTER_PUBLIC_BYTES) % KEY_ENTRY_BYTES == 0
			       ? ROSTER_OK
			       : ROSTER_BAD_FORM;
	default:
		return (record->flags & ROSTER_MUST) != 0 ? ROSTER_UNKNOWN : ROSTER_OK;
	}
}

static enum roster_error survey_body(struct roster *roster)
{
	struct reader reader = open_body(roster);
	struct survey survey = {.numbers = 0};
	struct record record;
	enum roster_error error = ROSTER_OK;

	while (error == ROSTER_OK && next_record(&reader, &record)) {
		error = survey_record(roster, &survey, &record);
	}
	return error == ROSTER_OK && reader.bad ? ROSTER_BAD_FORM : error;
}

enum roster_error roster_open(struct roster *roster, const void *bytes, size_t size,
			      uint64_t version_min)
{
	const uint8_t *at = bytes;
	enum roster_error error = ROSTER_OK;

	*roster = (struct roster){.bytes = at, .size = size};
	if (size > ROSTER_BYTES_MAX) {
		return ROSTER_TOO_LARGE;
	}
	if (size < ROSTER_HEADER_BYTES + ROSTER_SIGNATURE_BYTES ||
	    __builtin_memcmp(at, magic, sizeof magic) != 0) {
		return ROSTER_BAD_FORM;
	}
	if (get_u32(at + 8) != ROSTER_FORM) {
		return ROSTER_UNKNOWN;
	}
	if (get_u32(at + 12) != size - ROSTER_HEADER_BYTES - ROSTER_SIGNATURE_BYTES) {
		return ROSTER_BAD_FORM;
	}
	roster->signed_bytes = size - ROSTER_SIGNATURE_BYTES;
	roster->version = get_u32(at + 16) | (uint64_t)get_u32(at + 20) << 32;
	if (roster->version == 0) {
		return ROSTER_BAD_FORM;
	}
	error = survey_body(roster);
	if (error == ROSTER_OK && roster->version < version_min) {
		error = ROSTER_TOO_OLD;
	}
	return error;
}

const char *roster_describe_error(enum roster_error error)
{
	switch (error) {
	case ROSTER_OK:
		return "the roster is well-formed";
	case ROSTER_BAD_FORM:
		return "the roster is cut off or malformed";
	case ROSTER_UNKNOWN:
		return "the roster is of a form that this program does not know";
	case ROSTER_TOO_OLD:
		return "the roster is older than the one before";
	case ROSTER_TOO_LARGE:
		return "the roster is too large";
	default:
		return "the roster has an unknown fault";
	}
}

bool roster_get_node(const struct roster *roster, unsigned int index, struct roster_node *node)
{
	struct record record;

	return find_record(roster, ROSTER_NODE, index, &record) &&
	       read_node(&record, node) == ROSTER_OK;
}

bool roster_get_server(const struct roster *roster, unsigned int index,
		       struct roster_server *server)
{
	struct record record;

	return find_record(roster, ROSTER_SERVER, index, &record) &&
	       read_server(&record, server) == ROSTER_OK;
}

bool roster_get_licence(const struct roster *roster, unsigned int index,
			struct roster_licence *licence)
{
	struct record record;

	return find_record(roster, ROSTER_LICENCE, index, &record) &&
	       read_licence(&record, licence) == ROSTER_OK;
}

bool roster_has_keylog(const struct roster *roster)
{
	struct record record;

	return find_record(roster, ROSTER_KEYLOG, 0, &record);
}

bool roster_find_key(const struct roster *roster, const uint8_t id[ROSTER_ID_BYTES],
		     const uint8_t **public_key, const uint8_t **sealed)
{
	struct record record;

	if (!find_record(roster, ROSTER_CLUSTER_KEY, 0, &record)) {
		return false;
	}
	for (size_t at = ROSTER_PUBLIC_BYTES; at < record.bytes; at += KEY_ENTRY_BYTES) {
		if (__builtin_memcmp(record.content + at, id, ROSTER_ID_BYTES) == 0) {
			*public_key = record.content;
			*sealed = record.content + at + ROSTER_ID_BYTES;
			return true;
		}
	}
	return false;
}

size_t roster_measure(const uint8_t header[ROSTER_HEADER_BYTES])
{
	uint32_t body = get_u32(header + 12);

	if (__builtin_memcmp(header, magic, sizeof magic) != 0 ||
	    body > ROSTER_BYTES_MAX - ROSTER_HEADER_BYTES - ROSTER_SIGNATURE_BYTES) {
		return 0;
	}
	return ROSTER_HEADER_BYTES + (size_t)body + ROSTER_SIGNATURE_BYTES;
}

const char *roster_refuse_change(const struct roster *now, const struct roster *next,
				 const uint8_t self[ROSTER_ID_BYTES])
{
	struct reader reader = open_body(next);
	struct record record;
	struct roster_node node, known;
	bool found = false;

	if (next->version <= now->version) {
		return "the roster is not newer than the one in force";
	}
	while (next_record(&reader, &record)) {
		if (record.kind != ROSTER_NODE || read_node(&record, &node) != ROSTER_OK) {
			continue;
		}
		if (!roster_find_id(now, node.id, &known) || !name_equal(node.name, known.name) ||
		    node.number != known.number) {
			return "the roster has a node that the one in force does not have so";
		}
		found |= __builtin_memcmp(node.id, self, ROSTER_ID_BYTES) == 0;
	}
	return found ? NULL : "the roster leaves out this node";
}

bool roster_find_node(const struct roster *roster, const char name[ACS_NAME_BYTES],
		      struct roster_node *node)
{
	struct reader reader = open_body(roster);
	struct record record;

	while (next_record(&reader, &record)) {
		if (record.kind == ROSTER_NODE && read_node(&record, node) == ROSTER_OK &&
		    name_equal(node->name, name)) {
			return true;
		}
	}
	return false;
}

bool roster_find_id(const struct roster *roster, const uint8_t id[ROSTER_ID_BYTES],
		    struct roster_node *node)
{
	struct reader reader = open_body(roster);
	struct record record;

	while (next_record(&reader, &record)) {
		if (record.kind == ROSTER_NODE && read_node(&record, node) == ROSTER_OK &&
		    __builtin_memcmp(node->id, id, ROSTER_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

bool roster_find_server(const struct roster *roster, const char name[ACS_NAME_BYTES],
			struct roster_server *server)
{
	struct reader reader = open_body(roster);
	struct record record;

	while (next_record(&reader, &record)) {
		if (record.kind == ROSTER_SERVER && read_server(&record, server) == ROSTER_OK &&
		    name_equal(server->name, name)) {
			return true;
		}
	}
	return false;
}

bool roster_permits(const struct roster_server *server, const uint8_t digest[MASIX_DIGEST_BYTES])
{
	for (unsigned int i = 0; i < server->entry.digests; i++) {
		if (__builtin_memcmp(server->digests[i], digest, MASIX_DIGEST_BYTES) == 0) {
			return true;
		}
	}
	return false;
}
