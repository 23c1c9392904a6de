# tests/bench/net: two nodes and two Linux guests on a wire (tests/bench/net/README.md).

BENCH_NET := $(B)/tests/bench/net

$(BENCH_NET)/netcost.o: tests/bench/net/netcost.c mk/bench-net.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(BENCH_NET)/netcost: $(BENCH_NET)/netcost.o $(SERVER_ARCHIVES) $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(BENCH_NET)/netcost.o --start-group $(SERVER_ARCHIVES) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)

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

# The Linux guests: a program of theirs, a key of WireGuard for each.
$(BENCH_NET)/nb: tests/bench/net/nb.c mk/bench-net.mk
	$(call say,LINUXCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_UNIX_CFLAGS) $< -o $@

$(BENCH_NET)/wg%.key:
	$(Q)mkdir -p $(@D)
	$(Q)head -c 32 /dev/urandom | base64 >$@

# The archive itself is made when the packages are there (tests/bench/net/bench).
BENCH_NET_FILES := $(BENCH_NET)/keys/done $(BENCH_NET)/nb $(BENCH_NET)/wg1.key $(BENCH_NET)/wg2.key $(B)/tools/segment

-include $(BENCH_NET)/netcost.d
