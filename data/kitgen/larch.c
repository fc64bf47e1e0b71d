/* larch: minimal, of wood and clicks. Bars and blocks by their modes (Fletcher and Rossing, "The Physics of
 * Musical Instruments", 2nd ed. 1998, ch. 2 and 19), grains for everything that hisses. Tuned to A: kick A1,
 * logs A2 E3 A3. */
#include "data/kitgen/larch.h"

#include "data/kitgen/grain.h"
#include "data/kitgen/kits.h"

#define A1 55.0
#define A2 110.0
#define E3 164.8138
#define A3 220.0
#define E5 659.2551
#define A6 1760.0

/* Soft and round: a sine that sinks a little, and a felt beater on a wooden box. */
static void
kick(sound *s, const stroke *k)
{
	static const double box[3] = {171.0, 296.0, 447.0};
	uint64_t seed = k->seed;
	for (int m = 0; m < 3; m++)
		add_partial(s, &(partial){.hz = box[m],
					  .t60 = 0.075 / (1.0 + 0.3 * m),
					  .gain = (0.03 + 0.17 * k->hard) / (1.0 + 0.4 * m),
					  .bend = 0.06,
					  .bend_time = 0.006});
	double phase = 0.0;
	svf felt = {0};
	svf_set(&felt, 420.0 + 1500.0 * k->hard, 0.6);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		phase += A1 * (1.0 + (0.3 + 0.7 * k->hard) * exp(-t / 0.006) + 0.15 * exp(-t / 0.040)) / FS;
		const double env = exp(-pow(t / 0.155, 1.6)) * smooth_step(t, 0.0, 0.0025 - 0.0015 * k->hard);
		const double round =
		    sin(2.0 * M_PI * phase) + (0.03 + 0.09 * k->hard) * sin(4.0 * M_PI * phase);
		const double thud = svf_low(&felt, white(&seed)) * exp(-t / 0.0045) *
				    smooth_step(t, 0.0, 0.001) * (0.15 + 0.55 * k->hard);
		s->x[0][i] = (0.74 + 0.26 * exp(-t / 0.040)) * tanh(1.5 * (round * env + s->x[0][i] + thud));
	}
}

/* A free bar struck at its end: modes at 1, 2.756, 5.404. */
static void
claves(sound *s, const stroke *k)
{
	static const double ratio[3] = {1.0, 2.756, 5.404};
	uint64_t seed = k->seed;
	const double tune = 1.0 + between(&seed, -0.002, 0.002);
	for (int m = 0; m < 3; m++)
		add_partial(s, &(partial){.hz = A6 * ratio[m] * tune,
					  .t60 = 0.090 / (1.0 + 0.9 * m),
					  .gain = m == 0 ? 0.7 : (0.06 + 0.30 * k->hard) / m,
					  .phase = 0.25 * m});
	svf tick = {0};
	svf_set(&tick, 5200.0, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		s->x[0][i] += svf_band(&tick, white(&seed)) * exp(-t / 0.0010) * (0.1 + 0.7 * k->hard);
	}
}

/* A tongue cut into a log: the bar's modes as tuned by the undercut (1, 3.93, 9.24), and the hollow under it.
 */
static void
tongue(sound *s, const stroke *k, double hz, double t60)
{
	uint64_t seed = k->seed;
	const double bend = 0.015 + 0.05 * k->hard;
	add_partial(s, &(partial){.hz = hz, .t60 = t60, .gain = 0.8, .bend = bend, .bend_time = 0.012});
	add_partial(s, &(partial){.hz = hz * 3.93,
				  .t60 = t60 * 0.30,
				  .gain = 0.05 + 0.22 * k->hard,
				  .bend = bend,
				  .bend_time = 0.012});
	add_partial(s, &(partial){.hz = hz * 9.24, .t60 = t60 * 0.11, .gain = 0.01 + 0.16 * k->hard});
	svf hollow = {0}, knock = {0};
	svf_set(&hollow, hz * 2.1, 3.0);
	svf_set(&knock, 1100.0 + 2.0 * hz, 0.9);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		const double stick = svf_band(&knock, w) * exp(-t / 0.0022) * (0.15 + 1.0 * k->hard);
		const double body = svf_band(&hollow, w) * decay(t, 0.09) * 0.35;
		s->x[0][i] = tanh(0.9 * (s->x[0][i] + stick + body));
	}
}

static void
low_log(sound *s, const stroke *k)
{
	tongue(s, k, A2, 0.42);
}

static void
mid_log(sound *s, const stroke *k)
{
	tongue(s, k, E3, 0.36);
}

static void
high_log(sound *s, const stroke *k)
{
	tongue(s, k, A3, 0.30);
}

/* Hanging slats of hard wood and one of glass: thin, and gone before long. */
static void
slats(sound *s, const stroke *k)
{
	static const double hz[7] = {2217.5, 3136.0, 3951.0, 4698.6, 6271.9, 7902.1, 10548.0};
	uint64_t seed = k->seed;
	for (int m = 0; m < 7; m++)
		add_partial(s, &(partial){.hz = hz[m] * (1.0 + between(&seed, -0.002, 0.002)),
					  .t60 = (m == 1 ? 0.95 : 0.72) / (1.0 + 0.10 * m),
					  .gain = (0.05 + 0.03 * k->hard * m) / (1.0 + 0.25 * m),
					  .phase = between(&seed, 0.0, 1.0)});
	for (int g = 0; g < 6; g++)
		add_grain(s, &(grain){.at = 0.0045 * g + between(&seed, 0.0, 0.003),
				      .hz = between(&seed, 5200.0, 9400.0),
				      .slide = 0.3,
				      .ratio = 1.73,
				      .index = 1.2 * k->hard,
				      .t60 = 0.03,
				      .gain = (0.06 + 0.16 * k->hard) * pow(0.75, g)});
	svf tick = {0};
	svf_set(&tick, 6500.0, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		s->x[0][i] += svf_band(&tick, white(&seed)) *
			      (exp(-t / 0.0012) * (0.15 + 0.6 * k->hard) + 0.035 * decay(t, 0.5));
	}
}

/* A thumb-piano's tine, clamped at one end (1, 6.27, 17.55), with a ring of wire that buzzes on it as long as
 * it swings wide enough. */
static void
tine(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	double phase = 0.0;
	svf buzz = {0}, wood = {0};
	svf_set(&buzz, 3800.0, 0.7);
	svf_set(&wood, 310.0, 2.0);
	add_partial(s, &(partial){.hz = E5 * 6.267, .t60 = 0.10, .gain = 0.05 + 0.25 * k->hard});
	add_partial(s, &(partial){.hz = E5 * 17.55, .t60 = 0.03, .gain = 0.02 + 0.12 * k->hard});
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		phase += E5 / FS;
		const double swing = sin(2.0 * M_PI * phase) * decay(t, 0.42);
		const double touch = fmax(0.0, swing * (0.5 + 0.5 * k->hard) - 0.12);
		s->x[0][i] += 0.7 * swing + (0.3 + 0.6 * k->hard) * touch * svf_high(&buzz, w) +
			      0.5 * svf_band(&wood, w) * exp(-t / 0.012);
		s->x[0][i] = tanh(s->x[0][i]);
	}
}

const kit_recipe larch = {
    "larch",
    "Minimal, of wood and clicks; kick on A1, logs on A2, E3 and A3.",
    {
	[INST_BD] = {kick, 0.60, 1, 3, 1, -6.8, -1,
		     "a sine that sinks to A1, a felt beater on a wooden box of three modes"},
	[INST_SD] = {larch_snare, 0.26, 1, 3, 2, -12.0, -1,
		     "a block of four modes, and up to 70 grains of modulated sines thrown after it"},
	[INST_CP] = {larch_clap, 0.34, 2, 2, 2, -13.8, -1,
		     "seven sticks across the stereo field, the last one caught in a loop of 18.5 ms"},
	[INST_RS] = {claves, 0.16, 1, 2, 1, -17.5, -1, "claves: a free bar on A6 (1, 2.756, 5.404)"},
	[INST_CH] = {larch_closed_hat, 0.12, 1, 2, 3, -21.5, 1,
		     "a click falling from 12 kHz by an octave, and its dust"},
	[INST_OH] = {larch_open_hat, 0.62, 1, 2, 2, -18.5, 1,
		     "dry needles: 520 grains between 5 and 12 kHz, a breath of noise"},
	[INST_LT] = {low_log, 0.56, 1, 2, 1, -13.0, -1,
		     "log drum on A2: a tongue's modes (1, 3.93, 9.24) and the hollow under it"},
	[INST_MT] = {mid_log, 0.50, 1, 2, 1, -13.0, -1, "the same on E3"},
	[INST_HT] = {high_log, 0.44, 1, 2, 1, -13.0, -1, "the same on A3"},
	[INST_CC] = {larch_crash, 1.40, 2, 2, 1, -15.5, -1,
		     "a stack of twigs: 1500 grains that thin out to both sides"},
	[INST_RC] = {slats, 0.90, 1, 2, 1, -20.0, -1, "seven hanging slats, six clicks"},
	[INST_PC] = {tine, 0.50, 1, 2, 1, -17.0, -1,
		     "thumb piano on E5: a clamped tine (1, 6.27, 17.55), and the wire that buzzes on it"},
    },
};
