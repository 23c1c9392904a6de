# The cluster simulator (tests/sim): the cores of lib/wire with many nodes on a faulty wire, built
# as the host tests are, for this machine with sanitizers and as an i686 program.
#
#   make sim            the seeds of make check        make sim-mutants    tests/sim/mutants
#   make models         the Promela models of its rules (tests/models)

SIM_SOURCES := $(sort $(wildcard tests/sim/*.c)) $(sort $(wildcard lib/wire/*.c))
SIM_PROGRAMS := $(B)/host/asan/sim $(B)/host/i686/sim

$(B)/host/asan/sim: $(SIM_SOURCES:%.c=$(B)/host/asan/%.o) $(B)/host/asan/libcrypto.a
	$(call say,HOSTLD,$@)
	$(Q)$(HOST_CC) $(HOST_ASAN_CFLAGS) $^ -o $@

$(B)/host/i686/sim: $(SIM_SOURCES:%.c=$(B)/host/i686/%.o) $(B)/host/i686/libcrypto.a
	$(call say,HOSTLD,$@)
	$(Q)$(CC) $(HOST_I686_CFLAGS) $^ -o $@

-include $(SIM_SOURCES:%.c=$(B)/host/asan/%.d) $(SIM_SOURCES:%.c=$(B)/host/i686/%.d)

.PHONY: sim sim-mutants models
host-programs: $(SIM_PROGRAMS)

sim: $(SIM_PROGRAMS)
	@$(PYTHON) tests/run sim

models:
	@$(PYTHON) tests/run models

sim-mutants: $(SIM_PROGRAMS) $(B)/host/i686/wire_ports
	@MUTANT_CC='$(CC) $(HOST_I686_CFLAGS)' $(PYTHON) tests/sim/mutants
