/* Writing a roster, as the host does (tools/keys), and the tests. */
#pragma once

#include "roster_core.h"

struct roster_writer {
	uint8_t *bytes;
	size_t size;
	size_t used;
	bool full; /* something did not fit: what was written is no roster */
};

/* Begins a roster in "bytes"; version from 1 on. */
void roster_begin(struct roster_writer *writer, void *bytes, size_t size, uint64_t version);

/* One record, with a content that is known. */
void roster_add_record(struct roster_writer *writer, unsigned int kind, unsigned int flags,
		       const void *content, size_t content_bytes);

/* A record whose content is records: those added until roster_close_record(its place). */
size_t roster_open_record(struct roster_writer *writer, unsigned int kind, unsigned int flags);
void roster_close_record(struct roster_writer *writer, size_t place);

/* These, in the order of their names each. */
void roster_add_node(struct roster_writer *writer, const struct roster_node *node);
void roster_add_server(struct roster_writer *writer, const struct roster_server *server);
void roster_add_licence(struct roster_writer *writer, const struct roster_licence *licence);

/*
 * Ends the body; returns how many bytes are to be signed, from the beginning on (0: it did not
 * fit).  The signature goes behind them: ROSTER_SIGNATURE_BYTES, for which there is room.
 */
size_t roster_finish(struct roster_writer *writer);
