# Drivers that servers link into their own address space: build/drivers/libnic.a from drivers/net.
# A server compiles with -Idrivers and includes <net/nic.h>.

LIBNIC := $(B)/drivers/libnic.a
LIBNIC_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard drivers/net/*.c)))

$(B)/drivers/%.o: drivers/%.c mk/drivers.mk mk/toolchain.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call archive,$(LIBNIC),$(LIBNIC_OBJECTS)))

programs: $(LIBNIC)

# The bootable tests that drive a card, with what they share (tests/kernel/lib/nic.c).
NIC_PROGRAMS := $(patsubst %.c,$(B)/%,$(wildcard tests/kernel/nic_*.c))
$(NIC_PROGRAMS:%=%.o) $(B)/tests/kernel/lib/nic.o: private USER_CFLAGS += -Idrivers
$(NIC_PROGRAMS): TEST_LIBRARIES := $(LIBNIC)
$(NIC_PROGRAMS): $(LIBNIC)

-include $(LIBNIC_OBJECTS:.o=.d)
