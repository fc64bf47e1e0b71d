/* basalt: in the line of the classic analogue machines. Circuits' ideas, synthesised anew: damped bridged-T
 * oscillators whose pitch falls, six square oscillators for metal, filtered noise. Tuned to G: kick G1, toms
 * G2 C3 F3. */
#include "data/kitgen/kits.h"

#define G1 48.9994
#define G2 97.9989
#define C3 130.8128
#define F3 174.6141

static void
kick(sound *s, const stroke *k)
{
	double phase = 0.0;
	uint64_t seed = k->seed;
	svf thud = {0}, air = {0};
	svf_set(&thud, 3100.0, 0.6);
	svf_set(&air, 8000.0, 0.7);
	const double drive = 1.1 + 1.5 * k->hard;
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double hz =
		    G1 * (1.0 + (2.5 + 5.5 * k->hard) * exp(-t / 0.0038) + 1.1 * exp(-t / 0.024));
		phase += hz / FS;
		const double env = 0.66 * exp(-pow(t / 0.150, 1.5)) + (0.2 + 0.3 * k->hard) * exp(-t / 0.030);
		const double body = sin(2.0 * M_PI * phase) * env;
		const double noise = svf_low(&air, white(&seed)) * exp(-t / 0.0014);
		const double tick = svf_band(&thud, noise * 2.5 + (i < 24 ? 2.0 : 0.0));
		const double warm = tanh(drive * (body + 0.12 * body * body));
		s->x[0][i] = tanh(
		    1.2 * (warm * (0.72 + 0.28 * exp(-t / 0.045)) + (0.15 + 1.5 * k->hard * k->hard) * tick));
	}
}

static void
snare(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	const double drift = between(&seed, -0.006, 0.006);
	add_partial(s, &(partial){.hz = F3 * (1.0 + drift),
				  .t60 = 0.17,
				  .gain = 0.75,
				  .bend = 0.25 + 0.5 * k->hard,
				  .bend_time = 0.007});
	add_partial(s, &(partial){.hz = 331.0 * (1.0 - drift),
				  .t60 = 0.10,
				  .gain = 0.5,
				  .phase = 0.5,
				  .bend = 0.15 + 0.3 * k->hard,
				  .bend_time = 0.005});
	svf wires = {0}, top = {0}, shell = {0};
	svf_set(&wires, between(&seed, 1900.0, 2200.0), 0.6);
	svf_set(&top, 6000.0 + 8000.0 * k->hard, 0.7);
	svf_set(&shell, between(&seed, 850.0, 1000.0), 0.9);
	const double drive = 0.7 + 0.9 * k->hard;
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		const double rattle =
		    svf_low(&top, svf_high(&wires, w)) *
		    (0.55 * decay(t, 0.14 + 0.08 * k->hard) + 0.45 * k->hard * exp(-t / 0.006));
		const double knock = svf_band(&shell, w) * decay(t, 0.09);
		s->x[0][i] = tanh(drive * (s->x[0][i] + (1.7 + 0.5 * k->hard) * rattle + 0.8 * knock));
	}
}

static void
clap(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	double hands[4];
	for (int h = 0; h < 4; h++)
		hands[h] = (h == 0 ? 0.0 : 0.0098 * h + between(&seed, -0.0012, 0.0012));
	svf low[2] = {0}, high[2] = {0}, bright[2] = {0};
	for (int c = 0; c < 2; c++) {
		svf_set(&low[c], 1080.0, 1.6);
		svf_set(&high[c], 2500.0, 1.3);
		svf_set(&bright[c], 600.0, 0.7);
	}
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, mid = white(&seed);
		double burst = 0.0;
		for (int h = 0; h < 3; h++)
			if (t >= hands[h] && t < hands[h + 1])
				burst = exp(-(t - hands[h]) / 0.0032) * (0.8 + 0.1 * h);
		double tail = 0.0;
		if (t >= hands[3])
			tail = 0.75 * exp(-(t - hands[3]) / 0.0055) +
			       (0.16 + 0.1 * k->hard) * decay(t - hands[3], 0.30);
		for (int c = 0; c < 2; c++) {
			const double side = white(&seed);
			const double w = mid * (burst + 0.75 * tail) + side * (0.3 * burst + 0.65 * tail);
			const double y =
			    svf_band(&low[c], w) + (0.25 + 0.45 * k->hard) * svf_band(&high[c], w);
			s->x[c][i] = tanh(4.5 * svf_high(&bright[c], y));
		}
	}
}

static void
rim(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	add_partial(
	    s,
	    &(partial){.hz = 1720.0, .t60 = 0.036, .gain = 0.9, .bend = 0.1 * k->hard, .bend_time = 0.001});
	add_partial(s, &(partial){.hz = 476.0, .t60 = 0.050, .gain = 0.75, .phase = 0.25});
	svf click = {0}, cut = {0};
	svf_set(&click, 4200.0, 0.8);
	svf_set(&cut, 380.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double tick = svf_band(&click, white(&seed)) * exp(-t / 0.0016) * (0.3 + 1.1 * k->hard);
		s->x[0][i] = svf_high(&cut, tanh((1.2 + 1.8 * k->hard) * (s->x[0][i] + tick)));
	}
}

/* Six square oscillators, summed, and in pairs multiplied; free-running, so that no two strokes are alike. */
typedef struct metal {
	double hz[6], phase[6];
} metal;

static metal
metal_new(uint64_t *seed, double scale)
{
	static const double hz[6] = {205.3, 304.4, 369.6, 522.7, 540.0, 800.0};
	metal m;
	for (int o = 0; o < 6; o++) {
		m.hz[o] = hz[o] * scale * (1.0 + between(seed, -0.004, 0.004));
		m.phase[o] = between(seed, 0.0, 1.0);
	}
	return m;
}

static double
metal_run(metal *m)
{
	double y[6], sum = 0.0;
	for (int o = 0; o < 6; o++) {
		y[o] = square(&m->phase[o], m->hz[o]);
		sum += y[o];
	}
	return sum / 6.0 + 0.25 * (y[0] * y[5] + y[1] * y[4] + y[2] * y[3]);
}

static void
hat(sound *s, const stroke *k, double t60, double grain)
{
	uint64_t seed = k->seed;
	metal m = metal_new(&seed, between(&seed, 0.985, 1.015));
	svf band = {0}, cut = {0}, cut2 = {0}, sheen = {0};
	svf_set(&band, 6900.0 + 2300.0 * k->hard, 0.9);
	svf_set(&cut, 5400.0, 0.8);
	svf_set(&cut2, 4600.0, 0.7);
	svf_set(&sheen, 9000.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		const double tone = svf_band(&band, metal_run(&m)) * 1.6 + grain * svf_high(&sheen, w);
		const double env = decay(t, t60) + (0.2 + 0.5 * k->hard) * exp(-t / 0.0035);
		const double y = svf_high(&cut2, svf_high(&cut, tone));
		s->x[0][i] = tanh(3.5 * y * env);
	}
}

static void
closed_hat(sound *s, const stroke *k)
{
	hat(s, k, 0.050 + 0.022 * k->hard, 0.22);
}

static void
open_hat(sound *s, const stroke *k)
{
	hat(s, k, 0.50 + 0.12 * k->hard, 0.16);
}

static void
tom(sound *s, const stroke *k, double hz, double t60)
{
	uint64_t seed = k->seed;
	const double bend = 0.25 + 0.45 * k->hard;
	add_partial(s, &(partial){.hz = hz, .t60 = t60, .gain = 1.0, .bend = bend, .bend_time = 0.022});
	add_partial(
	    s,
	    &(partial){.hz = hz * 1.593, .t60 = t60 * 0.35, .gain = 0.28, .bend = bend, .bend_time = 0.015});
	svf skin = {0}, rumble = {0};
	svf_set(&skin, 1300.0 + hz * 8.0, 0.8);
	svf_set(&rumble, hz * 2.5, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		const double stick = svf_band(&skin, w) * exp(-t / 0.005) * (0.3 + 1.6 * k->hard);
		const double breath = svf_band(&rumble, w) * decay(t, t60 * 0.6) * 0.12;
		s->x[0][i] = tanh((0.8 + 0.7 * k->hard) * (s->x[0][i] + stick + breath));
	}
}

static void
low_tom(sound *s, const stroke *k)
{
	tom(s, k, G2, 0.48);
}

static void
mid_tom(sound *s, const stroke *k)
{
	tom(s, k, C3, 0.42);
}

static void
high_tom(sound *s, const stroke *k)
{
	tom(s, k, F3, 0.36);
}

static void
crash(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	for (int c = 0; c < s->channels; c++) {
		metal m = metal_new(&seed, 1.37), n = metal_new(&seed, 2.11);
		svf low = {0}, mid = {0}, high = {0}, burst = {0}, cut = {0};
		svf_set(&low, 3300.0, 1.1);
		svf_set(&mid, 6400.0, 0.8);
		svf_set(&high, 9000.0, 0.7);
		svf_set(&burst, 2600.0, 0.7);
		svf_set(&cut, 1900.0, 0.7);
		for (size_t i = 0; i < s->n; i++) {
			const double t = (double)i / FS, w = white(&seed);
			const double x = metal_run(&m) + 0.7 * metal_run(&n) + 0.4 * w;
			const double swell = 1.0 - 0.45 * exp(-t / 0.03);
			double y = 0.8 * svf_band(&low, x) * decay(t, 0.75);
			y += svf_band(&mid, x) * decay(t, 1.45) * swell;
			y += (0.35 + 0.35 * k->hard) * svf_high(&high, x) * decay(t, 1.9);
			y += (0.2 + 0.9 * k->hard) * svf_high(&burst, w) * exp(-t / 0.022);
			s->x[c][i] = tanh(0.9 * svf_high(&cut, y));
		}
	}
}

static void
ride(sound *s, const stroke *k)
{
	static const double bell[5] = {1187.0, 2093.0, 3157.0, 4421.0, 5903.0};
	uint64_t seed = k->seed;
	for (int b = 0; b < 5; b++)
		add_partial(s, &(partial){.hz = bell[b] * (1.0 + between(&seed, -0.003, 0.003)),
					  .t60 = 1.1 - 0.13 * b,
					  .gain = (0.02 + 0.05 * k->hard) * (b == 0 ? 0.6 : 1.0),
					  .phase = between(&seed, 0.0, 1.0)});
	metal m = metal_new(&seed, 1.61);
	svf ping = {0}, wash = {0}, cut = {0};
	svf_set(&ping, 5600.0, 1.8);
	svf_set(&wash, 8800.0, 0.7);
	svf_set(&cut, 3300.0, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, x = metal_run(&m);
		const double stick = 0.5 * decay(t, 0.16) + (0.2 + 0.8 * k->hard) * exp(-t / 0.003);
		const double y =
		    svf_band(&ping, x) * (stick + 0.42 * decay(t, 1.5)) +
		    0.3 * svf_high(&wash, x + 0.5 * white(&seed)) * (decay(t, 1.4) + 0.5 * stick);
		s->x[0][i] += svf_high(&cut, y);
		s->x[0][i] = tanh(1.2 * s->x[0][i]);
	}
}

/* Two squares, as ever; a fifth and a bit apart. */
static void
cowbell(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	double low = 0.0, high = 0.3;
	svf band = {0}, cut = {0}, tick = {0};
	svf_set(&band, 1150.0 + 900.0 * k->hard, 0.8);
	svf_set(&cut, 430.0, 0.8);
	svf_set(&tick, 5000.0, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double pair = 0.5 * (square(&low, 587.33) + square(&high, 870.0));
		const double env = 0.6 * exp(-t / 0.014) + 0.4 * decay(t, 0.38);
		const double hit = svf_band(&tick, white(&seed)) * exp(-t / 0.0012) * 0.8 * k->hard;
		s->x[0][i] = tanh((1.0 + k->hard) * (svf_high(&cut, svf_band(&band, pair)) * env + hit));
	}
}

const kit_recipe basalt = {
    "basalt",
    "In the line of the classic analogue machines; kick on G1, toms on G2, C3 and F3.",
    {
	[INST_BD] = {kick, 0.70, 1, 3, 1, -5.5, -1,
		     "damped sine falling to G1 over 30 ms, soft drive, click of filtered noise"},
	[INST_SD] = {snare, 0.45, 1, 3, 2, -12.0, -1,
		     "two falling modes (F3, 331 Hz), high-passed noise for the wires, a knock of the shell"},
	[INST_CP] = {clap, 0.50, 2, 2, 2, -13.8, -1,
		     "three bursts of band-passed noise 10 ms apart, and a wide tail"},
	[INST_RS] = {rim, 0.12, 1, 2, 1, -17.5, -1, "two short resonances (476 and 1720 Hz), driven"},
	[INST_CH] = {closed_hat, 0.16, 1, 2, 3, -21.5, 1,
		     "six squares, band-passed and twice high-passed, with a trace of noise"},
	[INST_OH] = {open_hat, 0.80, 1, 2, 2, -18.5, 1, "the same metal, left to ring"},
	[INST_LT] = {low_tom, 0.70, 1, 2, 1, -13.0, -1,
		     "damped sine falling to G2, a second mode, skin noise"},
	[INST_MT] = {mid_tom, 0.65, 1, 2, 1, -13.0, -1, "the same on C3"},
	[INST_HT] = {high_tom, 0.60, 1, 2, 1, -13.0, -1, "the same on F3"},
	[INST_CC] = {crash, 2.10, 2, 2, 1, -15.5, -1,
		     "twelve squares and noise a side, in three bands that fade one after another"},
	[INST_RC] = {ride, 1.60, 1, 2, 1, -20.0, -1,
		     "six squares through a ping at 5.6 kHz, five bell partials, wash"},
	[INST_PC] = {cowbell, 0.45, 1, 2, 1, -17.0, -1, "cowbell: two squares (587 and 870 Hz), band-passed"},
    },
};
