#include "data/kitgen/larch.h"

#include "data/kitgen/grain.h"

/* A block of pine, and a handful of grit thrown after the stick. */
void
larch_snare(sound *s, const stroke *k)
{
	static const double block[4] = {219.0, 371.0, 593.0, 934.0};
	uint64_t seed = k->seed;
	for (int m = 0; m < 4; m++)
		add_partial(s, &(partial){.hz = block[m] * (1.0 + between(&seed, -0.006, 0.006)),
					  .t60 = 0.13 / (1.0 + 0.22 * m),
					  .gain = m == 0 ? 0.42 : (0.10 + 0.16 * k->hard) / (0.6 + 0.4 * m),
					  .bend = 0.10 + 0.10 * k->hard,
					  .bend_time = 0.004});
	const int grains = 26 + (int)(44.0 * k->hard);
	for (int g = 0; g < grains; g++) {
		const double at = 0.0008 + 0.13 * pow((g + between(&seed, 0.0, 1.0)) / grains, 1.6);
		const double bright = between(&seed, 0.0, 1.0);
		add_grain(
		    s, &(grain){.at = at,
				.hz = 1500.0 * exp2(bright * (1.2 + 1.2 * k->hard)),
				.slide = between(&seed, 0.0, 0.5),
				.ratio = between(&seed, 1.3, 3.7),
				.index = 0.8 + 2.2 * k->hard,
				.t60 = between(&seed, 0.008, 0.020),
				.gain = (0.14 + 0.13 * k->hard) * exp(-at / 0.034) * between(&seed, 0.5, 1.0),
				.pan = 0.0});
	}
	svf sand = {0}, top = {0};
	svf_set(&sand, 2600.0, 0.7);
	svf_set(&top, 5500.0 + 7500.0 * k->hard, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = svf_low(&top, svf_high(&sand, white(&seed)));
		const double env =
		    (0.10 + 0.10 * k->hard) * decay(t, 0.15) + 0.2 * k->hard * exp(-t / 0.0015);
		s->x[0][i] = tanh((1.2 + k->hard) * (s->x[0][i] + env * w));
	}
}

/* Seven sticks that do not quite meet, each somewhere else, and the last one caught in a loop. */
void
larch_clap(sound *s, const stroke *k)
{
	enum { STICKS = 7, REPEATS = 5 };
	uint64_t seed = k->seed;
	double at = 0.0, hz = 0.0, pan = 0.0;
	for (int n = 0; n < STICKS + REPEATS; n++) {
		const int again = n - STICKS + 1;
		if (n < STICKS) {
			hz = between(&seed, 980.0, 1900.0);
			pan = between(&seed, -0.8, 0.8);
		}
		const double gain = again > 0 ? 0.8 * pow(0.55, again) : between(&seed, 0.6, 1.0);
		add_grain(s, &(grain){.at = at,
				      .hz = hz,
				      .ratio = 2.414,
				      .index = 0.7 + 1.6 * k->hard,
				      .t60 = 0.040,
				      .gain = 0.30 * gain,
				      .pan = pan});
		add_grain(s, &(grain){.at = at,
				      .hz = hz * 2.756,
				      .slide = 0.15,
				      .ratio = 1.618,
				      .index = 0.4 + 2.0 * k->hard,
				      .t60 = 0.018,
				      .gain = (0.08 + 0.18 * k->hard) * gain,
				      .pan = pan});
		at += n < STICKS - 1 ? between(&seed, 0.0025, 0.0065) : 0.0185;
	}
	svf air[2] = {0};
	for (int c = 0; c < 2; c++)
		svf_set(&air[c], 1800.0, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double env = smooth_step(t, 0.0, 0.012) * (0.05 + 0.05 * k->hard) * decay(t, 0.20);
		for (int c = 0; c < 2; c++)
			s->x[c][i] += env * svf_band(&air[c], white(&seed));
	}
}

/* A click that falls through the top two octaves, and its dust. */
void
larch_closed_hat(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	const double tune = between(&seed, 0.94, 1.06);
	add_grain(s, &(grain){.hz = (8000.0 + 2500.0 * k->hard) * tune,
			      .slide = 0.9,
			      .ratio = between(&seed, 1.31, 1.37),
			      .index = 0.6 + 1.4 * k->hard,
			      .t60 = 0.017 + 0.010 * k->hard,
			      .gain = 0.55});
	svf dust = {0}, edge = {0};
	svf_set(&dust, 6400.0 * tune, 0.8 + 0.5 * (1.0 - k->hard));
	svf_set(&edge, 4200.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		const double env =
		    0.50 * decay(t, 0.026 + 0.020 * k->hard) + 0.5 * k->hard * exp(-t / 0.0009);
		s->x[0][i] = svf_high(&edge, s->x[0][i] + env * svf_high(&dust, w));
	}
}

/* Dry needles poured out: some hundred clicks of their own pitch each, over a breath of noise. */
void
larch_open_hat(sound *s, const stroke *k)
{
	enum { NEEDLES = 520 };
	uint64_t seed = k->seed;
	const double t60 = 0.40 + 0.08 * k->hard;
	for (int g = 0; g < NEEDLES; g++) {
		const double at = t60 * 1.1 * (g + between(&seed, 0.0, 1.0)) / NEEDLES;
		add_grain(s, &(grain){.at = at,
				      .hz = 5200.0 * exp2(between(&seed, 0.0, 0.8 + 0.4 * k->hard)),
				      .slide = 0.25,
				      .ratio = 1.414,
				      .index = 0.3 + 0.9 * k->hard,
				      .t60 = between(&seed, 0.006, 0.016),
				      .gain = 0.42 * decay(at, t60) * between(&seed, 0.4, 1.0)});
	}
	svf dust = {0}, edge = {0};
	svf_set(&dust, 8200.0, 0.8);
	svf_set(&edge, 4400.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = svf_high(&dust, white(&seed));
		const double env = 0.16 * decay(t, t60) + (0.2 + 0.4 * k->hard) * exp(-t / 0.003);
		s->x[0][i] = tanh(svf_high(&edge, s->x[0][i] + env * w));
	}
}

/* A stack of twigs let fall: it begins as one crack and thins out to both sides. */
void
larch_crash(sound *s, const stroke *k)
{
	enum { TWIGS = 1500 };
	uint64_t seed = k->seed;
	for (int g = 0; g < TWIGS; g++) {
		const double at = 1.25 * pow((g + between(&seed, 0.0, 1.0)) / TWIGS, 1.35);
		const double bright = between(&seed, 0.0, 1.0);
		add_grain(s, &(grain){.at = at,
				      .hz = (1300.0 + 900.0 * k->hard) * exp2(2.3 * bright),
				      .slide = between(&seed, -0.1, 0.35),
				      .ratio = between(&seed, 1.2, 2.9),
				      .index = 0.5 + 1.7 * k->hard * bright,
				      .t60 = between(&seed, 0.012, 0.045),
				      .gain = 0.18 * decay(at, 1.35) * between(&seed, 0.35, 1.0),
				      .pan = between(&seed, -0.95, 0.95)});
	}
	svf air[2] = {0}, cut[2] = {0};
	for (int c = 0; c < 2; c++) {
		svf_set(&air[c], 6000.0, 0.7);
		svf_set(&cut[c], 900.0, 0.7);
	}
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double env = 0.05 * decay(t, 1.3) + (0.3 + 0.6 * k->hard) * exp(-t / 0.006);
		for (int c = 0; c < 2; c++)
			s->x[c][i] =
			    tanh(svf_high(&cut[c], s->x[c][i] + env * svf_high(&air[c], white(&seed))));
	}
}
