#include "tests/test.h"

#include "rt/instrument.h"

#include <string.h>

static void
every_note_out_comes_back(void **state)
{
	(void)state;
	/* General MIDI's low tom (45) is a mid tom to the scoring protocol, which counts the floor toms as
	 * low. */
	for (int i = 0; i < INSTRUMENTS; i++)
		assert_int_equal(instrument_from_note(instrument_note(i)), i == INST_LT ? INST_MT : i);
}

static void
roland_and_gm_pitches_fold(void **state)
{
	(void)state;
	static const struct {
		int note, instrument;
	} cases[] = {{22, INST_CH}, {26, INST_OH}, {40, INST_SD}, {44, INST_CH}, {43, INST_LT}, {58, INST_LT},
		     {48, INST_HT}, {50, INST_HT}, {52, INST_CC}, {55, INST_CC}, {57, INST_CC}, {59, INST_RC},
		     {53, INST_RC}, {31, INST_RS}, {27, INST_PC}, {87, INST_PC}, {26, INST_OH}, {21, -1},
		     {88, -1},      {0, -1},       {127, -1}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(instrument_from_note(cases[i].note), cases[i].instrument);
}

static void
names_are_found_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(instrument_from_name("bd"), INST_BD);
	assert_int_equal(instrument_from_name("Pc"), INST_PC);
	assert_int_equal(instrument_from_name("XX"), -1);
	assert_int_equal(instrument_from_name(""), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_note_out_comes_back),
	    cmocka_unit_test(roland_and_gm_pitches_fold),
	    cmocka_unit_test(names_are_found_in_any_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
