# lib/crypto and, under it, the parts of LibTomCrypt and LibTomMath that it needs (Debian's source
# packages with Debian's patches, unpacked by tools/setup), in three variants:
#
#   build/lib/libcrypto.a           for the target, against newlib
#   build/host/asan/libcrypto.a     for this machine, with sanitizers
#   build/host/i686/libcrypto.a     for this machine, as an i686 program
#
# A server compiles with -Ilib and links with $(call libc_link,PROGRAM,OBJECTS $(LIBCRYPTO)), after
# $(LIBCRYPTO). What is compiled of each file is said in lib/crypto/settings.h.

LTC := $(B)/packages/src/libtomcrypt/src
LTM := $(B)/packages/src/libtommath

LTC_FILES := \
	encauth/chachapoly/chacha20poly1305_init encauth/chachapoly/chacha20poly1305_setiv \
	encauth/chachapoly/chacha20poly1305_add_aad encauth/chachapoly/chacha20poly1305_encrypt \
	encauth/chachapoly/chacha20poly1305_decrypt encauth/chachapoly/chacha20poly1305_done \
	hashes/helper/hash_memory hashes/sha2/sha256 mac/hmac/hmac_done mac/hmac/hmac_init \
	mac/hmac/hmac_process mac/poly1305/poly1305 math/ltm_desc math/multi \
	math/rand_bn misc/crypt/crypt_hash_descriptor misc/crypt/crypt_hash_is_valid \
	misc/crypt/crypt_ltc_mp_descriptor misc/crypt/crypt_prng_descriptor \
	misc/crypt/crypt_prng_is_valid misc/crypt/crypt_register_hash \
	misc/crypt/crypt_register_prng misc/hkdf/hkdf misc/mem_neq misc/pkcs5/pkcs_5_2 misc/zeromem pk/ecc/ecc \
	pk/ecc/ecc_free pk/ecc/ecc_make_key pk/ecc/ecc_shared_secret pk/ecc/ecc_sign_hash \
	pk/ecc/ecc_verify_hash pk/ecc/ltc_ecc_is_valid_idx pk/ecc/ltc_ecc_map \
	pk/ecc/ltc_ecc_mul2add pk/ecc/ltc_ecc_mulmod_timing pk/ecc/ltc_ecc_points \
	pk/ecc/ltc_ecc_projective_add_point pk/ecc/ltc_ecc_projective_dbl_point prngs/chacha20 \
	stream/chacha/chacha_crypt stream/chacha/chacha_done stream/chacha/chacha_ivctr32 \
	stream/chacha/chacha_ivctr64 stream/chacha/chacha_keystream stream/chacha/chacha_setup
LTM_FILES := \
	mp_2expt mp_add mp_add_d mp_addmod mp_clamp mp_clear mp_clear_multi mp_cmp mp_cmp_d \
	mp_cmp_mag mp_cnt_lsb mp_copy mp_count_bits mp_div mp_div_2 mp_div_2d mp_div_3 mp_div_d \
	mp_exch mp_from_ubin mp_get_mag_u32 mp_grow mp_init mp_init_copy mp_init_multi \
	mp_init_size mp_invmod mp_lshd mp_mod mp_mod_2d mp_mod_d mp_montgomery_calc_normalization \
	mp_montgomery_reduce mp_montgomery_setup mp_mul mp_mul_2 mp_mul_2d mp_mul_d mp_mulmod \
	mp_neg mp_radix_smap mp_read_radix mp_rshd mp_set mp_set_u32 mp_sqr mp_sqrmod mp_sub \
	mp_sub_d mp_submod mp_to_ubin mp_ubin_size mp_zero s_mp_add s_mp_balance_mul \
	s_mp_invmod_fast s_mp_invmod_slow s_mp_karatsuba_mul s_mp_karatsuba_sqr \
	s_mp_montgomery_reduce_fast s_mp_mul_digs s_mp_mul_digs_fast s_mp_sqr s_mp_sqr_fast s_mp_sub \
	s_mp_toom_mul s_mp_toom_sqr

CRYPTO_SOURCES := $(sort $(wildcard lib/crypto/*.c))
CRYPTO_INCLUDES := -I$(LTC)/headers -I$(LTM)
# Their code is compiled as it is: what it is sloppy about is not our warning. -fno-builtin keeps
# the compiler from leaving out the wiping of memory that is about to be freed.
FOREIGN_CFLAGS := -include lib/crypto/settings.h $(CRYPTO_INCLUDES) -DLTC_SOURCE -fno-builtin -w
CRYPTO_TARGET_CFLAGS = $(MACHINE_FLAGS) -nostdinc $(NEWLIB_CFLAGS) -isystem $(GCC_INCLUDE)

# Each frame of the network is sealed with these two: a register more, and no counting of bytes.
CRYPTO_HOT := stream/chacha/chacha_crypt mac/poly1305/poly1305
$(CRYPTO_HOT:%=$(B)/lib/crypto/foreign/ltc/%.o): private CRYPTO_HOT_CFLAGS := -fomit-frame-pointer -funroll-all-loops

# $(call crypto_library,ARCHIVE,FOLDER OF OUR OBJECTS,FOLDER OF THEIRS,COMPILE)
define crypto_library
$(1)_OURS := $(CRYPTO_SOURCES:lib/crypto/%.c=$(2)/%.o)
$(1)_FOREIGN := $(LTC_FILES:%=$(3)/ltc/%.o) $(LTM_FILES:%=$(3)/ltm/bn_%.o)

$(3)/ltc/%.o: $(LTC)/%.c mk/crypto.mk lib/crypto/settings.h
	$$(call say,FOREIGN,$$(notdir $$<))
	$(Q)mkdir -p $$(@D)
	$(Q)$(4) $(FOREIGN_CFLAGS) $$(CRYPTO_HOT_CFLAGS) $(DEPENDENCY_FLAGS) -c $$< -o $$@

$(3)/ltm/%.o: $(LTM)/%.c mk/crypto.mk lib/crypto/settings.h
	$$(call say,FOREIGN,$$(notdir $$<))
	$(Q)mkdir -p $$(@D)
	$(Q)$(4) $(FOREIGN_CFLAGS) $(DEPENDENCY_FLAGS) -c $$< -o $$@

$$(eval $$(call list_file,$(3)/objects,$$($(1)_OURS) $$($(1)_FOREIGN)))

$(1): $$($(1)_OURS) $$($(1)_FOREIGN) $(3)/objects
	$$(call say,AR,$$@)
	$(Q)mkdir -p $$(@D)
	$(Q)rm -f $$@
	$(Q)$(AR) rcs $$@ $$($(1)_OURS) $$($(1)_FOREIGN)

$$($(1)_OURS): mk/crypto.mk
-include $$($(1)_OURS:.o=.d) $$($(1)_FOREIGN:.o=.d)
endef

LIBCRYPTO := $(B)/lib/libcrypto.a
HOST_LIBCRYPTO := $(B)/host/asan/libcrypto.a $(B)/host/i686/libcrypto.a

$(eval $(call crypto_library,$(LIBCRYPTO),$(B)/lib/crypto,$(B)/lib/crypto/foreign,\
	$$(CC) $$(CRYPTO_TARGET_CFLAGS)))
$(eval $(call crypto_library,$(B)/host/asan/libcrypto.a,$(B)/host/asan/lib/crypto,\
	$(B)/host/asan/foreign,$$(HOST_CC) $$(HOST_ASAN_CFLAGS)))
$(eval $(call crypto_library,$(B)/host/i686/libcrypto.a,$(B)/host/i686/lib/crypto,\
	$(B)/host/i686/foreign,$$(CC) $$(HOST_I686_CFLAGS)))

$(B)/lib/crypto/%.o: lib/crypto/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CRYPTO_TARGET_CFLAGS) $(WARNINGS) $(CRYPTO_INCLUDES) $(DEPENDENCY_FLAGS) -c $< -o $@

# newlib's headers must be there before the first compile against them.
$($(LIBCRYPTO)_OURS) $($(LIBCRYPTO)_FOREIGN): | $(NEWLIB_STAMP)
$(B)/host/asan/lib/crypto/%.o: HOST_ASAN_CFLAGS += $(CRYPTO_INCLUDES)
$(B)/host/i686/lib/crypto/%.o: HOST_I686_CFLAGS += $(CRYPTO_INCLUDES)

# The tests (tests/crypto): the same checks on the host and, as a bootable program, on the target.
# Both count and refuse memory through the linker's --wrap.
CRYPTO_WRAP := --wrap=malloc --wrap=free
$(B)/host/asan/crypto $(B)/host/i686/crypto: HOST_LDFLAGS := $(CRYPTO_WRAP:%=-Wl,%)
$(B)/host/asan/crypto: $(B)/host/asan/libcrypto.a
$(B)/host/i686/crypto: $(B)/host/i686/libcrypto.a

CRYPTO_CHECK_SOURCES := $(wildcard tests/crypto/*.c tests/crypto/target/*.c)
CRYPTO_CHECK_OBJECTS := $(CRYPTO_CHECK_SOURCES:%.c=$(B)/%.o)
CRYPTO_CHECKS := $(B)/tests/crypto/libchecks.a
CRYPTO_PROGRAMS := $(B)/tests/kernel/crypto $(B)/tests/kernel/crypto_unseeded

$(B)/tests/crypto/%.o: tests/crypto/%.c mk/crypto.mk | $(NEWLIB_STAMP)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CRYPTO_TARGET_CFLAGS) $(WARNINGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/tests/crypto/objects,$(CRYPTO_CHECK_OBJECTS)))

$(CRYPTO_CHECKS): $(CRYPTO_CHECK_OBJECTS) $(B)/tests/crypto/objects
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(CRYPTO_CHECK_OBJECTS)

$(CRYPTO_PROGRAMS:%=%.o): private USER_CFLAGS = $(LIBC_CFLAGS) -Ilib
$(CRYPTO_PROGRAMS): TEST_LDFLAGS := $(CRYPTO_WRAP)
$(CRYPTO_PROGRAMS): TEST_LIBRARIES := --start-group $(CRYPTO_CHECKS) $(LIBCRYPTO) --end-group
$(CRYPTO_PROGRAMS): $(CRYPTO_CHECKS) $(LIBCRYPTO)
-include $(CRYPTO_CHECK_OBJECTS:.o=.d)

.PHONY: crypto
crypto: $(LIBCRYPTO) $(HOST_LIBCRYPTO)
