# tests/bench/net: two nodes and two Linux guests on a wire, and two halves of nodes in one machine
# (tests/bench/net/README.md).

BENCH_NET := $(B)/tests/bench/net

$(BENCH_NET)/%.o: tests/bench/net/%.c mk/bench-net.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

# $(call bench_net_link,OBJECTS AND ARCHIVES)
define bench_net_link
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(1) --start-group $(SERVER_ARCHIVES) $(2) $(LIBC_ARCHIVES) \
		$(NEWLIB_LIBC) --end-group)
endef

NETCOST_OBJECTS := $(BENCH_NET)/netcost.o $(BENCH_NET)/calls.o $(GNS_TEST_LIBRARY)
$(BENCH_NET)/netcost: $(NETCOST_OBJECTS) $(SERVER_ARCHIVES) $(LIBC_ARCHIVES)
	$(call bench_net_link,$(NETCOST_OBJECTS))

$(BENCH_NET)/net.cpio: tests/bench/net/net.list tests/bench/net/net.servers tools/make-archive \
		$(BENCH_NET)/netcost $(B)/servers/file/file $(B)/servers/gns/gns
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ tests/bench/net/net.list

# The nodes' own cluster, fresh with each build of a server.
$(BENCH_NET)/keys/done: $(B)/tools/keys tests/bench/net/net.conf $(BENCH_NET)/net.cpio
	$(call say,KEYS,$(BENCH_NET)/keys)
	$(Q)mkdir -p $(BENCH_NET)/keys
	$(Q)$(B)/tools/keys development $(BENCH_NET)/keys tests/bench/net/net.conf >/dev/null
	$(Q)touch $@

# The network server without its main, and with the stubs of half.c before those of the archives.
BENCH_HALF_OBJECTS = $(BENCH_NET)/half.o $(filter-out %/main.o,$(gns_SERVER_OBJECTS))
$(BENCH_NET)/half: $(BENCH_NET)/half.o $(B)/servers/gns/gns
	$(call bench_net_link,--wrap=process_get_resource $(BENCH_HALF_OBJECTS),$(B)/drivers/libnic.a $(LIBWIRE))

$(BENCH_NET)/hub_calls: $(BENCH_NET)/hub_calls.o $(BENCH_NET)/calls.o $(LIBC_ARCHIVES)
	$(call bench_net_link,-Ttext-segment=0x20000000 $(BENCH_NET)/hub_calls.o $(BENCH_NET)/calls.o)

# The Linux guests: a program of theirs, a key of WireGuard for each.
$(BENCH_NET)/nb: tests/bench/net/nb.c mk/bench-net.mk
	$(call say,LINUXCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_UNIX_CFLAGS) $< -o $@

$(BENCH_NET)/wg%.key:
	$(Q)mkdir -p $(@D)
	$(Q)head -c 32 /dev/urandom | base64 >$@

BENCH_HUB := $(BENCH_NET)/half $(BENCH_NET)/hub_calls
# The guests' archive is made when their packages are there (tests/bench/net/bench).
BENCH_NET_FILES := $(BENCH_HUB) $(BENCH_NET)/keys/done $(BENCH_NET)/nb $(BENCH_NET)/wg1.key \
	$(BENCH_NET)/wg2.key $(B)/tools/segment

.SECONDARY: $(patsubst %,$(BENCH_NET)/%.o,netcost calls half hub_calls)
-include $(patsubst %,$(BENCH_NET)/%.d,netcost calls half hub_calls)
