/* A keylog is read back; cut, or of another version, it is none.
   LINK: lib/wire/keylog_core.c lib/wire/frame_core.c */
#include "tap.h"

#include <stdbool.h>
#include <string.h>

#include "wire/keylog_core.h"

int main(void)
{
	struct wire_keylog keylog, back;
	uint8_t bytes[WIRE_KEYLOG_BYTES + 10] = {0};
	bool cut = false;
	memset(&keylog, 0, sizeof keylog);
	memset(keylog.node, 1, sizeof keylog.node);
	memset(keylog.peer, 2, sizeof keylog.peer);
	keylog.to_node.index = 0x11223344;
	memset(keylog.to_node.key, 3, sizeof keylog.to_node.key);
	keylog.to_peer.index = 0xfedcba98;
	memset(keylog.to_peer.key, 4, sizeof keylog.to_peer.key);
	wire_encode_keylog(bytes, &keylog);
	memset(&back, 0, sizeof back);
	CHECK(wire_decode_keylog(bytes, WIRE_KEYLOG_BYTES, &back) &&
		      memcmp(&back, &keylog, sizeof back) == 0,
	      "what is written is read back");
	CHECK(wire_decode_keylog(bytes, sizeof bytes, &back), "Ethernet's padding does not matter");
	for (size_t size = 0; size < WIRE_KEYLOG_BYTES; size++) {
		cut |= wire_decode_keylog(bytes, size, &back);
	}
	CHECK(!cut, "cut anywhere it is refused");
	bytes[0]++;
	CHECK(!wire_decode_keylog(bytes, WIRE_KEYLOG_BYTES, &back), "so is another version");
	return tap_done();
}
