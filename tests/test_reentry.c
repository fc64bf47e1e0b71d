/* A transport that is set rolling again in phase with the wall clock, on a server that answers as servers do.
 */
#include "tests/test.h"

#include "rt/reentry.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

typedef struct server {
	uint32_t period, rate;
	int answer;      /* periods from all being ready to the first that rolls */
	int slow_until;  /* the period before which another client is not ready */
	double lateness; /* seconds, mean, of the call */
	double pace;     /* share by which its periods are too long at first */
	/* Its transport. */
	enum { STOPPED, STARTING, ROLLING } state;
	int answering; /* periods left; -1: not all are ready yet */
	bool asked;
	uint64_t place, wanted;
	uint64_t seed;
} server;

typedef struct outcome {
	bool rolls;
	double error; /* frames by which the transport is ahead of the song, once it is heard */
	int heard;    /* periods that were heard out of phase before that */
	int tries;
	double seconds; /* from the beginning */
} outcome;

static const double begun_us = 7e9;

static void
move_on(server *s, const reentry *r, int n)
{
	const uint32_t now = 4000000000u + (uint32_t)n * s->period;
	if (s->state == ROLLING)
		s->place += s->period;
	if (s->asked) {
		s->asked = false;
		s->state = STARTING;
		s->place = s->wanted;
		s->answering = -1;
	}
	if (s->state != STARTING)
		return;
	if (s->answering > 0 && --s->answering == 0)
		s->state = ROLLING;
	else if (s->answering < 0 && reentry_ready(r, now, s->period, s->place) && n >= s->slow_until)
		s->answering = s->answer;
}

static outcome
come_back(server s)
{
	reentry r;
	outcome o = {0};
	const reentry_anchor anchor = {.time_us = (uint64_t)begun_us - 1700000, .seconds = 12.34567};
	memset(&r, 0, sizeof r);
	reentry_begin(&r, &anchor);
	s.answering = -1;
	const int periods = (int)(6.0 * s.rate / s.period);
	for (int n = 0; n < periods; n++) {
		const double nominal = (double)n * s.period / s.rate;
		const double due_us = begun_us + (nominal + s.pace * 0.7 * (1.0 - exp(-nominal / 0.7))) * 1e6;
		const double late = -log(1.0 - (double)rng_next_unit(&s.seed)) * s.lateness;
		const double song = (anchor.seconds + (due_us - (double)anchor.time_us) * 1e-6) * s.rate;
		move_on(&s, &r, n);
		const reentry_period p = {
		    .now = 4000000000u + (uint32_t)n * s.period, /* it wraps */
		    .frames = s.period,
		    .rate = s.rate,
		    .time_us = (uint64_t)(due_us + late * 1e6),
		    .stopped = s.state == STOPPED,
		    .rolling = s.state == ROLLING,
		    .place = s.place,
		};
		if (reentry_run(&r, &p)) {
			s.asked = true;
			s.wanted = r.place;
			o.tries = r.tries;
		}
		if (s.state == ROLLING && !reentry_mute(&r)) {
			/* What its pace does later is the server's own. */
			if (!o.rolls)
				o.error = (double)s.place - song;
			o.rolls = true;
			o.heard +=
			    s.pace == 0.0 && fabs((double)s.place - song) > fmax(s.period, 0.001 * s.rate);
			o.seconds = o.seconds > 0.0 ? o.seconds : (double)n * s.period / s.rate;
		}
	}
	assert_int_equal(r.state, REENTRY_IDLE);
	return o;
}

static server
any_server(uint64_t *seed)
{
	static const uint32_t rates[] = {44100, 48000, 96000}, periods[] = {32, 64, 256, 1024, 2048};
	const uint64_t bits = rng_next(seed);
	return (server){.period = periods[bits % 5],
			.rate = rates[bits >> 8 & 1],
			.answer = 1 + (int)(bits >> 16 & 3),
			.lateness = 0.0005 * (double)rng_next_unit(seed),
			.seed = rng_next(seed)};
}

static void
it_rolls_in_phase_with_the_wall_clock(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	double worst = 0.0, longest = 0.0;
	for (int i = 0; i < 3000; i++) {
		const server s = any_server(&seed);
		const outcome o = come_back(s);
		assert_true(o.rolls);
		assert_int_equal(o.heard, 0);
		worst = fmax(worst, fabs(o.error) / s.rate);
		longest = fmax(longest, o.seconds);
	}
	print_message("worst %.3f ms, heard after %.2f s at the latest\n", worst * 1e3, longest);
	assert_true(worst < 0.0015);
	assert_true(longest < 2.0); /* a bar at 120 bpm */
}

/* Another client takes its time: the next try gives it more. */
static void
slow_clients_are_waited_for(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	int again = 0;
	for (int i = 0; i < 1000; i++) {
		server s = any_server(&seed);
		/* From a fifth of a second to half a second late for the first try. */
		s.slow_until = (int)((0.2 + 0.4 * (double)rng_next_unit(&seed)) * s.rate / s.period);
		const outcome o = come_back(s);
		if (!o.rolls || o.heard)
			fail_msg(
			    "%u/%u answer %d slow %d: rolls %d, heard %d, tries %d, error %.1f at %.3f s",
			    s.period, s.rate, s.answer, s.slow_until, o.rolls, o.heard, o.tries, o.error,
			    o.seconds);
		assert_true(fabs(o.error) < fmax(s.period, 0.0015 * s.rate));
		assert_true(o.tries <= REENTRY_TRIES);
		again += o.tries > 1;
	}
	assert_true(again > 100);
}

/* A server that has just begun may take a second to find its pace. */
static void
a_pace_that_settles_is_waited_for(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	double worst = 0.0;
	for (int i = 0; i < 1000; i++) {
		server s = any_server(&seed);
		s.pace = 0.04 * ((double)rng_next_unit(&seed) - 0.5);
		const outcome o = come_back(s);
		assert_true(o.rolls);
		worst = fmax(worst, (fabs(o.error) - s.period) / s.rate);
	}
	print_message("worst %.3f ms more than a period\n", worst * 1e3);
	assert_true(worst < 0.005); /* two hundredths of a quarter of a second */
}

static void
who_rolls_already_is_left_alone(void **state)
{
	(void)state;
	reentry r;
	const reentry_anchor anchor = {.time_us = 1000000, .seconds = 3.0};
	reentry_period p = {.frames = 64, .rate = 48000, .time_us = 2000000, .rolling = true, .place = 777};
	reentry_begin(&r, &anchor);
	for (int n = 0; n < 1000; n++, p.now += 64, p.place += 64, p.time_us += 1333)
		assert_false(reentry_run(&r, &p));
	assert_int_equal(r.state, REENTRY_IDLE);
	assert_true(reentry_ready(&r, p.now, 64, 0));
	/* One that has been moved meanwhile, too. */
	reentry_begin(&r, &anchor);
	p.rolling = false;
	p.stopped = true;
	bool asked = false;
	for (int n = 0; n < 1000 && !asked; n++, p.now += 64, p.time_us += 1333)
		asked = reentry_run(&r, &p);
	assert_true(asked);
	assert_false(reentry_ready(&r, p.now, 64, r.place));
	assert_true(reentry_ready(&r, p.now, 64, r.place + 1));
	p.stopped = false;
	p.rolling = true;
	p.place = r.place + 1;
	p.now += 64;
	assert_false(reentry_run(&r, &p));
	assert_int_equal(r.state, REENTRY_IDLE);
	/* A server that does not answer is not waited for for ever. */
	reentry_begin(&r, &anchor);
	p.rolling = false;
	p.stopped = true;
	for (int n = 0; n < 3000; n++, p.now += 64, p.time_us += 1333)
		(void)reentry_run(&r, &p);
	assert_int_equal(r.state, REENTRY_IDLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_rolls_in_phase_with_the_wall_clock),
	    cmocka_unit_test(slow_clients_are_waited_for),
	    cmocka_unit_test(a_pace_that_settles_is_waited_for),
	    cmocka_unit_test(who_rolls_already_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
