/*
 * Message ids: which interface owns which.  A routine's request has the id base + number, its
 * reply the id base + number + 100, so an interface has at most 100 routines.
 *
 * The Mach interfaces keep the bases they have in Mach; what Masix adds has bases of its own,
 * never further routines in an old interface.  A .defs file takes only the numbers: it defines
 * MASIX_SUBSYSTEM_NUMBERS_ONLY before it includes this.
 */
#ifndef MASIX_SUBSYSTEMS_H
#define MASIX_SUBSYSTEMS_H

#define MASIX_BASE_HOST          500000 /* masix_host.defs: additions to the kernel */
#define MASIX_BASE_ACS           501000 /* names and trust: for clients */
#define MASIX_BASE_ACS_REPLY     501100
#define MASIX_BASE_ACS_TRUSTED   501200 /* for servers with proof */
#define MASIX_BASE_ACS_TRUSTED_REPLY 501300
#define MASIX_BASE_ACS_REGISTER  501400 /* for servers that start */
#define MASIX_BASE_ACS_CONTROL   501600 /* for the process server */
#define MASIX_BASE_SERVER_AUTH   501800 /* between two servers */
#define MASIX_BASE_PROCESS       502000
#define MASIX_BASE_PROCESS_REPLY 502100
#define MASIX_BASE_PERSONALITY   502200 /* for personalities */
#define MASIX_BASE_PROCESS_BOOT  502400 /* for the ACS, while both start */
#define MASIX_BASE_PROCESS_LOG   502600
#define MASIX_BASE_FILE          503000
#define MASIX_BASE_FILE_REPLY    503100
#define MASIX_BASE_CONSOLE       504000
#define MASIX_BASE_CONSOLE_REPLY 504100 /* its answers that come later */
#define MASIX_BASE_GNS           505000 /* the network, for anybody who looks */
#define MASIX_BASE_ACS_NETWORK   505200 /* what the ACS does for the network server */
#define MASIX_BASE_ACS_NETWORK_REPLY 505300
#define MASIX_BASE_GNS_NAMES     505400 /* names, from the ACS to the network server */
#define MASIX_BASE_ACS_PEER      505600 /* from the ACS of another node */
#define MASIX_BASE_ACS_PEER_ANSWER 505800
#define MASIX_BASE_UNIX          506000
#define MASIX_BASE_UNIX_REPLY    506100
#define MASIX_BASE_UNIX_CLIENT   506200 /* for who starts Unix programs */
#define MASIX_BASE_UNIX_CLIENT_REPLY 506300
#define MASIX_BASE_DOS           507000
#define MASIX_BASE_EXAMPLE       508000 /* the template of servers */
#define MASIX_BASE_EXAMPLE_REPLY 508100
#define MASIX_BASE_IPC           509000 /* what every server's objects know */
#define MASIX_BASE_STATUS        510000 /* what runs on a node, for whoever looks */
/* make new-server: bases */

#ifndef MASIX_SUBSYSTEM_NUMBERS_ONLY

#undef unix /* compilers of Unix systems define it, and it is a name here */

/* SUBSYSTEM(name, base, ids): every interface, with the ids that are its own. */
#define MASIX_SUBSYSTEMS(SUBSYSTEM)                                                                \
	SUBSYSTEM(notify, 64, 36)                                                                  \
	SUBSYSTEM(device_notify, 100, 1)                                                           \
	SUBSYSTEM(mach, 2000, 200)                                                                 \
	SUBSYSTEM(memory_object, 2200, 50)                                                         \
	SUBSYSTEM(memory_object_default, 2250, 25)                                                 \
	SUBSYSTEM(default_pager, 2275, 125)                                                        \
	SUBSYSTEM(exc, 2400, 200)                                                                  \
	SUBSYSTEM(mach_host, 2600, 200)                                                            \
	SUBSYSTEM(device, 2800, 100)                                                               \
	SUBSYSTEM(device_reply, 2900, 100)                                                         \
	SUBSYSTEM(mach_debug, 3000, 200)                                                           \
	SUBSYSTEM(mach_port, 3200, 200)                                                            \
	SUBSYSTEM(mach_i386, 3800, 200)                                                            \
	SUBSYSTEM(mach4, 4000, 200)                                                                \
	SUBSYSTEM(gnumach, 4200, 200)                                                              \
	SUBSYSTEM(task_notify, 4400, 200)                                                          \
	SUBSYSTEM(masix_host, MASIX_BASE_HOST, 1000)                                               \
	SUBSYSTEM(acs, MASIX_BASE_ACS, 200)                                                        \
	SUBSYSTEM(acs_trusted, MASIX_BASE_ACS_TRUSTED, 200)                                        \
	SUBSYSTEM(acs_register, MASIX_BASE_ACS_REGISTER, 200)                                      \
	SUBSYSTEM(acs_control, MASIX_BASE_ACS_CONTROL, 200)                                        \
	SUBSYSTEM(server_auth, MASIX_BASE_SERVER_AUTH, 200)                                        \
	SUBSYSTEM(process, MASIX_BASE_PROCESS, 200)                                                \
	SUBSYSTEM(personality, MASIX_BASE_PERSONALITY, 200)                                        \
	SUBSYSTEM(process_boot, MASIX_BASE_PROCESS_BOOT, 200)                                      \
	SUBSYSTEM(process_log, MASIX_BASE_PROCESS_LOG, 400)                                        \
	SUBSYSTEM(file, MASIX_BASE_FILE, 1000)                                                     \
	SUBSYSTEM(console, MASIX_BASE_CONSOLE, 1000)                                               \
	SUBSYSTEM(gns, MASIX_BASE_GNS, 200)                                                        \
	SUBSYSTEM(acs_network, MASIX_BASE_ACS_NETWORK, 200)                                        \
	SUBSYSTEM(gns_names, MASIX_BASE_GNS_NAMES, 200)                                            \
	SUBSYSTEM(acs_peer, MASIX_BASE_ACS_PEER, 200)                                              \
	SUBSYSTEM(acs_peer_answer, MASIX_BASE_ACS_PEER_ANSWER, 200)                                \
	SUBSYSTEM(unix, MASIX_BASE_UNIX, 200)                                                      \
	SUBSYSTEM(unix_client, MASIX_BASE_UNIX_CLIENT, 200)                                        \
	SUBSYSTEM(dos, MASIX_BASE_DOS, 1000)                                                       \
	SUBSYSTEM(example, MASIX_BASE_EXAMPLE, 1000)                                               \
	SUBSYSTEM(ipc, MASIX_BASE_IPC, 1000)                                                       \
	SUBSYSTEM(status, MASIX_BASE_STATUS, 1000)                                                 \
	/* make new-server: subsystems */                                                          \
	SUBSYSTEM(dp_helper, 888888, 200)                                                          \
	SUBSYSTEM(bootstrap, 999999, 200)

/*
 * The interface that an id belongs to, or null.  It is also the proof that no two share an id:
 * the compiler refuses a case that occurs twice.  (device_reply is a name for device's replies.)
 */
static inline const char *masix_subsystem_name(int id)
{
	switch (id) {
#define MASIX_SUBSYSTEM_CASE(name, base, ids)                                                      \
	case (base)...(base) + (ids)-1:                                                            \
		return #name;
		MASIX_SUBSYSTEMS(MASIX_SUBSYSTEM_CASE)
#undef MASIX_SUBSYSTEM_CASE
	default:
		return 0;
	}
}

#endif

#endif
