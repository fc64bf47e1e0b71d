/* clang-format off */
/* The memory of C11 for spin: what a thread may see of the others' stores.
 *
 * Every atomic location keeps all the values that were ever stored in it, in order. Each thread has a view: the oldest
 * value of each location that it may still read; a load takes any value from there on (so a store may become
 * visible late, a load be early, stores to different places arrive in any order), and never goes back. A
 * release store carries the storer's view with it; an acquire load takes that view over; sequentially consistent
 * accesses also agree on one order. A read-modify-write takes the newest value and hands on the view that it found
 * there. Plain data has no such freedom: two accesses, one of them a write, that nothing orders are a data race,
 * and an assertion finds it by vector clocks. (After Kang, Hur, Lahav, Vafeiadis, Dreyer, "A promising semantics
 * for relaxed-memory concurrency", POPL 2017, without promises: a store is never seen before an earlier load
 * of its thread has been done.)
 *
 * A model defines THREADS, LOCS (atomic), PLAINS (plain) and HISTORY (values of a location, the first among
 * them) before it includes this. All locations begin as 0. */

#define RLX 0
#define ACQ 1
#define REL 2
#define ACQ_REL 3
#define SEQ_CST 7

typedef message {
	byte value;
	byte view[LOCS];
	byte clock[THREADS]
}
typedef location {
	message m[HISTORY];
	byte last;
	byte sc /* newest value that a sequentially consistent store left */
}
typedef watcher {
	byte view[LOCS];
	byte clock[THREADS]
}
typedef plain_data {
	byte value;
	byte wrote[THREADS];
	byte read[THREADS]
}

location at[LOCS];
watcher th[THREADS];
#if PLAINS
plain_data plain[PLAINS];
#endif

hidden byte j_;

/* Puts (v) behind the values of (l), with what the storer (t) lets others know. */
inline put(t, l, v, order)
{
	assert(at[l].last + 1 < HISTORY);
	at[l].last++;
	th[t].view[l] = at[l].last;
	at[l].m[at[l].last].value = v;
	if
	:: (order) & REL ->
		for (j_ : 0 .. LOCS - 1) {
			at[l].m[at[l].last].view[j_] = th[t].view[j_]
		}
		for (j_ : 0 .. THREADS - 1) {
			at[l].m[at[l].last].clock[j_] = th[t].clock[j_]
		}
	:: else ->
		at[l].m[at[l].last].view[l] = at[l].last
	fi;
	if
	:: (order) == SEQ_CST -> at[l].sc = at[l].last
	:: else
	fi
}

/* Value number (n) of (l) is what (t) reads. */
inline get(t, l, n, order, to)
{
	th[t].view[l] = n;
	to = at[l].m[n].value;
	if
	:: (order) & ACQ ->
		for (j_ : 0 .. LOCS - 1) {
			if
			:: at[l].m[n].view[j_] > th[t].view[j_] -> th[t].view[j_] = at[l].m[n].view[j_]
			:: else
			fi
		}
		for (j_ : 0 .. THREADS - 1) {
			if
			:: at[l].m[n].clock[j_] > th[t].clock[j_] -> th[t].clock[j_] = at[l].m[n].clock[j_]
			:: else
			fi
		}
	:: else
	fi
}

inline store(t, l, v, order)
{
	d_step {
		put(t, l, v, order);
		j_ = 0
	}
}

/* n: a byte of the thread's own. */
inline load(t, l, order, to, n)
{
	atomic {
		n = th[t].view[l];
		if
		:: (order) == SEQ_CST && at[l].sc > n -> n = at[l].sc
		:: else
		fi;
		do
		:: n < at[l].last -> n++
		:: break
		od;
		d_step {
			get(t, l, n, order, to);
			n = 0;
			j_ = 0
		}
	}
}

/* Reads the newest value into `to` and stores v, which may be made from `to`. */
inline exchange(t, l, v, order, to)
{
	d_step {
		get(t, l, at[l].last, order, to);
		put(t, l, v, order);
		/* What the value before it let others know, this one lets them know too. */
		for (j_ : 0 .. LOCS - 1) {
			if
			:: at[l].m[at[l].last - 1].view[j_] > at[l].m[at[l].last].view[j_] ->
				at[l].m[at[l].last].view[j_] = at[l].m[at[l].last - 1].view[j_]
			:: else
			fi
		}
		for (j_ : 0 .. THREADS - 1) {
			if
			:: at[l].m[at[l].last - 1].clock[j_] > at[l].m[at[l].last].clock[j_] ->
				at[l].m[at[l].last].clock[j_] = at[l].m[at[l].last - 1].clock[j_]
			:: else
			fi
		}
		j_ = 0
	}
}

inline write_plain(t, p, v)
{
	d_step {
		for (j_ : 0 .. THREADS - 1) {
			assert(plain[p].wrote[j_] <= th[t].clock[j_]); /* or a data race */
			assert(plain[p].read[j_] <= th[t].clock[j_])
		}
		th[t].clock[t]++;
		plain[p].wrote[t] = th[t].clock[t];
		plain[p].value = v;
		j_ = 0
	}
}

inline read_plain(t, p, to)
{
	d_step {
		for (j_ : 0 .. THREADS - 1) {
			assert(plain[p].wrote[j_] <= th[t].clock[j_]) /* or a data race */
		}
		th[t].clock[t]++;
		plain[p].read[t] = th[t].clock[t];
		to = plain[p].value;
		j_ = 0
	}
}
