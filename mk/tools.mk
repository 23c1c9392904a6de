# Tools of this machine that are written in C: build/tools/NAME from tools/NAME/*.c.

TOOL_CFLAGS := -O2 -g -std=gnu11 -D_GNU_SOURCE $(WARNINGS)
SEGMENT := $(B)/tools/segment
SEGMENT_OBJECTS := $(patsubst %.c,$(B)/host/%.o,$(sort $(wildcard tools/segment/*.c)))

.PHONY: tools
tools: $(SEGMENT)
programs: tools

$(B)/host/tools/%.o: tools/%.c mk/tools.mk
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(TOOL_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/host/tools/segment-objects,$(SEGMENT_OBJECTS)))

$(SEGMENT): $(SEGMENT_OBJECTS) $(B)/host/tools/segment-objects
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(TOOL_CFLAGS) $(SEGMENT_OBJECTS) -o $@

-include $(SEGMENT_OBJECTS:.o=.d)

# tools/decode opens captures with lib/wire and lib/crypto, so it is an i686 program as tools/keys is.
DECODE := $(B)/tools/decode
DECODE_OBJECTS := $(patsubst %.c,$(B)/host/i686/%.o,$(sort $(wildcard tools/decode/*.c)) \
	lib/wire/frame_core.c lib/wire/keylog_core.c lib/wire/suite.c lib/trust/roster_core.c lib/trust/name_core.c) \
	$(B)/host/i686/gen/decode_names.o $(B)/host/i686/gen/message_names.o
DISSECTOR := $(B)/tools/masix.lua
tools: $(DECODE) $(DISSECTOR)

$(B)/gen/decode_names.c: tools/decode/make-names include/masix/wire.h
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) $< c $@ include/masix/wire.h

$(B)/host/i686/gen/decode_names.o: $(B)/gen/decode_names.c
$(B)/host/i686/gen/message_names.o: $(GEN_KERNEL)/message_names.c
$(B)/host/i686/gen/decode_names.o $(B)/host/i686/gen/message_names.o: tools/decode/decode.h
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_I686_CFLAGS) -Itools/decode -c $(filter %.c,$^) -o $@

$(DECODE): $(DECODE_OBJECTS) $(B)/host/i686/libcrypto.a
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_I686_CFLAGS) $^ -o $@

$(DISSECTOR): tools/decode/masix.lua tools/decode/make-names include/masix/wire.h $(GEN_KERNEL)/message_names.c
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) tools/decode/make-names lua $@ include/masix/wire.h $< $(GEN_KERNEL)/message_names.c
-include $(DECODE_OBJECTS:.o=.d)
