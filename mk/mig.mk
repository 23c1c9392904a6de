# Stubs generated from the interface definitions by GNU MIG.
#
#   build/gen/kernel/NAME_server.[ch]     what the kernel serves
#   build/gen/user/NAME_user.c            calls, collected in lib/mach; declared in
#   build/gen/user/gen/NAME.h                 #include <gen/NAME.h>
#   build/gen/user/NAME_server.c          what a user task may serve; declared in
#   build/gen/user/gen/NAME_server.h
#   build/gen/kernel/message_names.c      id -> name, for the kernel's trace
#   build/docs/interfaces/NAME.md         what people read (make docs)
#
# A name whose .defs is not there is left out.

# Two files are called notify.defs; the device interface's is known as device_notify.
defs_file_device_notify := include/device/notify.defs
defs_path = $(firstword $(wildcard $(or $(defs_file_$(1)), \
	include/mach/$(1).defs include/*/$(1).defs include/*/*/$(1).defs)))
with_defs = $(foreach name,$(1),$(if $(call defs_path,$(name)),$(name)))

# Interfaces of servers, with lib/ipc behind them: include/masix/NAME.defs, and NAME_reply.defs for
# the answers that come later.
MASIX_DEFS := $(notdir $(basename $(wildcard include/masix/*.defs)))
SERVER_REPLIES := $(filter %_reply,$(MASIX_DEFS))
SERVER_INTERFACES := $(filter-out masix_host %_types %_reply,$(MASIX_DEFS))

MIG_KERNEL_SERVERS := $(call with_defs,mach mach4 mach_port mach_host mach_debug gnumach \
	mach_i386 device masix_host)
MIG_USERS := $(call with_defs,mach mach4 mach_port mach_host mach_debug gnumach mach_i386 \
	device device_request masix_host exc notify memory_object memory_object_default \
	device_reply device_notify task_notify $(SERVER_INTERFACES) $(SERVER_REPLIES))
MIG_USER_SERVERS := $(call with_defs,notify exc memory_object device_reply device_notify \
	task_notify $(SERVER_INTERFACES))
# The ids of device_request are those of device, under other names.
MIG_NAMED := $(filter-out device_request $(SERVER_REPLIES),$(sort $(MIG_KERNEL_SERVERS) $(MIG_USERS)))

GEN_KERNEL := $(B)/gen/kernel
GEN_USER := $(B)/gen/user
MIG_CPPFLAGS := -Iinclude
MIG_KERNEL_CPPFLAGS := -DKERNEL=1 -DKERNEL_SERVER=1 -DSERVERPREFIX=serv_ $(MIG_CPPFLAGS)
MIG_TOOLS := tools/mig/mig tools/mig/bounds.py

MIG_KERNEL_C := $(MIG_KERNEL_SERVERS:%=$(GEN_KERNEL)/%_server.c) $(GEN_KERNEL)/message_names.c
MIG_KERNEL_H := $(MIG_KERNEL_SERVERS:%=$(GEN_KERNEL)/%_server.h)
MIG_USER_C := $(MIG_USERS:%=$(GEN_USER)/%_user.c) \
	$(MIG_USER_SERVERS:%=$(GEN_USER)/%_server.c)
MIG_USER_H := $(MIG_USERS:%=$(GEN_USER)/gen/%.h) \
	$(MIG_USER_SERVERS:%=$(GEN_USER)/gen/%_server.h)

# $(call mig_dependencies,DEPFILE,TARGET): make the preprocessor write DEPFILE.
mig_dependencies = -MMD -MP -MF $(1) -MT $(2)

define mig_kernel_server
$(GEN_KERNEL)/$(1)_server.c $(GEN_KERNEL)/$(1)_server.h &: $(call defs_path,$(1)) $(MIG_TOOLS)
	$$(call say,MIG,$(GEN_KERNEL)/$(1)_server.c)
	$(Q)mkdir -p $(GEN_KERNEL)
	$(Q)$(MIG) $(MIG_KERNEL_CPPFLAGS) \
		$$(call mig_dependencies,$(GEN_KERNEL)/$(1)_server.d,$(GEN_KERNEL)/$(1)_server.c) $$< -- \
		-server $(GEN_KERNEL)/$(1)_server.c -sheader $(GEN_KERNEL)/$(1)_server.h \
		-user /dev/null -header /dev/null
endef

define mig_user
$(GEN_USER)/$(1)_user.c $(GEN_USER)/gen/$(1).h &: $(call defs_path,$(1)) $(MIG_TOOLS)
	$$(call say,MIG,$(GEN_USER)/$(1)_user.c)
	$(Q)mkdir -p $(GEN_USER)/gen
	$(Q)$(MIG) $(MIG_CPPFLAGS) \
		$$(call mig_dependencies,$(GEN_USER)/$(1)_user.d,$(GEN_USER)/$(1)_user.c) $$< -- \
		-user $(GEN_USER)/$(1)_user.c -header $(GEN_USER)/gen/$(1).h -server /dev/null
endef

define mig_user_server
$(GEN_USER)/$(1)_server.c $(GEN_USER)/gen/$(1)_server.h &: $(call defs_path,$(1)) $(MIG_TOOLS)
	$$(call say,MIG,$(GEN_USER)/$(1)_server.c)
	$(Q)mkdir -p $(GEN_USER)/gen
	$(Q)$(MIG) $(MIG_CPPFLAGS) \
		$$(call mig_dependencies,$(GEN_USER)/$(1)_server.d,$(GEN_USER)/$(1)_server.c) $$< -- \
		-server $(GEN_USER)/$(1)_server.c -sheader $(GEN_USER)/gen/$(1)_server.h \
		-user /dev/null -header /dev/null
endef

define mig_list
$(B)/gen/list/$(1).list: $(call defs_path,$(1)) $(MIG_TOOLS)
	$(Q)mkdir -p $(B)/gen/list
	$(Q)$(MIG) $(MIG_CPPFLAGS) $$(call mig_dependencies,$(B)/gen/list/$(1).d,$$@) $$< -- \
		-list $$@ -user /dev/null -server /dev/null -header /dev/null
endef

$(foreach name,$(MIG_KERNEL_SERVERS),$(eval $(call mig_kernel_server,$(name))))
$(foreach name,$(MIG_USERS),$(eval $(call mig_user,$(name))))
$(foreach name,$(MIG_USER_SERVERS),$(eval $(call mig_user_server,$(name))))
$(foreach name,$(MIG_NAMED),$(eval $(call mig_list,$(name))))

MIG_LISTS := $(MIG_NAMED:%=$(B)/gen/list/%.list)
$(eval $(call list_file,$(B)/gen/list/lists,$(MIG_LISTS)))

$(GEN_KERNEL)/message_names.c: tools/mig/message-names $(MIG_LISTS) $(B)/gen/list/lists
	$(call say,NAMES,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) $< $@ $(MIG_LISTS) </dev/null

# A reference page for each interface: build/docs/interfaces/NAME.md.
.PHONY: docs
docs:
	$(call say,DOCS,$(B)/docs/interfaces)
	$(Q)$(PYTHON) tools/mig/interface-pages $(B)/docs/interfaces $(sort $(wildcard include/masix/*.defs))

-include $(wildcard $(B)/gen/*/*.d)
