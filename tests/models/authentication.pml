/*
 * How two servers prove to each other who they are: figures 4 and 5 of paper 3 with the nonces that
 * it leaves out, as servers/acs and lib/trust do it (acs_trusted.defs, acs_peer.defs,
 * server_auth.defs).
 *
 * Askers A (two runs) and C, servers B and D, one corrupted server Z; nodes 1 and 2.  Z has A's name
 * on the other node, B and D have one name: so names and nodes are both needed.  All that is sent
 * between a server and an ACS, or between two servers, goes through the intruder, who has Z's
 * secret: he loses, repeats, reorders, redirects and mixes it, and makes what he has the keys for.
 * So there are no channels: a step takes whatever he can supply.  What two ACSs say to each other
 * is in their association (association.pml) and is one step here.  A key of a run that both sides
 * have finished leaks.
 *
 * -DNO_...: without that field.  -DPAPER: as printed; -DFIGURE5: and A's server is on another node.
 */
mtype = { acs_challenge, acs_look_up_server, acs_peer_introduce, server_begin, server_finish,
	  TRUST_ASKER, TRUST_SERVER }

#define A 0
#define C 1
#define B 2
#define D 3
#define Z 4
#define NAME(x) ((x) == A || (x) == Z -> 1 : ((x) == C -> 2 : 3))
#define NODE(x) ((x) == A || (x) == B -> 1 : 2)

#define RUNS 2 /* of askers: A and C, or A twice */
#ifdef TWICE
#define RUN_OF(r) A
#else
#define RUN_OF(r) ((r) == 0 -> A : C)
#endif
#define SESSIONS 3 /* of servers: B twice, D */
#define SESSION_OF(s) ((s) == 2 -> D : B)
#define KEYS 3 /* one for Z */
#define CHALLENGES 3
#define NOTHING 9 /* no key, or a nonce of the intruder's own */

/* What a run is, of a server that asks: its nonces are its number. */
#define QUIET 0
#define ASKED 1
#define BEGUN 2
#define DONE  3
byte run_state[RUNS], run_peer[RUNS], run_challenge[RUNS], run_key[RUNS], run_answer[RUNS];

/* A session of a server that is asked. */
#define HALF 1
#define ACCEPTED 2
byte session_state[SESSIONS], session_key[SESSIONS], session_nonce[SESSIONS], session_asker[SESSIONS];

/* Keys that an ACS made: grant and ticket of each are everybody's to copy. */
byte keys;
byte key_asker[KEYS], key_server[KEYS], key_challenge[KEYS], key_nonce[KEYS];
bool leaked[KEYS], used[KEYS];

/* The ACS's. */
byte challenges, challenge[5]; /* the asker's current one; 0: none */
bool answered[RUNS];

/* What must never be. */
bool question_replayed, asker_deceived, server_deceived;
#ifdef REACH
bool reached; /* two askers have got what they wanted */
#endif

#define KNOWN(k) ((k) == NOTHING || leaked[k] || key_asker[k] == Z || key_server[k] == Z)

/* The text of a question, which is under the proof and bound to the grant. */
#ifdef NO_SERVER_IN_QUESTION
#define SAME_NAME(x, y) true
#else
#define SAME_NAME(x, y) (NAME(x) == NAME(y))
#endif
#ifdef NO_NODE_IN_QUESTION
#define SAME_NODE(x, y) true
#else
#define SAME_NODE(x, y) (NODE(x) == NODE(y))
#endif
#ifdef NO_NONCE_IN_QUESTION
#define SAME_NONCE(k, r) true
#else
#define SAME_NONCE(k, r) (key_nonce[k] == (r))
#endif
#ifdef NO_CHALLENGE
#define SAME_CHALLENGE(x, y) true
#else
#define SAME_CHALLENGE(x, y) ((x) == (y))
#endif

/* --- the ACSs: of one node, or of two in their association */

inline make_key(asker, server, nonce)
{
	key_asker[keys] = asker;
	key_server[keys] = server;
	key_challenge[keys] = challenge[asker];
	key_nonce[keys] = nonce;
	challenge[asker] = 0;
	if
	:: NODE(asker) != NODE(server) -> printf("%e between the ACSs\n", acs_peer_introduce)
	:: else
	fi;
	printf("%e of agent %d for %d answered: key %d\n", acs_look_up_server, asker, server, keys);
	keys++
}

/* A question of run r, in which the intruder has put what no proof covers. */
#ifdef PAPER
#define MAY_ANSWER(r, x) (run_state[r] >= ASKED && keys < KEYS && run_peer[r] == (x))
#else
#define MAY_ANSWER(r, x)                                                                           \
	(run_state[r] >= ASKED && keys < KEYS && SAME_NAME(run_peer[r], x) &&                      \
	 SAME_NODE(run_peer[r], x) && SAME_CHALLENGE(challenge[RUN_OF(r)], run_challenge[r]))
#endif
#define ANSWER(r, x)                                                                               \
	:: atomic {                                                                                \
		MAY_ANSWER(r, x) ->                                                                \
		question_replayed = answered[r];                                                   \
		answered[r] = true;                                                                \
		assert(!question_replayed);                                                        \
		make_key(RUN_OF(r), x, r)                                                          \
	}
#define ANSWER_Z(x)                                                                                \
	:: atomic { !corrupted && keys < KEYS -> corrupted = true; make_key(Z, x, NOTHING) }

active proctype acs()
{
	bool corrupted; /* it asked once */
end:	do
	ANSWER(0, B) ANSWER(0, D) ANSWER(0, Z)
	ANSWER(1, B) ANSWER(1, D) ANSWER(1, Z)
	ANSWER_Z(B) ANSWER_Z(D)
	od
}

/* --- who asks */

#ifdef PAPER
#define MAY_TAKE(r, k) (k < keys && key_asker[k] == RUN_OF(r) && key_server[k] == run_peer[r])
#else
#define MAY_TAKE(r, k)                                                                             \
	(k < keys && key_asker[k] == RUN_OF(r) && SAME_NAME(key_server[k], run_peer[r]) &&         \
	 SAME_NODE(key_server[k], run_peer[r]) && SAME_NONCE(k, r) &&                              \
	 SAME_CHALLENGE(key_challenge[k], run_challenge[r]))
#endif

/* What makes a proof of either role right: made by who has the key, over these. */
#ifdef NO_ASKER_NONCE
#define SAME_ASKER_NONCE(x, y) true
#else
#define SAME_ASKER_NONCE(x, y) ((x) == (y))
#endif
#ifdef NO_SERVER_NONCE
#define SAME_SERVER_NONCE(x, y) true
#else
#define SAME_SERVER_NONCE(x, y) ((x) == (y))
#endif
#ifdef NO_NAMES_IN_EXCHANGE
#define SAME_NAMES(r, s) true
#else
#define SAME_NAMES(r, s)                                                                           \
	(NAME(session_asker[s]) == NAME(RUN_OF(r)) && NAME(SESSION_OF(s)) == NAME(run_peer[r]))
#endif
#define SERVER_PROOF(r, s)                                                                         \
	(session_state[s] >= HALF && session_key[s] == run_key[r] &&                               \
	 SAME_ASKER_NONCE(session_nonce[s], r) && SAME_NAMES(r, s))
#define ASKER_PROOF(r, s)                                                                          \
	(run_state[r] == DONE && run_key[r] == session_key[s] &&                                   \
	 SAME_ASKER_NONCE(session_nonce[s], r) && SAME_SERVER_NONCE(run_answer[r], s) &&           \
	 SAME_NAMES(r, s))

/* The server of its choice has a session with it and this key, and no other run has the key. */
#define MEETS(r, s)                                                                                \
	(session_state[s] >= HALF && session_key[s] == run_key[r] && SESSION_OF(s) == run_peer[r] && \
	 session_asker[s] == RUN_OF(r))
#define TWIN(r, q) ((r) != (q) && run_state[q] == DONE && run_key[q] == run_key[r])

inline finish(r, s)
{
	run_answer[r] = s;
	run_state[r] = DONE;
	printf("run %d: %e proves itself, nonce %d; %e\n", r, TRUST_SERVER, s, server_finish);
#ifndef SERVERS_ALONE
	asker_deceived = run_peer[r] != Z &&
			 ((!MEETS(r, 0) && !MEETS(r, 1) && !MEETS(r, 2)) || TWIN(r, 0) ||
			  TWIN(r, 1));
	assert(!asker_deceived)
#endif
}

#define CHOOSE(x) :: run_peer[r] = x
#define CHALLENGED(c) :: c <= challenges -> run_challenge[r] = c
#define TAKE(k) :: atomic { MAY_TAKE(r, k) -> run_key[r] = k }
#define FINISH(s) :: atomic { SERVER_PROOF(r, s) || KNOWN(run_key[r]) -> finish(r, s) }

proctype asker(byte r)
{
	atomic {
		if
#ifndef FIGURE5
		CHOOSE(B)
#endif
		CHOOSE(D)
		CHOOSE(Z)
		fi;
		if /* the ACS's challenge, or an old one */
		:: challenges < CHALLENGES ->
			challenges++;
			challenge[RUN_OF(r)] = challenges;
			run_challenge[r] = challenges
		CHALLENGED(1) CHALLENGED(2) CHALLENGED(3)
		fi;
		run_state[r] = ASKED;
		printf("run %d of agent %d asks for %d, %e %d\n", r, RUN_OF(r), run_peer[r],
		       acs_challenge, run_challenge[r])
	}
	if
	TAKE(0) TAKE(1) TAKE(2)
#ifdef PAPER
	:: atomic { NODE(run_peer[r]) != NODE(RUN_OF(r)) -> /* sealed with a public key: by anybody */
		    run_key[r] = NOTHING; printf("run %d takes a key of the intruder's\n", r) }
#endif
	fi;
	atomic {
		run_state[r] = BEGUN;
		printf("run %d takes key %d; %e\n", r, run_key[r], server_begin)
#ifdef PAPER
		;
		run_state[r] = DONE;
#ifndef SERVERS_ALONE
		asker_deceived = run_peer[r] != Z && KNOWN(run_key[r]);
		assert(!asker_deceived);
#endif
		goto over
#endif
	}
	if
	FINISH(0) FINISH(1) FINISH(2)
	fi;
over:	skip
}

/* --- who is asked */

#if defined(NO_SERIAL) || defined(PAPER)
#define FRESH(k) true
#else
#define FRESH(k) (!used[k])
#endif
#ifdef NO_ROLE
#define OTHER_ROLE(s) true /* its own proof, back */
#else
#define OTHER_ROLE(s) false
#endif
#ifdef NO_ASKER_IN_TICKET
#define CLAIMS(k, x) (NODE(key_asker[k]) == NODE(x))
#else
#ifdef NO_NODE_IN_TICKET
#define CLAIMS(k, x) (NAME(key_asker[k]) == NAME(x))
#else
#define CLAIMS(k, x) (key_asker[k] == (x))
#endif
#endif

#define KEPT(r, s) (run_state[r] == DONE && run_key[r] == session_key[s] && \
		    RUN_OF(r) == session_asker[s] && run_peer[r] == SESSION_OF(s))
#define AGAIN(s, t) ((s) != (t) && session_state[t] == ACCEPTED && session_key[t] == session_key[s])

inline accept(s)
{
	session_state[s] = ACCEPTED;
	printf("session %d of agent %d accepts agent %d, key %d\n", s, SESSION_OF(s),
	       session_asker[s], session_key[s]);
	server_deceived = session_asker[s] != Z &&
			  ((!KEPT(0, s) && !KEPT(1, s)) || AGAIN(s, 0) ||
			   AGAIN(s, 1) || AGAIN(s, 2));
	assert(!server_deceived)
#ifdef REACH
	;
	reached = session_asker[s] == C && run_state[0] == DONE && run_peer[0] == D;
	assert(!reached)
#endif
}

/* Locally nobody hears what the ACS says to A, says the paper: its ticket is known when A sends it. */
#ifdef PAPER
#define SENT(k) ((run_state[0] >= BEGUN && run_key[0] == k) || (run_state[1] >= BEGUN && run_key[1] == k))
#else
#define SENT(k) true
#endif
#define OPEN(k, x)                                                                                 \
	:: atomic {                                                                                \
		k < keys && key_server[k] == SESSION_OF(s) && FRESH(k) && SENT(k) && CLAIMS(k, x) ->\
		used[k] = true;                                                                    \
		session_key[s] = k;                                                                \
		session_asker[s] = x;                                                              \
		printf("session %d takes the ticket of key %d from agent %d\n", s, k, x)           \
	}
#define NONCE(r) :: run_state[r] >= BEGUN -> session_nonce[s] = r

proctype server(byte s)
{
	if
	OPEN(0, A) OPEN(0, C) OPEN(0, Z)
	OPEN(1, A) OPEN(1, C) OPEN(1, Z)
	OPEN(2, A) OPEN(2, C) OPEN(2, Z)
	fi;
	atomic {
		if
		NONCE(0) NONCE(1)
		:: session_nonce[s] = NOTHING
		fi;
		session_state[s] = HALF;
		printf("session %d: nonce %d, answers as %e\n", s, session_nonce[s], TRUST_SERVER)
	}
#ifdef PAPER
	atomic { accept(s) }
#else
	atomic {
		ASKER_PROOF(0, s) || ASKER_PROOF(1, s) || KNOWN(session_key[s]) || OTHER_ROLE(s) ->
		printf("session %d: %e's proof is right\n", s, TRUST_ASKER);
		accept(s)
	}
#endif
}

/* --- the intruder gets the key of what is over */

#ifdef KEYS_LEAK
#define LEAK(k)                                                                                    \
	:: atomic {                                                                                \
		OVER(0, k) || OVER(1, k) ->                           \
		leaked[k] = true;                                                                  \
		printf("key %d leaks\n", k)                                                        \
	}
#define OVER(r, k)                                                                                 \
	(run_state[r] == DONE && run_key[r] == k && !leaked[k] &&                                  \
	 ((session_state[0] == ACCEPTED && session_key[0] == k) ||                                 \
	  (session_state[1] == ACCEPTED && session_key[1] == k) ||                                 \
	  (session_state[2] == ACCEPTED && session_key[2] == k)))

active proctype leak()
{
end:	do
	LEAK(0) LEAK(1) LEAK(2)
	od
}
#endif

init
{
	atomic {
		session_key[0] = NOTHING; session_key[1] = NOTHING; session_key[2] = NOTHING;
		run asker(0); run asker(1);
		run server(0); run server(1); run server(2)
	}
}
