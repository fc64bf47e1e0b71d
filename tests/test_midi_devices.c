/* Controllers that come and go, over a table of ports: which are opened, which map each obeys, what its
 * lights are told. */
#include "tests/midi_rig.h"

static void
only_what_is_needed_is_open_and_each_has_its_map(void **state)
{
	(void)state;
	set_up();
	plug("Midi Through Port-0", true, false);
	plug("Midi Through Port-0", false, true);
	plug("Knobs MIDI 1", true, false);
	plug("Knobs MIDI 1", false, true);
	plug("A Synth", true, false);
	plug("A Synth", false, true);
	assert_true(midi_devices_scan(&devices));
	assert_int_equal(devices.inputs, 2);
	assert_false(fake.port[0].open || fake.port[1].open);
	assert_true(fake.port[2].open && fake.port[3].open);
	assert_true(fake.port[4].open && !fake.port[5].open); /* nothing is sent there */
	assert_memory_equal(fake.port[3].sent, ((const uint8_t[]){0xf0, 0x7d, 1, 0xf7}), 4);
	play(2, 0xb0, 1, 127, 0);
	play(4, 0xb0, 48, 127, 0); /* the built-in map, for what no map names */
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_DENSITY) == 1.0f);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 1.0f);
	forget_sent();
	light();
	assert_int_equal(fake.port[3].writes, 1);
	assert_memory_equal(fake.port[3].sent, ((const uint8_t[]){0x90, 1, 5}), 3);
	light();
	assert_int_equal(fake.port[3].writes, 1); /* changes only */
	tear_down();
	assert_true(fake.finished);
	assert_int_equal(fake.port[3].n_sent, 3 + 4); /* and good-bye */
}

static void
what_is_played_goes_to_the_outputs_asked_for(void **state)
{
	(void)state;
	set_up();
	devices.send_to = "Synth";
	plug("A Synth", false, true);
	plug("Another", false, true);
	assert_true(midi_devices_scan(&devices));
	assert_int_equal(devices.outputs, 1);
	midi_devices_send(&devices, (const uint8_t[]){0x99, 36, 100}, 3);
	assert_int_equal(fake.port[0].writes, 1);
	assert_int_equal(fake.port[1].writes, 0);
	tear_down();
}

static void
unplugged_and_back_it_is_as_it_was_and_its_lights_are_told_anew(void **state)
{
	(void)state;
	set_up();
	plug("Other", true, false);
	plug("Knobs", true, false);
	plug("Knobs", false, true);
	midi_devices_scan(&devices);
	play(1, 0xb0, 2, 0, 0);
	play(1, 0xb0, 2, 60, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_SWING) > 0.4f);
	light();
	fake.n = 1; /* gone */
	midi_devices_scan(&devices);
	assert_int_equal(devices.n, 1);
	light();
	fake.n = 0;
	plug("Knobs", true, false); /* back, at other places */
	plug("Knobs", false, true);
	plug("Other", true, false);
	params_set(&rig->params, param_slot(PARAM_MUTE, INST_BD), 1.0f, 0);
	midi_devices_scan(&devices);
	forget_sent();
	light();
	assert_memory_equal(fake.port[1].sent, ((const uint8_t[]){0x90, 1, 5}), 3);
	/* What stays keeps what its knobs have met. */
	play(0, 0xb0, 2, 60, 0);
	midi_devices_read(&devices, 0);
	plug("New", true, false);
	midi_devices_scan(&devices);
	play(0, 0xb0, 2, 120, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_SWING) > 0.9f);
	tear_down();
}

static void
two_of_a_kind_have_lights_of_their_own(void **state)
{
	(void)state;
	set_up();
	plug("Knobs", true, false);
	plug("Knobs", true, false);
	plug("Knobs", false, true);
	plug("Knobs", false, true);
	midi_devices_scan(&devices);
	assert_int_equal(devices.n, 2);
	light();
	assert_true(fake.port[2].writes == 2 && fake.port[3].writes == 2);
	/* Fighting over one knob: the later one wins. */
	play(0, 0xb0, 1, 20, 0);
	play(1, 0xb0, 1, 90, 0);
	midi_devices_read(&devices, 0);
	assert_true(fabsf(value(PARAM_DENSITY) - 90.0f / 127.0f) < 1e-6f);
	tear_down();
}

/* Connected to the host's port as well, a controller would act twice: a toggle not at all. */
static void
what_comes_in_by_the_host_counts_once(void **state)
{
	(void)state;
	set_up();
	plug("Knobs MIDI 1", true, false);
	midi_devices_scan(&devices);
	midi_devices_leave(&devices, "system:midi_capture_1\na2j:Knobs [20] (capture): Knobs MIDI 1\n");
	play(0, 0x90, 1, 100, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 0.0f);
	midi_devices_scan(&devices); /* nor after it was unplugged */
	play(0, 0x90, 1, 100, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 0.0f);
	midi_devices_leave(&devices, "");
	play(0, 0x90, 1, 100, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 1.0f);
	tear_down();
}

static void
garbage_is_counted_and_harmless(void **state)
{
	(void)state;
	set_up();
	plug("Knobs", true, false);
	plug("Other", true, false);
	midi_devices_scan(&devices);
	play(0, 0xf0, 0x7e, 1, 2); /* exclusive without an end, clock within it */
	play(0, 0xf8, 0, 0, 0);
	play(0, 3, 4, 5, 6);
	play(1, 1, 64, 0, 0); /* running status does not cross cables */
	play(0, 0xb0, 1, 0, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_DENSITY) == 0.0f);
	assert_int_equal(midi_devices_faults(&devices), 1 + 3);
	play(0, 0xf0, 1, 0xf7, 0);
	play(0, 0xf5, 0, 0, 0);
	midi_devices_read(&devices, 0);
	assert_int_equal(midi_devices_faults(&devices), 1 + 3 + 1);
	fake.n = 0;
	midi_devices_scan(&devices);
	assert_int_equal(midi_devices_faults(&devices), 1 + 3 + 1); /* those that have gone count too */
	tear_down();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_is_needed_is_open_and_each_has_its_map),
	    cmocka_unit_test(what_is_played_goes_to_the_outputs_asked_for),
	    cmocka_unit_test(unplugged_and_back_it_is_as_it_was_and_its_lights_are_told_anew),
	    cmocka_unit_test(two_of_a_kind_have_lights_of_their_own),
	    cmocka_unit_test(what_comes_in_by_the_host_counts_once),
	    cmocka_unit_test(garbage_is_counted_and_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
