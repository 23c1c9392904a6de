/*
 * How two nodes come to share an association, get new keys for it, and part: lib/wire's
 * handshake_core.c and association_core.c.
 *
 * Each node begins handshakes, answers them, restarts as a new incarnation, gives an association up.
 * The intruder has every frame and can deliver it at any time, as often as he likes, or never; he
 * knows the cluster key, as a member of the cluster does, so he makes HELLOs of anybody's.  There are
 * no channels: a node takes any frame that was ever sent to it.  A handshake's number stands for its
 * ephemeral keys, its hash (so the association's serial) and the keys that come of it.
 *
 * Time: a confirmation is repeated for 3 s, as long as a death needs; so its sender does not give up
 * before the other side, which has waited longer.  New keys are wanted long after the last
 * were: all cookies of before have expired.
 *
 * -DNO_...: without that field or rule.  -DPAPER: frames sealed with the receiver's public key, as
 * printed.  -DOUTSIDER: the intruder has not the cluster key.
 */
mtype = { WIRE_HELLO1, WIRE_HELLO2, WIRE_INIT, WIRE_RESP, WIRE_DATA }
mtype = { WIRE_ATTEMPT_NONE, WIRE_ATTEMPT_HELLO, WIRE_ATTEMPT_SENT, WIRE_ATTEMPT_ANSWERED,
	  WIRE_ATTEMPT_CONFIRMING }
mtype = { WIRE_REASON_REPLACED, WIRE_REASON_DEAD }

#ifndef SHAKES
#define SHAKES 3
#endif
#define INCARNATIONS 2
#define NONE 15 /* no handshake: no keys, no association */

/* Frames that were sent; a cookie and a handshake have the same number, as each attempt asks for
   one cookie. */
byte cookies, expired, cookie_of[SHAKES], cookie_incarnation[SHAKES], cookie_asker[SHAKES];
byte shakes, init_of[SHAKES], init_incarnation[SHAKES], init_cookie[SHAKES], init_believed[SHAKES];
bool resp_made[SHAKES];
byte resp_incarnation[SHAKES], resp_believed[SHAKES];
bool data[SHAKES * 2]; /* of that handshake's keys, by that node */
#define DATA(n, h) data[(h) * 2 + (n)]

/* Nodes */
byte incarnation[2] = 1;
bool up[2];
byte serial[2] = NONE, keys[2] = NONE, previous[2] = NONE, peer_incarnation[2];
byte cookie_serial[2]; /* of the last INIT that was taken, + 1 */
mtype attempt[2] = WIRE_ATTEMPT_NONE;
byte shake[2] = NONE, believed[2] = NONE, told_believed[2] = NONE, told_incarnation[2];
byte asked_for[2] = NONE; /* the cookie for our nonce */
bool given_up[2];

/* What must never be. */
bool wasted, old_hello, wrong_incarnation, killed, split_keys, deaf, orphan_keys, forged;
#ifdef REACH
bool reached; /* new keys on both sides, after a restart */
#endif

#define SMALLER(n) ((n) == 0)
#define CURRENT(n) (up[n] -> serial[n] : NONE)
/* Who has the other end of handshake h, and in which incarnation. */
#define INCARNATION_IN(h, n) (init_of[h] == (n) -> init_incarnation[h] : resp_incarnation[h])
#define HAS_KEYS(n, h)                                                                             \
	(keys[n] == (h) || previous[n] == (h) ||                                                   \
	 (shake[n] == (h) &&                                                                       \
	  (attempt[n] == WIRE_ATTEMPT_ANSWERED || attempt[n] == WIRE_ATTEMPT_CONFIRMING)))

/* The answering side has these keys, or will, when a confirmation comes. */
#define ANSWERED(n, h)                                                                             \
	((up[n] && keys[n] == (h)) || (attempt[n] == WIRE_ATTEMPT_ANSWERED && shake[n] == (h)))

inline forget(n)
{
	attempt[n] = WIRE_ATTEMPT_NONE;
	shake[n] = NONE;
	believed[n] = NONE;
	told_believed[n] = NONE;
	told_incarnation[n] = 0;
	asked_for[n] = NONE
}

/* What is true of two that are in one association. */
inline check()
{
	split_keys = up[0] && up[1] && keys[0] == keys[1] && serial[0] != serial[1];
	assert(!split_keys);
	deaf = up[0] && up[1] && serial[0] == serial[1] &&
	       (!HAS_KEYS(0, keys[1]) || !HAS_KEYS(1, keys[0]));
	assert(!deaf)
}

#ifdef NO_SERIAL
#define IS_REKEY(n) (up[n] && told_incarnation[n] == peer_incarnation[n])
#else
#define IS_REKEY(n)                                                                                \
	(believed[n] != NONE && believed[n] == told_believed[n] &&                                 \
	 told_incarnation[n] == peer_incarnation[n])
#endif

/* A frame with the keys of the handshake has opened. */
inline confirm(n)
{
	if
#ifndef NO_SECOND_LOOK
	:: believed[n] != CURRENT(n) -> forget(n)
#endif
	:: else ->
		if
		:: IS_REKEY(n) ->
			orphan_keys = !up[n];
			assert(!orphan_keys);
			printf("node %d: new keys %d for association %d\n", n, shake[n], serial[n]);
#ifndef NO_OVERLAP
			previous[n] = keys[n];
#endif
			keys[n] = shake[n];
#ifdef REACH
			reached = up[1 - n] && keys[1 - n] == keys[n] && incarnation[n] > 1;
			assert(!reached)
#endif
		:: else ->
			if
			:: up[n] ->
				printf("node %d: %e, association %d\n", n, WIRE_REASON_REPLACED, serial[n]);
				killed = up[1 - n] && serial[1 - n] == serial[n];
				assert(!killed)
			:: else
			fi;
			up[n] = true;
			serial[n] = shake[n];
			keys[n] = shake[n];
			previous[n] = NONE;
			peer_incarnation[n] = told_incarnation[n];
			printf("node %d: association %d is up\n", n, serial[n]);
			wrong_incarnation = peer_incarnation[n] != INCARNATION_IN(serial[n], 1 - n);
			assert(!wrong_incarnation)
		fi;
		forget(n);
		check()
	fi
}

/* --- frames */

/* INIT, when HELLO2 has come with a cookie: ours, or one that the intruder put there. */
inline send_init(n, c)
{
#ifdef OUTSIDER
	old_hello = c != asked_for[n];
	assert(!old_hello);
#endif
	believed[n] = CURRENT(n);
	init_of[shakes] = n;
	init_incarnation[shakes] = incarnation[n];
	init_cookie[shakes] = c;
	init_believed[shakes] = believed[n];
	shake[n] = shakes;
	attempt[n] = WIRE_ATTEMPT_SENT;
	printf("node %d.%d: %e %d, cookie %d\n", n, incarnation[n], WIRE_INIT, shakes, c);
	shakes++
}
#if defined(OUTSIDER) && !defined(NO_NONCE_IN_HELLO2)
#define MAY_SEND(n, c) (asked_for[n] == c)
#else
#define MAY_SEND(n, c) (c < cookies && cookie_of[c] == 1 - (n))
#endif

#ifdef NO_COOKIE_SERIAL
#define IN_ORDER(n, c) true
#else
#define IN_ORDER(n, c) (c >= cookie_serial[n])
#endif
#ifdef NO_COOKIE
#define COOKIE_GOOD(n, h) true
#else
#define COOKIE_GOOD(n, h)                                                                          \
	(cookie_of[init_cookie[h]] == n && cookie_incarnation[init_cookie[h]] == incarnation[n] && \
	 cookie_asker[init_cookie[h]] == init_incarnation[h] && init_cookie[h] >= expired &&       \
	 IN_ORDER(n, init_cookie[h]))
#endif
#ifdef NO_GOES_FIRST
#define GOES_FIRST(n) false
#else
#define GOES_FIRST(n)                                                                              \
	((attempt[n] == WIRE_ATTEMPT_SENT || attempt[n] == WIRE_ATTEMPT_CONFIRMING) && SMALLER(n))
#endif

inline take_init(n, h)
{
	wasted = resp_made[h]; /* the same INIT has had its arithmetic */
	assert(!wasted);
	forget(n);
	cookie_serial[n] = init_cookie[h] + 1;
	attempt[n] = WIRE_ATTEMPT_ANSWERED;
	shake[n] = h;
	believed[n] = CURRENT(n);
	told_believed[n] = init_believed[h];
	told_incarnation[n] = init_incarnation[h];
	resp_made[h] = true;
	resp_incarnation[h] = incarnation[n];
	resp_believed[h] = believed[n];
	printf("node %d.%d: %e to %d\n", n, incarnation[n], WIRE_RESP, h)
#ifdef NO_CONFIRM
	;
	confirm(n)
#endif
}

inline take_resp(n)
{
	attempt[n] = WIRE_ATTEMPT_CONFIRMING;
	told_believed[n] = resp_believed[shake[n]];
#ifdef NO_INCARNATION_IN_TERMS
	if /* what a HELLO2 says */
	:: told_incarnation[n] = 1
	:: told_incarnation[n] = incarnation[1 - n]
	fi;
#else
	told_incarnation[n] = resp_incarnation[shake[n]];
#endif
	if
	:: believed[n] != CURRENT(n) -> forget(n)
	:: else
	fi
}

#define INIT(h)                                                                                    \
	:: atomic {                                                                                \
		h < shakes && init_of[h] == 1 - n && COOKIE_GOOD(n, h) && !GOES_FIRST(n) ->        \
		take_init(n, h)                                                                    \
	}
#define HELLO2(c) :: atomic { attempt[n] == WIRE_ATTEMPT_HELLO && shakes < SHAKES && MAY_SEND(n, c) -> send_init(n, c) }
#define OPENS(h)                                                                                   \
	:: atomic {                                                                                \
		DATA(1 - n, h) && shake[n] == h &&                                                 \
			(attempt[n] == WIRE_ATTEMPT_ANSWERED ||                                    \
			 attempt[n] == WIRE_ATTEMPT_CONFIRMING) ->                                 \
		printf("node %d opens %e with keys %d\n", n, WIRE_DATA, h);                        \
		confirm(n)                                                                         \
	}

proctype node(byte n)
{
end:	do
	/* A handshake of its own: its HELLO1, which the other side answers. */
	:: atomic {
		attempt[n] == WIRE_ATTEMPT_NONE && cookies < SHAKES &&
			!(up[n] && up[1 - n] && serial[n] == serial[1 - n] && keys[n] != keys[1 - n]) ->
		attempt[n] = WIRE_ATTEMPT_HELLO;
		expired = (up[n] -> cookies : expired);
		printf("node %d.%d: %e; %e, cookie %d\n", n, incarnation[n], WIRE_HELLO1, WIRE_HELLO2,
		       cookies);
		cookie_of[cookies] = 1 - n;
		cookie_incarnation[cookies] = incarnation[1 - n];
		cookie_asker[cookies] = incarnation[n];
		asked_for[n] = cookies;
		cookies++
	}
	HELLO2(0) HELLO2(1) HELLO2(2)
	INIT(0) INIT(1) INIT(2)
	:: atomic { attempt[n] == WIRE_ATTEMPT_SENT && resp_made[shake[n]] -> take_resp(n) }
#ifdef NO_SENDER_IN_EARLY /* its own RESP comes back; the indexes happen to be the same */
	:: atomic { attempt[n] == WIRE_ATTEMPT_SENT && shakes > 1 &&
		    resp_made[0] && init_of[0] == 1 - n -> wasted = true; assert(!wasted) }
#endif
#ifdef NO_EARLY /* anybody in the cluster makes INIT, with a cookie that he asked for */
	:: atomic { attempt[n] == WIRE_ATTEMPT_NONE -> wasted = true; assert(!wasted) }
#endif
	/* The first frames with new keys, and all that come later. */
	:: atomic { attempt[n] == WIRE_ATTEMPT_CONFIRMING && !DATA(n, shake[n]) -> DATA(n, shake[n]) = true }
	:: atomic { up[n] && !DATA(n, keys[n]) -> DATA(n, keys[n]) = true }
	OPENS(0) OPENS(1) OPENS(2)
	/* An attempt fails; an association is given up; the node restarts. */
	:: atomic {
		attempt[n] != WIRE_ATTEMPT_NONE &&
			!(attempt[n] == WIRE_ATTEMPT_CONFIRMING && ANSWERED(1 - n, shake[n])) ->
		forget(n)
	}
	:: atomic {
		up[n] && !given_up[n] ->
		printf("node %d: %e, association %d\n", n, WIRE_REASON_DEAD, serial[n]);
		given_up[n] = true;
		up[n] = false; serial[n] = NONE; keys[n] = NONE; previous[n] = NONE;
		peer_incarnation[n] = 0
	}
	:: atomic {
		incarnation[n] < INCARNATIONS ->
		incarnation[n]++;
		printf("node %d restarts as %d\n", n, incarnation[n]);
		forget(n);
		up[n] = false; serial[n] = NONE; keys[n] = NONE; previous[n] = NONE;
		peer_incarnation[n] = 0; cookie_serial[n] = 0
	}
#ifdef PAPER /* who has the public key, and all do, seals what he likes */
	:: atomic { !up[n] -> forged = true; assert(!forged) }
#endif
	od
}

init
{
	atomic { run node(0); run node(1) }
}
