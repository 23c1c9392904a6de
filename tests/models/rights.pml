/*
 * Who holds how many references to a port of another node, and what happens when a right is handed
 * over: lib/wire's ports_core.c and handover_core.c.
 *
 * Node B owns the port.  A has a right to it, gives C one (twice, maybe), drops its own, gets
 * another from B.  A may die at any time; so may the association of A and C.  Each stream is a
 * channel: what goes over one arrives in order, streams do not wait for each other.  The association
 * of B and C lives: its end takes all with it on both sides, and there is nothing to be checked.
 *
 * Time: a token outlives its giver by one death bound.  Here that means until C, too, has noticed
 * the death and what C asked before has arrived.
 *
 * -DNO_...: without that field or rule.  -DPAPER: a right is a global identifier (node, port) that
 * is passed on, as printed; -DTHIEF: a fourth node has read the token.
 */
mtype = { WIRE_KIND_MESSAGE, WIRE_KIND_PROVIDE, WIRE_KIND_PICKUP, WIRE_KIND_CANCEL,
	  WIRE_KIND_RELEASE, WIRE_KIND_PICKED, WIRE_KIND_TAKEN, WIRE_KIND_FREED }
mtype = { WIRE_EXPORT_FREE, WIRE_EXPORT_LIVE }
mtype = { WIRE_PROXY_NONE, WIRE_PROXY_LIVE, WIRE_PROXY_GHOST }
mtype = { WIRE_WHERE_MINE, WIRE_WHERE_THIRD }

#define A 0
#define C 1
#define THE_THIEF 2
#define NOBODY 3
#ifndef GIFTS
#define GIFTS 2
#endif
#define GAINS 1 /* how often B sends A the right again */
#define NOTHING 0 /* generation in PICKED: no right */

/* kind, generation, and a count or token */
chan port_ab = [6] of { mtype, byte, byte }; /* the port's stream, A to B */
#if defined(PROVIDE_ELSEWHERE) || defined(RELEASE_ELSEWHERE)
chan elsewhere_ab = [4] of { mtype, byte, byte }; /* another stream */
#endif
chan port_cb = [4] of { mtype, byte, byte };
chan gns_ba = [6] of { mtype, byte, byte }; /* stream 0, B to A */
chan gns_bc = [4] of { mtype, byte, byte };
chan gns_cb = [4] of { mtype, byte, byte }; /* the third is the token, the second who asks */
chan right_ba = [2] of { mtype, byte };	     /* messages with a right: MINE, generation */
chan right_ac = [2] of { mtype, byte };	     /* THIRD, token */

/* B's tables */
mtype export_state[2] = WIRE_EXPORT_FREE;
byte export_generation[2], export_count[2];
bool token_used[GIFTS], token_provided[GIFTS], token_orphan[GIFTS];
byte token_to[GIFTS] = NOBODY;
bool no_senders; /* B's task was told so */

/* A's and C's proxies, what their tasks hold, A's gifts, C's pickups */
mtype proxy_state[2] = WIRE_PROXY_NONE;
byte proxy_generation[2], proxy_received[2], proxy_made[2], held[2];
bool gift_used[GIFTS], pickup_used[GIFTS];
byte gift_generation[GIFTS], given;

bool dead_a, down_at_b, down_at_c, cut_ac; /* A's death, and who noticed */

/* What happened, for the checks. */
bool told_first, first_came, was_provided[GIFTS], was_cancelled[GIFTS];
/* What must never be. */
bool too_early, lost_right, out_of_order, lost_message, stolen, violation;

#ifdef REACH
bool reached; /* the receiver has used and returned what a dead giver gave it */
#endif

#define GIVEN (gift_used[0] || gift_used[GIFTS - 1])
#define REFERENCED                                                                                 \
	(export_state[A] == WIRE_EXPORT_LIVE || export_state[C] == WIRE_EXPORT_LIVE ||             \
	 TOKEN_COUNTS(0) || TOKEN_COUNTS(GIFTS - 1))
#if defined(NO_TOKEN_REFERENCE) || defined(PAPER)
#define TOKEN_COUNTS(t) false
#else
#define TOKEN_COUNTS(t) (token_used[t] && token_provided[t])
#endif
#define HOLDERS                                                                                    \
	((!dead_a && (held[A] > 0 || nempty(right_ba))) || held[C] > 0 || picked_on_its_way > 0)
byte picked_on_its_way;

/* --- both holders: a right to the export comes, or nobody has one any more */

inline take_mine(n, generation)
{
	if
	:: proxy_state[n] == WIRE_PROXY_LIVE ->
		violation = violation || proxy_generation[n] != generation;
		proxy_received[n]++;
		proxy_made[n]++
	:: else ->
		proxy_state[n] = WIRE_PROXY_LIVE;
		proxy_generation[n] = generation;
		proxy_received[n] = 1;
		proxy_made[n] = 1
	fi;
	held[n]++;
	assert(!violation)
}

/* The kernel's notification says how many send rights were made; more may have been since. */
inline release(n, made, stream)
{
	if
#ifdef NO_MADE
	:: proxy_state[n] == WIRE_PROXY_LIVE ->
#else
	:: proxy_state[n] == WIRE_PROXY_LIVE && proxy_made[n] == made ->
#endif
		stream!WIRE_KIND_RELEASE(proxy_generation[n], proxy_received[n]);
		proxy_state[n] = WIRE_PROXY_GHOST;
		proxy_received[n] = 0
	:: else
	fi
}

inline take_freed(n, generation)
{
	if
#ifdef NO_GENERATION
	:: true ->
#else
	:: proxy_generation[n] == generation ->
#endif
		violation = proxy_state[n] == WIRE_PROXY_LIVE;
		assert(!violation);
		proxy_state[n] = WIRE_PROXY_NONE
	:: else
	fi
}

/* --- A: its task and its network server */

inline hand_over(t)
{
	given++;
	printf("A gives C a right: token %d\n", t);
#ifdef PAPER
	pickup_used[t] = true;
	right_ac!WIRE_WHERE_THIRD(t)
#else
	gift_used[t] = true;
	gift_generation[t] = proxy_generation[A];
#ifndef NO_PROVIDE
#ifdef PROVIDE_ELSEWHERE
	elsewhere_ab!WIRE_KIND_PROVIDE(proxy_generation[A], t);
#else
	port_ab!WIRE_KIND_PROVIDE(proxy_generation[A], t);
#endif
#endif
	pickup_used[t] = true; /* from here on; C hears of it below */
	right_ac!WIRE_WHERE_THIRD(t)
#endif
}

inline cancel_gift(t)
{
	if
	:: gift_used[t] ->
#ifndef NO_CANCEL
		port_ab!WIRE_KIND_CANCEL(gift_generation[t], t);
#endif
		gift_used[t] = false
	:: else
	fi
}

proctype node_a()
{
	byte token, generation, made;
	bool notified;
	do
	/* the task */
	:: atomic { !dead_a && held[A] > 0 && !told_first && given == 0 ->
		told_first = true; port_ab!WIRE_KIND_MESSAGE(proxy_generation[A], 0) }
	:: atomic { !dead_a && held[A] > 0 && given < GIFTS && !cut_ac ->
		token = given; hand_over(token) }
	:: atomic { !dead_a && held[A] > 0 -> held[A] = 0; printf("A drops its right\n") }
	/* the kernel, and what becomes of its notification */
	:: atomic { !dead_a && proxy_state[A] == WIRE_PROXY_LIVE && held[A] == 0 && !GIVEN && !notified ->
		notified = true; made = proxy_made[A] }
	:: atomic { !dead_a && notified && nfull(port_ab) -> notified = false;
#ifdef RELEASE_ELSEWHERE
		release(A, made, elsewhere_ab)
#else
		release(A, made, port_ab)
#endif
		}
	/* the wire */
	:: atomic { !dead_a && right_ba?[WIRE_WHERE_MINE, _] ->
		right_ba?WIRE_WHERE_MINE(generation); take_mine(A, generation) }
	:: atomic { !dead_a && gns_ba?[WIRE_KIND_TAKEN, _, _] ->
		gns_ba?WIRE_KIND_TAKEN(_, token); gift_used[token] = false }
	:: atomic { !dead_a && gns_ba?[WIRE_KIND_FREED, _, _] ->
		gns_ba?WIRE_KIND_FREED(generation, _); take_freed(A, generation) }
	:: atomic { !dead_a && cut_ac && GIVEN -> cancel_gift(0); cancel_gift(GIFTS - 1) }
	:: dead_a -> break
	od
}

#ifndef NO_FAULTS
proctype faults()
{
	if
	:: atomic { dead_a = true; printf("A dies\n") }
	:: atomic { cut_ac = true; printf("the association of A and C ends\n") }
	:: true
	fi
}
#endif

/* --- B: the owner */

inline say_taken(t)
{
	if
	:: !token_orphan[t] && !down_at_b ->
#ifndef NO_TAKEN
		gns_ba!WIRE_KIND_TAKEN(0, t)
#else
		skip
#endif
	:: else
	fi
}

inline say_picked(to, generation, t)
{
	if
	:: to == C ->
		gns_bc!WIRE_KIND_PICKED(generation, t);
		picked_on_its_way = picked_on_its_way + (generation != NOTHING -> 1 : 0)
	:: to == THE_THIEF && generation != NOTHING -> stolen = true; assert(!stolen)
	:: else
	fi
}

/* One reference more on the peer's export. */
inline export_right(n)
{
	if
	:: export_state[n] == WIRE_EXPORT_FREE ->
		export_state[n] = WIRE_EXPORT_LIVE;
		export_generation[n]++;
		export_count[n] = 1
	:: else -> export_count[n]++
	fi
}

inline answer(t, to)
{
	if
	:: to == C ->
		too_early = no_senders;
		assert(!too_early);
		export_right(C);
		say_picked(C, export_generation[C], t)
	:: else -> say_picked(to, 1, t)
	fi;
	say_taken(t);
	token_used[t] = false;
	token_provided[t] = false;
	token_to[t] = NOBODY
}

inline drop_token(t)
{
	token_used[t] = false;
	token_provided[t] = false;
	token_to[t] = NOBODY
}

#ifdef NO_RECEIVER
#define MAY_PICK_UP(who) true
#else
#define MAY_PICK_UP(who) ((who) == C)
#endif

/* Whose token it is, PICKUP says, if PROVIDE has not come. */
#ifdef NO_GIVER
#define GIVER_GONE false
#define ORPHANED(t) token_provided[t]
#else
#define GIVER_GONE down_at_b
#define ORPHANED(t) true
#endif

inline take_provide(t)
{
	was_provided[t] = true;
	if
	:: token_used[t] && token_to[t] != NOBODY && MAY_PICK_UP(token_to[t]) ->
		answer(t, token_to[t])
	:: else ->
		say_picked(token_to[t], NOTHING, t);
		token_used[t] = true;
		token_provided[t] = true;
		token_to[t] = NOBODY
	fi
}

inline take_pickup(t, who)
{
	if
#ifdef NO_PROVIDE
	:: true -> answer(t, who)
#else
	:: token_used[t] && token_provided[t] && MAY_PICK_UP(who) -> answer(t, who)
	:: !token_used[t] -> token_used[t] = true; token_to[t] = who; token_orphan[t] = GIVER_GONE
	:: else -> say_picked(who, NOTHING, t)
#endif
	fi
}

inline take_release(n, generation, count)
{
	violation = export_state[n] != WIRE_EXPORT_LIVE || export_generation[n] != generation ||
		    count > export_count[n];
	assert(!violation);
#ifdef NO_COUNT
	export_count[n] = 0;
#else
	export_count[n] = export_count[n] - count;
#endif
	if
	:: export_count[n] == 0 ->
		export_state[n] = WIRE_EXPORT_FREE;
		if
		:: n == A -> gns_ba!WIRE_KIND_FREED(generation, 0)
		:: else -> gns_bc!WIRE_KIND_FREED(generation, 0)
		fi
	:: else
	fi
}

/* A message for the port; it may come when the export is open. */
inline take_message(n, generation)
{
	lost_message = export_state[n] != WIRE_EXPORT_LIVE || export_generation[n] != generation;
#ifdef PAPER
	lost_message = false;
#endif
	assert(!lost_message);
	if
	:: n == A -> first_came = true
	:: else ->
		out_of_order = told_first && !first_came && !dead_a;
		assert(!out_of_order)
	fi
}

/* Nobody has the token's time: see above. */
#ifdef DROP_AT_DEATH
#define OVERDUE(t) (token_used[t] && token_orphan[t])
#else
#define OVERDUE(t)                                                                                 \
	(token_used[t] &&                                                                          \
	 ((token_orphan[t] && down_at_c && empty(gns_cb)) ||                                       \
	  (!token_provided[t] && !dead_a && empty(port_ab) && empty(right_ac) &&                   \
	   (was_provided[t] || was_cancelled[t]))))
#endif

inline expire(t)
{
	printf("token %d has expired\n", t);
	say_picked(token_to[t], NOTHING, t);
	say_taken(t);
	drop_token(t)
}

inline down(n)
{
	down_at_b = true;
	do
	:: nempty(port_ab) -> port_ab?_, _, _
	:: nempty(gns_ba) -> gns_ba?_, _, _
	:: nempty(right_ba) -> right_ba?_, _
	:: empty(port_ab) && empty(gns_ba) && empty(right_ba) -> break
	od;
	export_state[n] = WIRE_EXPORT_FREE;
	export_count[n] = 0;
	token_orphan[0] = ORPHANED(0);
	token_orphan[GIFTS - 1] = ORPHANED(GIFTS - 1)
}

proctype node_b()
{
	byte token, generation, count, who, gains;
	do
	:: atomic { port_ab?WIRE_KIND_MESSAGE(generation, _) -> take_message(A, generation) }
	:: atomic { port_ab?WIRE_KIND_PROVIDE(generation, token) -> take_provide(token) }
	:: atomic { port_ab?WIRE_KIND_CANCEL(generation, token) ->
		was_cancelled[token] = true;
		if
		:: token_used[token] && token_provided[token] -> drop_token(token)
		:: else
		fi }
	:: atomic { port_ab?WIRE_KIND_RELEASE(generation, count) -> take_release(A, generation, count) }
#ifdef PROVIDE_ELSEWHERE
	:: atomic { elsewhere_ab?WIRE_KIND_PROVIDE(generation, token) -> take_provide(token) }
#endif
#ifdef RELEASE_ELSEWHERE
	:: atomic { elsewhere_ab?WIRE_KIND_RELEASE(generation, count) -> take_release(A, generation, count) }
#endif
	:: atomic { port_cb?WIRE_KIND_MESSAGE(generation, _) -> take_message(C, generation) }
	:: atomic { port_cb?WIRE_KIND_RELEASE(generation, count) -> take_release(C, generation, count) }
	:: atomic { gns_cb?WIRE_KIND_PICKUP(who, token) -> take_pickup(token, who) }
	/* its task */
	:: atomic { gains < GAINS && !dead_a && !no_senders ->
		gains++; export_right(A); right_ba!WIRE_WHERE_MINE(export_generation[A]) }
	/* its kernel */
	:: atomic { !REFERENCED && !no_senders ->
		too_early = HOLDERS;
		assert(!too_early);
		no_senders = true; printf("B hears: no senders\n");
#ifdef REACH
		reached = dead_a && proxy_state[C] == WIRE_PROXY_GHOST;
		assert(!reached)
#endif
		}
	/* time */
	:: atomic { dead_a && !down_at_b -> down(A) }
	:: atomic { OVERDUE(0) -> expire(0) }
	:: atomic { OVERDUE(GIFTS - 1) && GIFTS > 1 -> expire(GIFTS - 1) }
	od
}

/* --- C: who is given the right */

proctype node_c()
{
	byte token, generation, made, spoken;
	bool notified;
	do
	:: atomic { right_ac?WIRE_WHERE_THIRD(token) ->
#ifdef PAPER
		held[C] = 1; /* an identifier is enough */
		pickup_used[token] = false
#else
		gns_cb!WIRE_KIND_PICKUP(C, token)
#endif
		}
	:: atomic { gns_bc?WIRE_KIND_PICKED(generation, token) ->
		pickup_used[token] = false;
		if
		:: generation != NOTHING -> picked_on_its_way--; take_mine(C, generation)
		:: else ->
#ifndef THIEF
			/* Dead, although B knew of it, and it was not called back. */
			lost_right = was_provided[token] && !was_cancelled[token];
			assert(!lost_right)
#endif
		fi }
	:: atomic { gns_bc?WIRE_KIND_FREED(generation, _) -> take_freed(C, generation) }
	:: atomic { held[C] > 0 && spoken == 0 -> spoken = 1;
		port_cb!WIRE_KIND_MESSAGE(proxy_generation[C], 0) }
	:: atomic { held[C] > 0 -> held[C] = 0; printf("C drops its right\n") }
	:: atomic { proxy_state[C] == WIRE_PROXY_LIVE && held[C] == 0 && !notified ->
		notified = true; made = proxy_made[C] }
	:: atomic { notified && nfull(port_cb) -> notified = false; release(C, made, port_cb) }
	/* What A sent before may come until its death, or the cut, is noticed. */
	:: atomic { (dead_a || cut_ac) && !down_at_c ->
		down_at_c = true;
		do
		:: nempty(right_ac) -> right_ac?_, token; pickup_used[token] = false
		:: empty(right_ac) -> break
		od }
	od
}

#ifdef THIEF
proctype thief()
{
	atomic { gns_cb!WIRE_KIND_PICKUP(THE_THIEF, 0) }
}
#endif

/* --- when nothing moves any more, all accounts are balanced */

#define BALANCED(n)                                                                                \
	(export_count[n] == (proxy_state[n] == WIRE_PROXY_LIVE -> proxy_received[n] : 0) &&        \
	 (export_state[n] == WIRE_EXPORT_LIVE) == (proxy_state[n] == WIRE_PROXY_LIVE) &&           \
	 proxy_state[n] != WIRE_PROXY_GHOST)
#define SETTLED(t) (!token_used[t] && !pickup_used[t] && (dead_a || !gift_used[t]))
bool unbalanced;

init
{
	atomic {
		export_right(A);
		take_mine(A, 1);
		run node_a(); run node_b(); run node_c();
#ifndef NO_FAULTS
		run faults();
#endif
#ifdef THIEF
		run thief()
#endif
	}
#ifndef THIEF /* who asks for what he was not given waits for time to pass */
	do
	:: atomic { timeout ->
		unbalanced = !(BALANCED(C) && (dead_a || BALANCED(A)) && SETTLED(0) &&
			   SETTLED(GIFTS - 1) && no_senders == !REFERENCED);
		assert(!unbalanced);
		break }
	od
#endif
}
