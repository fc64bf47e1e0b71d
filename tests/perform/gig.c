/* A gig: the whole program with a fake nanoKONTROL2, a fake Launchpad Mini MK3 and a tablet, all acting at
 * random, with floods and rubbish among it. At the end the lights and the tablet show what Drumlin itself
 * says. DRUMLIN_GIG_SECONDS: how long (half a minute). DRUMLIN_GIG_BACKEND=jack: on a JACK server of its own,
 * whose transport is started, stopped and located meanwhile, and where somebody listens; no period may take
 * more of the processor's time than it lasts. DRUMLIN_GIG_LOAD=N: beside N busy loops and a client that does
 * nothing. */
#include "tests/test.h"

#include "app/commands.h"
#include "rt/rng.h"
#include "tests/perform/parts.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 19770 };

uint64_t gig_seed;
static bool conducted; /* there is a JACK server, and its transport moves */

double
gig_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int
gig_below(int n)
{
	return (int)(rng_next_unit(&gig_seed) * (float)n) % n;
}

static gig_tablet hand, looker, vandal;

static void
tablet_acts(void)
{
	static const char *const commands[] = {"fill",         "vary",          "regenerate", "tap",
					       "undo",         "redo",          "panic",      "mutate",
					       "pattern/keep", "pattern/clear", "toggle",     "continue"};
	static const char *const scenes[] = {"scene", "scene/store", "scene/clear", "scene/copy"};
	char path[96], name[PARAM_PATH_MAX];
	const int kind = gig_below(10), slot = gig_below(PARAM_SLOTS);
	if (kind < 6) {
		/* Whose time it is stays. Learning is the controllers'. */
		if ((slot >= PARAM_SYNC && slot <= PARAM_SYNC_POLITE) || slot == PARAM_LEARN ||
		    (param_describe(slot)->flags & PARAM_FLAG_SHOWN))
			return;
		hand.value[slot] = param_from_unit(slot, rng_next_unit(&gig_seed));
		hand.told[slot] = true;
		snprintf(path, sizeof path, "/drumlin/%s", param_path(slot, name));
		gig_tablet_say(&hand, path, hand.value[slot]);
	} else if (kind < 8) {
		const int instrument = gig_below(INSTRUMENTS), step = gig_below(16), value = gig_below(3) - 1;
		char *shown = hand.cell[cell_index(0, instrument, step)]; /* no echo: it shows what it sent */
		shown[0] = '\0';
		if (value)
			snprintf(shown, sizeof hand.cell[0], "%.4f 0 0 0 0", (double)value);
		snprintf(path, sizeof path, "/drumlin/%s/step/%d", instrument_name(instrument), step + 1);
		gig_tablet_say(&hand, path, (float)value);
	} else if (kind < 9) {
		snprintf(path, sizeof path, "/drumlin/%s", commands[gig_below(12)]);
		gig_tablet_say(&hand, path, 1.0f);
	} else {
		snprintf(path, sizeof path, "/drumlin/%s", scenes[gig_below(4)]);
		gig_tablet_say(&hand, path, (float)(1 + gig_below(16)));
	}
}

static void
controllers_act(void)
{
	static const int buttons[] = {91, 92, 93, 94, 95, 96, 97, 96, 89, 79, 69, 59, 49, 39, 29, 19};
	if (gig_below(2)) {
		const int cc = gig_below(2) ? gig_below(8) + 16 * gig_below(2) : gig_below(88);
		gig_play(GIG_NANO, 0xb0, cc, gig_below(128), 0);
	} else {
		const bool button = gig_below(4) == 0;
		const int number =
		    button ? buttons[gig_below(16)] : 10 * (1 + gig_below(8)) + 1 + gig_below(8);
		gig_play(GIG_PAD, button ? 0xb0 : 0x90, number, 127, 0);
		gig_play(GIG_PAD, button ? 0xb0 : 0x90, number, 0, 0);
	}
}

/* A knob that no map uses is learned. While that lasts nobody touches what is not to be learned. */
static void
learn(void)
{
	const int knob = 80 + gig_below(8);
	gig_tablet_say(&hand, "/drumlin/learn", 1.0f);
	gig_tablet_say(&hand, "/drumlin/swing", hand.value[PARAM_SWING] = rng_next_unit(&gig_seed));
	gig_tablet_listen(&hand, 40);
	gig_play(GIG_NANO, 0xb0, knob, 10, 0);
	gig_play(GIG_NANO, 0xb0, knob, 14, 0);
	gig_tablet_listen(&hand, 40);
	gig_tablet_say(&hand, "/drumlin/learn", 0.0f);
	hand.value[PARAM_LEARN] = 0.0f;
	gig_tablet_listen(&hand, 40);
}

/* A flood with rubbish in it, as fast as it goes, for a moment; then until all of it has been taken: what is
 * sent while the socket is full of it is lost. */
static void
flood(void)
{
	uint8_t rubbish[64];
	if (conducted)
		gig_conductor_flood(true);
	const double until = gig_now() + 0.2;
	while (gig_now() < until) {
		for (int i = 0; i < 200; i++)
			gig_tablet_say(&vandal, "/drumlin/BD/drive", rng_next_unit(&gig_seed));
		for (size_t i = 0; i < sizeof rubbish; i++)
			rubbish[i] = (uint8_t)gig_below(256);
		gig_tablet_send(&vandal, rubbish, (size_t)gig_below(64));
		gig_tablet_send(&vandal, "#bundle\0\0\0\0\0\0\0\0\1\0\0\1\0/drum", 26);
		for (int d = 0; d < GIG_DEVICES; d++)
			for (int i = 0; i < 20; i++)
				gig_play(d, i % 5 ? 0xe0 + gig_below(16) : gig_below(256), gig_below(256),
					 gig_below(256), gig_below(256));
	}
	for (int d = 0; d < GIG_DEVICES; d++)
		gig_play(d, 0xf0, 1, 2, 3); /* and no end of it */
	if (conducted)
		gig_conductor_flood(false);
	gig_tablet_agree(&hand);
}

static void *
perform(void *arg)
{
	static char words[][16] = {"drumlin",  "--plain",    "--backend", "none",       "--sync",
				   "internal", "--osc-port", "19770",     "--record-to"};
	enum { WORDS = sizeof words / sizeof *words };
	char *argv[WORDS + 2] = {0};
	for (int i = 0; i < WORDS; i++)
		argv[i] = words[i];
	if (conducted) {
		strcpy(words[3], "jack");
		strcpy(words[5], "jack");
	}
	argv[WORDS] = arg;
	return (void *)(intptr_t)cmd_play(WORDS + 1, argv);
}

/* Brings everything to rest: stopped, no learning, first pages. */
static void
come_to_rest(void)
{
	for (int d = 0; d < GIG_DEVICES; d++)
		gig_play(d, 0xf7, 0, 0, 0);
	gig_tablet_say(&hand, "/drumlin/learn", 0.0f);
	hand.value[PARAM_LEARN] = 0.0f;
	gig_tablet_listen(&hand, 100);
	static const int pages[] = {95, 91, 91, 93, 93, 93, 93, 49, 49, 49, 49};
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		gig_play(GIG_PAD, 0xb0, pages[i], 127, 0);
		gig_play(GIG_PAD, 0xb0, pages[i], 0, 0);
	}
	gig_tablet_say(&hand, "/drumlin/record", 0.0f);
	hand.value[PARAM_RECORD] = 0.0f;
	gig_tablet_say(&hand, "/drumlin/stop", 1.0f);
	gig_tablet_agree(&hand);
	for (double until = gig_now() + 3.0; gig_now() < until;)
		gig_tablet_listen(&hand, 100);
}

/* Everybody plays for so long. */
static void
perform_all(double seconds)
{
	const double end = gig_now() + seconds;
	for (double next = gig_now() + 5.0; gig_now() < end;) {
		tablet_acts();
		controllers_act();
		if (conducted)
			gig_conductor_act();
		gig_tablet_listen(&hand, gig_below(20));
		if (gig_now() > next) {
			flood();
			learn();
			next = gig_now() + 5.0;
		}
	}
}

static void
meet(void)
{
	gig_tablet_open(&hand, PORT);
	gig_tablet_open(&looker, PORT);
	gig_tablet_open(&vandal, PORT);
	for (int i = 0; i < 300 && hand.messages == 0; i++) {
		gig_tablet_subscribe(&hand);
		gig_tablet_listen(&hand, 200);
	}
	assert_true(hand.messages > 0);
	gig_tablet_say(&hand, "/drumlin/play", 1.0f);
}

/* Whoever has only just come is told everything: that is the truth. */
static int
judge(void)
{
	for (int i = 0; i < 50 && !looker.told[PARAM_SLOTS - 1]; i++) {
		gig_tablet_subscribe(&looker);
		gig_tablet_listen(&looker, 1000);
	}
	gig_tablet_agree(&hand);
	const int wrong = gig_judge(&looker, &hand);
	print_message("%d messages told to the tablet, %d things wrong\n", hand.messages, wrong);
	return wrong;
}

static void
was_heard(double seconds)
{
	const gig_heard h = gig_conductor_stop();
	print_message(
	    "heard %.0f s, sounding in %.0f %%, peak %.3f, %lu samples that are no numbers; %u locates, %u "
	    "MIDI messages, %u xruns of the server\n",
	    (double)h.frames / 48000.0, 100.0 * (double)h.sounding / (double)h.frames, (double)h.peak,
	    (unsigned long)h.bad, h.locates, h.midi, h.xruns);
	const gig_spent s = gig_load_spent();
	print_message(
	    "process(): %llu periods, of the processor's time half take less than %u us, one in a thousand "
	    "more than %u us, the longest %u us; longer than the period: %llu\n",
	    (unsigned long long)s.periods, s.median_us, s.thousandth_us, s.most_us,
	    (unsigned long long)s.too_long);
	assert_int_equal(s.too_long, 0);
	assert_int_equal(h.bad, 0);
	assert_true(h.peak <= 1.0f);
	assert_true((double)h.frames > 0.5 * seconds * 48000.0);
	assert_true(h.sounding > 0 && h.locates > 0 && h.midi > 0);
}

static void
all_three_show_the_truth_at_the_end(void **state)
{
	(void)state;
	const char *wanted = getenv("DRUMLIN_GIG_SECONDS"), *on = getenv("DRUMLIN_GIG_BACKEND"),
		   *load = getenv("DRUMLIN_GIG_LOAD");
	const double seconds = wanted ? atof(wanted) : 30.0;
	char folder[] = "/tmp/gig-XXXXXX", remove[64];
	pthread_t program;
	void *code;
	gig_seed = test_seed();
	conducted = on && strcmp(on, "jack") == 0;
	if (load)
		gig_load_start(atoi(load));
	if (conducted)
		assert_true(gig_conductor_start());
	assert_non_null(mkdtemp(folder));
	setenv("XDG_CONFIG_HOME", folder, 1);
	setenv("XDG_STATE_HOME", folder, 1);
	assert_int_equal(pthread_create(&program, NULL, perform, folder), 0);
	meet();
	perform_all(seconds);
	if (load)
		print_message(
		    "beside %s busy loops; a client that does nothing, on a server of its own: %lld "
		    "xruns of that\n",
		    load, (long long)gig_load_stop());
	come_to_rest();
	const int wrong = judge();
	kill(getpid(), SIGTERM);
	pthread_join(program, &code);
	if (conducted)
		was_heard(seconds);
	snprintf(remove, sizeof remove, "rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
	assert_int_equal((intptr_t)code, 0);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_three_show_the_truth_at_the_end)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
