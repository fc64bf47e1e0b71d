/* slag: hard and industrial. Phase modulation with feedback, distortion and gates that shut,
 * plates and bars whose partials are in no scale, and the grit of coarse converters. Tuned to F#: kick F#1,
 * toms F#2 B2 E3. */
#include "data/kitgen/kits.h"

#define FIS1 46.2493
#define FIS2 92.4986
#define B2 123.4708
#define E3 164.8138

/* Distortion with some even harmonics; the offset's constant part is taken out again. */
static double
grind(double x, double drive, double offset)
{
	return tanh(drive * x + offset) - tanh(offset);
}

static void
kick(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	double phase = 0.0, last = 0.0;
	svf tone = {0}, spit = {0};
	crusher grit = {0};
	svf_set(&tone, 2200.0 + 5500.0 * k->hard, 0.7);
	svf_set(&spit, 3300.0, 0.7);
	const double drive = 1.6 + 4.2 * k->hard;
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double hz =
		    FIS1 * (1.0 + (4.0 + 6.0 * k->hard) * exp(-t / 0.0042) + 1.7 * exp(-t / 0.019));
		phase += hz / FS;
		const double index = (0.5 + 2.2 * k->hard) * exp(-t / 0.035) + 0.55;
		const double env = exp(-pow(t / 0.235, 3.2)), punch = 0.55 + 0.45 * exp(-t / 0.045);
		last = sin(2.0 * M_PI * phase + 0.55 * last + index * sin(4.0 * M_PI * phase));
		const double burst = crush(&grit, white(&seed), 14000.0, 5.0) * exp(-t / 0.006);
		const double dirt = svf_low(&tone, grind(last * env, drive, 0.3));
		const double sub = sin(2.0 * M_PI * phase) * env * (1.0 + 1.2 * exp(-t / 0.03));
		s->x[0][i] =
		    punch *
		    tanh(1.1 * (0.68 * dirt + 0.6 * sub + (0.1 + 0.8 * k->hard) * svf_band(&spit, burst)));
	}
}

/* A small hard room, different on each side: echoes that echo those before them, and so grow dense. Shut by
 * the gate of whoever calls. */
static void
add_room(sound *s, uint64_t *seed, double level, double longest)
{
	enum { ECHOES = 28 };
	for (int c = 0; c < s->channels; c++) {
		double *x = s->x[c];
		for (int e = 0; e < ECHOES; e++) {
			const double at = between(seed, 0.004, longest);
			const size_t delay = (size_t)(at * FS);
			const double g = level * decay(at, longest * 2.2) * (white(seed) > 0.0 ? 1.0 : -1.0);
			for (size_t i = s->n; i-- > delay;)
				x[i] += g * x[i - delay];
		}
	}
}

static void
gate(sound *s, double open, double fall)
{
	for (int c = 0; c < s->channels; c++)
		for (size_t i = 0; i < s->n; i++)
			s->x[c][i] *= 1.0 - smooth_step((double)i / FS, open, open + fall);
}

static void
snare(sound *s, const stroke *k)
{
	static const double ratio[7] = {1.0, 1.83, 2.61, 4.07, 5.93, 8.41, 11.7};
	uint64_t seed = k->seed;
	for (int m = 0; m < 7; m++)
		add_partial(s, &(partial){.hz = 207.65 * ratio[m] * (1.0 + between(&seed, -0.01, 0.01)),
					  .t60 = 0.30 / (1.0 + 0.25 * m),
					  .gain = (m == 0 ? 0.55 : 0.10 + 0.14 * k->hard),
					  .phase = between(&seed, 0.0, 0.2),
					  .bend = m == 0 ? 0.6 : 0.0,
					  .bend_time = 0.006,
					  .pan = s->channels > 1 ? 0.5 * white(&seed) * (m > 0) : 0.0});
	svf cut = {0}, top[2] = {0};
	crusher grit = {0};
	svf_set(&cut, 1300.0, 0.7);
	double modulator = 0.0, carrier = 0.0;
	for (int c = 0; c < s->channels; c++)
		svf_set(&top[c], 5000.0 + 9500.0 * k->hard, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		modulator += 277.0 * 1.4142 / FS;
		carrier += 196.0 / FS;
		const double clang = sin(2.0 * M_PI * carrier + (2.0 + 5.0 * k->hard) * exp(-t / 0.02) *
								    sin(2.0 * M_PI * modulator)) *
				     exp(-t / 0.03);
		const double dirty = svf_high(&cut, crush(&grit, white(&seed), 17000.0, 6.0));
		const double wires =
		    dirty * (0.35 * decay(t, 0.40) + (0.2 + 0.6 * k->hard) * exp(-t / 0.007));
		for (int c = 0; c < s->channels; c++) {
			const double y = s->x[c][i] + 0.45 * clang + (0.75 + 0.5 * k->hard) * wires;
			s->x[c][i] = svf_low(&top[c], grind(y, 1.1 + 1.7 * k->hard, 0.15));
		}
	}
	add_room(s, &seed, 0.10 + 0.06 * k->hard, 0.09);
	gate(s, 0.095 + 0.05 * k->hard, 0.028);
}

static void
clap(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	double blow[5] = {0.0};
	for (int b = 1; b < 5; b++)
		blow[b] = blow[b - 1] + between(&seed, 0.005, 0.0115);
	svf body[2] = {0}, edge[2] = {0}, cut[2] = {0};
	crusher grit[2] = {0};
	for (int c = 0; c < 2; c++) {
		svf_set(&body[c], c ? 1480.0 : 1390.0, 2.0);
		svf_set(&edge[c], c ? 4300.0 : 3900.0, 1.5);
		svf_set(&cut[c], 700.0, 0.7);
	}
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, mid = white(&seed);
		double env = 0.0;
		for (int b = 0; b < 5; b++)
			if (t >= blow[b])
				env = b < 4 ? exp(-(t - blow[b]) / 0.0022) : exp(-(t - blow[b]) / 0.008);
		const double tail = t > blow[4] ? 0.20 * decay(t - blow[4], 0.26) : 0.0;
		for (int c = 0; c < 2; c++) {
			const double w = crush(&grit[c], 0.7 * mid + 0.5 * white(&seed), 21000.0, 5.0);
			const double y =
			    svf_band(&body[c], w) + (0.35 + 0.6 * k->hard) * svf_band(&edge[c], w);
			s->x[c][i] = svf_high(&cut[c], grind(y * (env + tail), 1.6 + 1.6 * k->hard, 0.1));
		}
	}
	add_room(s, &seed, 0.13, 0.06);
	gate(s, 0.20, 0.06);
}

/* A steel rod struck at its end. */
static void
rod(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	double carrier = 0.0, modulator = 0.0;
	svf cut = {0};
	svf_set(&cut, 700.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		carrier += 1174.7 / FS;
		modulator += 1174.7 * 2.757 / FS;
		const double index = (1.0 + 2.5 * k->hard) * exp(-t / 0.006) + 0.5;
		const double ring =
		    sin(2.0 * M_PI * carrier + index * sin(2.0 * M_PI * modulator)) * decay(t, 0.075);
		const double tick = white(&seed) * exp(-t / 0.0008) * (0.2 + 0.6 * k->hard);
		s->x[0][i] = svf_high(&cut, grind(ring + tick, 1.0 + 1.5 * k->hard, 0.2));
	}
}

/* Ring-modulated squares and coarse noise through one resonance that falls: shears, or a steam valve. */
static void
hiss(sound *s, const stroke *k, double t60, double fall, double metal)
{
	static const double hz[4] = {1231.0, 1777.0, 2293.0, 3119.0};
	uint64_t seed = k->seed;
	double phase[4], detune = 1.0 + between(&seed, -0.02, 0.02);
	for (int o = 0; o < 4; o++)
		phase[o] = between(&seed, 0.0, 1.0);
	crusher grit = {0};
	svf band = {0}, cut = {0}, cut2 = {0};
	svf_set(&cut, 5600.0, 0.8);
	svf_set(&cut2, 4600.0, 0.7);
	const double coarse = between(&seed, 18000.0, 20500.0);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		if (i % 32 == 0)
			svf_set(&band, 7000.0 + (1200.0 + 2600.0 * k->hard) * exp(-t / fall), 1.5);
		double y[4];
		for (int o = 0; o < 4; o++)
			y[o] = square(&phase[o], hz[o] * detune);
		const double ring = y[0] * y[1] * y[2] + y[1] * y[3];
		const double w = crush(&grit, 0.55 * white(&seed) + 0.22 * metal * ring, coarse, 4.5);
		const double env = decay(t, t60) + (0.15 + 0.45 * k->hard) * exp(-t / 0.004);
		const double x = svf_high(&cut2, svf_high(&cut, 1.5 * svf_band(&band, w) + 0.35 * w));
		s->x[0][i] = grind(x * env, 1.5 + 1.2 * k->hard, 0.0);
	}
}

static void
closed_hat(sound *s, const stroke *k)
{
	hiss(s, k, 0.046 + 0.022 * k->hard, 0.02, 1.0);
}

static void
open_hat(sound *s, const stroke *k)
{
	hiss(s, k, 0.46 + 0.10 * k->hard, 0.22, 0.6);
	gate(s, 0.40, 0.20);
}

static void
tom(sound *s, const stroke *k, double hz, double t60)
{
	uint64_t seed = k->seed;
	double phase = 0.0, last = 0.0;
	svf knock = {0}, tone = {0};
	crusher grit = {0};
	svf_set(&knock, 1900.0, 0.8);
	svf_set(&tone, 1500.0 + hz * 6.0 + 3500.0 * k->hard, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		phase += hz * (1.0 + (0.6 + 0.9 * k->hard) * exp(-t / 0.015)) / FS;
		const double index = (0.4 + 1.3 * k->hard) * exp(-t / 0.045);
		last = sin(2.0 * M_PI * phase + 0.4 * last + index * sin(2.0 * M_PI * 2.756 * phase));
		const double env = 0.7 * decay(t, t60) + 0.3 * exp(-t / 0.03);
		const double hit =
		    svf_band(&knock, crush(&grit, white(&seed), 12000.0, 5.0)) * exp(-t / 0.006);
		s->x[0][i] = svf_low(
		    &tone, grind(last * env + (0.2 + 0.9 * k->hard) * hit, 1.2 + 1.8 * k->hard, 0.25));
	}
	gate(s, t60 * 0.75, t60 * 0.3);
}

static void
low_tom(sound *s, const stroke *k)
{
	tom(s, k, FIS2, 0.50);
}

static void
mid_tom(sound *s, const stroke *k)
{
	tom(s, k, B2, 0.44);
}

static void
high_tom(sound *s, const stroke *k)
{
	tom(s, k, E3, 0.38);
}

/* A sheet of steel: many partials in no scale, the low ones ringing longest. */
static void
plate(sound *s, const stroke *k)
{
	enum { MODES = 110 };
	uint64_t seed = 0x51a6;
	for (int m = 0; m < MODES; m++) {
		const double hz = 420.0 * pow(14500.0 / 420.0, (m + between(&seed, 0.0, 1.0)) / MODES);
		const double bright = pow(hz / 3000.0, 0.05 + 0.35 * k->hard);
		add_partial(s, &(partial){.hz = hz,
					  .t60 = between(&seed, 0.8, 1.2) * 2.0 / (1.0 + hz / 5200.0),
					  .gain = 0.045 * bright * between(&seed, 0.4, 1.0),
					  .phase = between(&seed, 0.0, 1.0),
					  .pan = 0.9 * white(&seed)});
	}
	uint64_t burst = k->seed;
	svf cut[2] = {0}, low[2] = {0};
	for (int c = 0; c < 2; c++) {
		svf_set(&cut[c], 2600.0, 0.7);
		svf_set(&low[c], 600.0, 0.7);
	}
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		for (int c = 0; c < 2; c++) {
			const double w = svf_high(&cut[c], white(&burst));
			const double spray =
			    w * ((0.2 + 0.5 * k->hard) * exp(-t / 0.03) + 0.06 * decay(t, 1.2));
			s->x[c][i] = svf_high(&low[c], grind(s->x[c][i] + spray, 1.2 + 0.9 * k->hard, 0.1));
		}
	}
}

/* A chain laid over a bar: a thin ping that rattles. */
static void
chain(sound *s, const stroke *k)
{
	enum { MODES = 16 };
	uint64_t seed = 0xc4a1;
	for (int m = 0; m < MODES; m++)
		add_partial(s, &(partial){.hz = 2300.0 * pow(4.2, (m + between(&seed, 0.0, 0.9)) / MODES),
					  .t60 = between(&seed, 0.7, 1.5),
					  .gain = (0.05 + 0.03 * k->hard) * between(&seed, 0.3, 1.0),
					  .phase = between(&seed, 0.0, 1.0)});
	uint64_t rattle = k->seed;
	svf band = {0}, cut = {0};
	svf_set(&band, 6800.0, 1.2);
	svf_set(&cut, 1900.0, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double links = 0.6 + 0.4 * sin(2.0 * M_PI * 31.0 * t * (1.0 - 0.2 * t));
		const double noise =
		    svf_band(&band, white(&rattle)) *
		    (0.10 * links * decay(t, 0.8) + (0.1 + 0.5 * k->hard) * exp(-t / 0.0035));
		s->x[0][i] = svf_high(&cut, grind(s->x[0][i] + noise, 1.4, 0.15));
	}
}

/* An anvil: a free bar's partials (1, 2.756, 5.404, 8.933), each a beating pair. */
static void
anvil(sound *s, const stroke *k)
{
	static const double ratio[5] = {1.0, 2.756, 5.404, 8.933, 13.344};
	uint64_t seed = k->seed;
	for (int m = 0; m < 10; m++)
		add_partial(s, &(partial){.hz = 739.99 * ratio[m / 2] * (m & 1 ? 1.006 : 1.0),
					  .t60 = 0.55 / (1.0 + 0.30 * (m / 2)),
					  .gain = (m / 2 == 0 ? 0.20 : 0.10 + 0.16 * k->hard),
					  .phase = between(&seed, 0.0, 1.0)});
	svf cut = {0}, strike = {0};
	svf_set(&cut, 500.0, 0.7);
	svf_set(&strike, 4800.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double hit = svf_band(&strike, white(&seed)) * exp(-t / 0.0018) * (0.3 + 1.2 * k->hard);
		s->x[0][i] = svf_high(&cut, grind(s->x[0][i] + hit, 1.3 + k->hard, 0.2));
	}
}

const kit_recipe slag = {
    "slag",
    "Hard and industrial; kick on F sharp 1, toms on F sharp 2, B2 and E3.",
    {
	[INST_BD] = {kick, 0.60, 1, 3, 1, -5.5, -1,
		     "phase modulation with feedback falling to F#1, ground, over a clean sub; gated"},
	[INST_SD] = {snare, 0.26, 2, 3, 2, -12.0, -1,
		     "seven inharmonic modes, a clang, crushed noise, a hard room; gated"},
	[INST_CP] = {clap, 0.32, 2, 2, 2, -13.8, -1,
		     "five uneven blows of crushed, resonant noise, and the room"},
	[INST_RS] = {rod, 0.14, 1, 2, 1, -17.5, -1, "steel rod: one modulated pair at 2.757, driven"},
	[INST_CH] = {closed_hat, 0.16, 1, 2, 3, -21.5, 1,
		     "shears: ring-modulated squares and noise in 4.5 bits"},
	[INST_OH] = {open_hat, 0.64, 1, 2, 2, -18.5, 1,
		     "steam: the same through a resonance that falls, gated"},
	[INST_LT] = {low_tom, 0.60, 1, 2, 1, -12.5, -1,
		     "drum of F#2 by modulation with feedback at 2.756, ground and gated"},
	[INST_MT] = {mid_tom, 0.52, 1, 2, 1, -12.5, -1, "the same on B2"},
	[INST_HT] = {high_tom, 0.46, 1, 2, 1, -12.5, -1, "the same on E3"},
	[INST_CC] = {plate, 2.00, 2, 2, 1, -15.5, -1,
		     "sheet of steel: 110 partials spread over the stereo field, a spray of noise"},
	[INST_RC] = {chain, 1.50, 1, 2, 1, -20.0, -1, "chain on a bar: sixteen partials and a rattle"},
	[INST_PC] = {anvil, 0.55, 1, 2, 1, -17.0, -1, "anvil: a free bar's five partials in beating pairs"},
    },
};
