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
