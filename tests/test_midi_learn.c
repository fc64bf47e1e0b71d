/* Learning: which control was meant, and how it moves. */
#include "tests/test.h"

#include "osc/map_file.h"
#include "osc/midi_learn.h"

#include <string.h>

static params p;
static midi_learn learn;
static midi_binding b;

static void
begin(int slot)
{
	params_reset(&p);
	midi_learn_init(&learn);
	params_set(&p, PARAM_LEARN, 1.0f, PARAM_SOURCE_SCREEN);
	if (slot >= 0)
		params_set(&p, slot, 0.0f, PARAM_SOURCE_SCREEN);
}

static bool
feed(uint8_t a, uint8_t c, uint8_t d)
{
	const uint8_t message[] = {a, c, d};
	return midi_learn_feed(&learn, &p, message, 3, &b);
}

static void
nothing_is_learned_before_something_is_touched(void **state)
{
	(void)state;
	begin(-1);
	assert_false(feed(0xb0, 7, 1));
	assert_false(feed(0xb0, 7, 2));
	assert_false(feed(0x90, 60, 100));
}

static void
two_values_tell_what_moves(void **state)
{
	(void)state;
	static const struct {
		uint8_t first, second;
		midi_how how;
	} moves[] = {{10, 11, MIDI_ABSOLUTE}, {64, 63, MIDI_ABSOLUTE},   {3, 1, MIDI_ABSOLUTE},
		     {0, 1, MIDI_ABSOLUTE},   {127, 126, MIDI_ABSOLUTE}, {127, 0, MIDI_TOGGLE},
		     {127, 127, MIDI_TOGGLE}, {1, 1, MIDI_TWOS},         {126, 126, MIDI_TWOS},
		     {65, 65, MIDI_OFFSET},   {63, 63, MIDI_OFFSET}};
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
		begin(PARAM_DENSITY);
		assert_false(feed(0xb3, 7, moves[i].first));
		assert_true(feed(0xb3, 7, moves[i].second));
		assert_int_equal(b.how, moves[i].how);
		assert_true(b.from == MIDI_FROM_CC && b.number == 7 && b.channel == 3 && b.pickup);
		assert_true(b.target.to == MIDI_TO_SLOT && b.target.which == PARAM_DENSITY);
	}
}

static void
other_controls_than_controllers(void **state)
{
	(void)state;
	begin(param_slot(PARAM_LEVEL, INST_CC));
	assert_false(feed(0xb0, 7, 1));
	assert_false(feed(0xe0, 0, 64)); /* another control: the first was a twitch */
	assert_true(feed(0xe0, 1, 65));
	assert_true(b.from == MIDI_FROM_BEND && b.how == MIDI_ABSOLUTE);
	begin(PARAM_DENSITY);
	assert_false(feed(0x80, 60, 0));
	assert_true(feed(0x90, 60, 1));
	assert_true(b.from == MIDI_FROM_NOTE && b.how == MIDI_TOGGLE && !b.pickup);
	begin(PARAM_DENSITY);
	assert_false(feed(0xb0, 99, 2));
	assert_false(feed(0xb0, 98, 3));
	assert_false(feed(0xb0, 6, 3));
	assert_true(feed(0xb0, 38, 4));
	assert_true(b.from == MIDI_FROM_NRPN && b.number == 2 * 128 + 3);
}

static void
what_is_learned_is_kept_written_and_forgotten(void **state)
{
	(void)state;
	static midi_map learned;
	static map_file f;
	memset(&learned, 0, sizeof learned);
	begin(PARAM_DENSITY);
	feed(0xb0, 7, 1);
	feed(0xb0, 7, 5);
	assert_true(midi_learn_keep(&learned, &b));
	params_set(&p, PARAM_TEMPO, 100.0f, PARAM_SOURCE_SCREEN); /* the same control, a second target */
	feed(0xb0, 7, 1);
	feed(0xb0, 7, 5);
	assert_true(midi_learn_keep(&learned, &b));
	assert_int_equal(learned.n_bindings, 2);
	params_set(&p, PARAM_DENSITY, 0.1f, PARAM_SOURCE_SCREEN); /* another control for the first */
	feed(0xb0, 8, 1);
	feed(0xb0, 8, 5);
	assert_true(midi_learn_keep(&learned, &b));
	assert_int_equal(learned.n_bindings, 2);
	char *text = midi_learn_text(&learned);
	assert_non_null(text);
	assert_int_equal(map_file_parse(text, strlen(text), "learned", &f, NULL, NULL), 0);
	assert_int_equal(f.map.n_bindings, 2);
	assert_memory_equal(&f.map.binding[0], &learned.binding[0], sizeof(midi_binding));
	assert_memory_equal(&f.map.binding[1], &learned.binding[1], sizeof(midi_binding));
	free(text);
	assert_true(midi_unlearn(&learned, PARAM_TEMPO));
	assert_false(midi_unlearn(&learned, PARAM_TEMPO));
	assert_int_equal(learned.n_bindings, 1);
	/* A full map, whole: no line is lost. */
	int all = 0;
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		if (param_describe(slot)->flags & PARAM_FLAG_SHOWN)
			continue; /* nothing sets it, and no map may name it */
		b.target.which = (int16_t)slot;
		assert_true(midi_learn_keep(&learned, &b));
		all++;
	}
	text = midi_learn_text(&learned);
	assert_int_equal(map_file_parse(text, strlen(text), "learned", &f, NULL, NULL), 0);
	assert_int_equal(f.map.n_bindings, all);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_learned_before_something_is_touched),
	    cmocka_unit_test(two_values_tell_what_moves),
	    cmocka_unit_test(other_controls_than_controllers),
	    cmocka_unit_test(what_is_learned_is_kept_written_and_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
