/* moraine: drums and cymbals by what makes them sound. Membranes that stiffen as they swing, air between
 * them, wires that are thrown off and fall back, plates that hand their energy upwards, hands, a stick on a
 * rim, and a small room. Kick at 45 Hz, toms near E2, A2 and D3. */
#include "data/kitgen/moraine.h"

#include "data/kitgen/kits.h"
#include "data/kitgen/room.h"

/* Five people clap once. The air caught between two hands resonates, each pair's at its own pitch (Repp, JASA
 * 81(4), 1987; Peltola et al., IEEE TASLP 15(3), 2007), at its own place in the room. */
static void
clap(sound *s, const stroke *k)
{
	enum { PEOPLE = 5 };
	uint64_t seed = k->seed;
	for (int p = 0; p < PEOPLE; p++) {
		const double at = p == 0 ? 0.0 : between(&seed, 0.002, 0.027),
			     pan = between(&seed, -0.7, 0.7);
		const double gain = between(&seed, 0.7, 1.0);
		svf palm = {0}, fingers = {0};
		svf_set(&palm, between(&seed, 800.0, 1500.0), 1.7);
		svf_set(&fingers, between(&seed, 2100.0, 3400.0), 1.2);
		for (size_t i = (size_t)(at * FS); i < s->n; i++) {
			const double t = (double)i / FS - at;
			const double burst = white(&seed) * (exp(-t / 0.007) + 0.08 * exp(-t / 0.025)) *
					     smooth_step(t, 0.0, 0.0003);
			const double y =
			    svf_band(&palm, burst) + (0.25 + 0.75 * k->hard) * svf_band(&fingers, burst);
			sound_add(s, i, gain * y, pan);
		}
	}
	for (int c = 0; c < 2; c++)
		for (size_t i = 0; i < s->n; i++)
			s->x[c][i] = tanh(0.9 * s->x[c][i]);
	add_room(s, 0.22, 0.36, 1.15);
}

/* The stick lies across the drum and is clapped on the rim: the bar's own modes (1, 2.756, 5.404), the wooden
 * shell's, and a little of the head. */
static void
cross_stick(sound *s, const stroke *k)
{
	static const double hz[7] = {193.0, 612.0, 848.0, 1190.0, 1630.0, 2337.0, 4492.0};
	static const double t60[7] = {0.080, 0.075, 0.070, 0.065, 0.070, 0.045, 0.030};
	static const double gain[7] = {0.25, 0.28, 0.35, 0.30, 0.55, 0.45, 0.35};
	uint64_t seed = k->seed;
	for (int m = 0; m < 7; m++)
		add_partial(s, &(partial){.hz = hz[m] * (1.0 + between(&seed, -0.004, 0.004)),
					  .t60 = t60[m],
					  .gain = gain[m] * pow(0.25 + 0.75 * k->hard, hz[m] / 2500.0)});
	svf edge = {0};
	svf_set(&edge, 4800.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double tick = svf_band(&edge, white(&seed)) * exp(-t / 0.0011) * (0.2 + 0.6 * k->hard);
		s->x[0][i] = tanh(1.1 * (s->x[0][i] + tick));
	}
	add_room(s, 0.09, 0.20, 0.9);
}

const kit_recipe moraine = {
    "moraine",
    "Acoustic, by physical models; kick at 45 Hz, toms near E2, A2 and D3.",
    {
	[INST_BD] = {moraine_kick, 0.60, 1, 3, 1, -7.8, -1,
		     "two heads with air between them, a felt beater; the head stiffens as it swings"},
	[INST_SD] = {moraine_snare, 0.42, 1, 3, 2, -12.0, -1,
		     "two heads, air, ten wires that bounce on the lower one, a small room"},
	[INST_CP] = {clap, 0.42, 2, 2, 2, -14.3, -1, "five pairs of hands in a small room"},
	[INST_RS] = {cross_stick, 0.20, 1, 2, 1, -17.5, -1,
		     "stick across the rim: a bar's modes, a shell's, the room"},
	[INST_CH] = {moraine_closed_hat, 0.16, 1, 2, 3, -21.5, 1,
		     "two plates pressed together, six points where they touch"},
	[INST_OH] = {moraine_open_hat, 0.80, 1, 2, 2, -18.5, 1,
		     "the same plates apart, meeting when they swing wide"},
	[INST_LT] = {moraine_low_tom, 0.72, 1, 2, 1, -13.0, -1,
		     "two heads with air between them near E2, and the room"},
	[INST_MT] = {moraine_mid_tom, 0.66, 1, 2, 1, -13.0, -1, "the same near A2"},
	[INST_HT] = {moraine_high_tom, 0.58, 1, 2, 1, -13.0, -1, "the same near D3"},
	[INST_CC] = {moraine_crash, 1.90, 2, 2, 1, -15.5, -1,
		     "a domed plate whose low modes drive the high ones by the cube of their swing"},
	[INST_RC] = {moraine_ride, 1.50, 1, 2, 1, -20.0, -1,
		     "a heavier plate struck on its bow, where low modes hardly move"},
	[INST_PC] = {moraine_bongo, 0.40, 1, 2, 1, -17.0, -1,
		     "bongo: one small skin over an open shell, slapped nearer to the rim when hit hard"},
    },
};
