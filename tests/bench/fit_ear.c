/* Fits the ear's model (model/kit_ear_model.h) on kits whose instruments' names say what they are, and tells
 * how often it is right about kits that it was not fitted on: each kit in turn is left out.
 *
 * fit_ear KIT... prints the accuracy and the confusions; fit_ear -o FILE KIT... also writes the model. */
#include "model/audiofile.h"
#include "model/kit_ear.h"
#include "model/kit_place.h"
#include "model/kit_source.h"
#include "model/kit_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EXAMPLES = 8192, MAX_KITS = 256, ROUNDS = 800 };
static const double rate = 0.5, ridge = 2e-2;

typedef struct example {
	int of_kit, instrument, label; /* instrument counts within the kit */
	ear_figures figures;
	float in[EAR_INPUTS];
	double weight;
} example;

static example examples[MAX_EXAMPLES];
static int n_examples;
static float mean[EAR_FIGURES], spread[EAR_FIGURES], weights[INSTRUMENTS][EAR_INPUTS];

static int
label_of(const kit_desc *d, const kit_desc_instrument *in)
{
	float sure;
	kit_words w;
	if (strcmp(d->format, "folder") != 0) {
		const int place = kit_place_of_name(in->name, &sure);
		return sure >= 0.8f ? place : -1;
	}
	kit_words_read_path(in->layers[0].file, &w);
	return w.sure >= 0.8f && w.what < INSTRUMENTS ? w.what : -1;
}

static void
add_layers(int of_kit, int instrument, int label, const char *folder, const kit_desc_instrument *in)
{
	kit_warner quiet = {.where = folder};
	const int before = n_examples;
	for (uint32_t l = 0; l < in->n_layers && n_examples < MAX_EXAMPLES; l++) {
		audiofile_sound s;
		char *path = kit_desc_resolve(folder, in->layers[l].file, &quiet);
		if (path && audiofile_decode(path, 20.0, &s, NULL) == DR_OK) {
			example *e = &examples[n_examples];
			*e = (example){.of_kit = of_kit, .instrument = instrument, .label = label};
			n_examples += ear_measure(s.data, s.frames, s.channels, s.rate, &e->figures);
			free(s.data);
		}
		free(path);
	}
	/* An instrument counts once, however many layers it has. */
	for (int i = before; i < n_examples; i++)
		examples[i].weight = 1.0 / (n_examples - before);
}

static void
collect(int of_kit, const char *path)
{
	kit_warner quiet = {.where = path};
	kit_source s;
	dr_error err;
	if (kit_source_open(path, &(kit_load_options){.rate = 48000}, &quiet, &s, &err) != DR_OK) {
		fprintf(stderr, "%s\n", err.text);
		return;
	}
	const int before = n_examples;
	for (uint32_t i = 0; i < s.desc->n_instruments; i++) {
		const kit_desc_instrument *in = &s.desc->instruments[i];
		const int label = in->n_layers ? label_of(s.desc, in) : -1;
		if (label >= 0)
			add_layers(of_kit, (int)i, label, s.folder, in);
	}
	printf("%5d samples  %s\n", n_examples - before, path);
	kit_source_close(&s);
}

static void
measure_spread(int without)
{
	for (int f = 0; f < EAR_FIGURES; f++) {
		double sum = 0.0, squares = 0.0, count = 1e-9;
		for (int i = 0; i < n_examples; i++) {
			const double x = (double)examples[i].figures.at[f];
			if (examples[i].of_kit == without)
				continue;
			sum += examples[i].weight * x;
			squares += examples[i].weight * x * x;
			count += examples[i].weight;
		}
		mean[f] = (float)(sum / count);
		spread[f] = (float)fmax(1e-3, sqrt(fmax(0.0, squares / count - sum / count * sum / count)));
	}
	for (int i = 0; i < n_examples; i++)
		ear_inputs(&examples[i].figures, mean, spread, examples[i].in);
}

/* Steepest descent with momentum on the cross entropy, every place counting alike, with a ridge. */
static void
fit(int without)
{
	static double velocity[INSTRUMENTS][EAR_INPUTS];
	double of_place[INSTRUMENTS] = {0.0};
	memset(velocity, 0, sizeof velocity);
	memset(weights, 0, sizeof weights);
	measure_spread(without);
	for (int i = 0; i < n_examples; i++)
		if (examples[i].of_kit != without)
			of_place[examples[i].label] += examples[i].weight;
	for (int round = 0; round < ROUNDS; round++) {
		double gradient[INSTRUMENTS][EAR_INPUTS] = {{0.0}};
		for (int i = 0; i < n_examples; i++) {
			const example *e = &examples[i];
			float p[INSTRUMENTS];
			if (e->of_kit == without)
				continue;
			ear_softmax((const float(*)[EAR_INPUTS])weights, e->in, p);
			const double w = e->weight / sqrt(of_place[e->label]) / 30.0;
			for (int c = 0; c < INSTRUMENTS; c++)
				for (int k = 0; k < EAR_INPUTS; k++)
					gradient[c][k] +=
					    w * ((double)p[c] - (c == e->label)) * (double)e->in[k];
		}
		for (int c = 0; c < INSTRUMENTS; c++)
			for (int k = 0; k < EAR_INPUTS; k++) {
				if (k < EAR_INPUTS - 1)
					gradient[c][k] += ridge * (double)weights[c][k];
				velocity[c][k] = 0.9 * velocity[c][k] - rate * 0.1 * gradient[c][k];
				weights[c][k] += (float)velocity[c][k];
			}
	}
}

static int
family(int place)
{
	static const int families[INSTRUMENTS] = {0, 1, 2, 3, 4, 5, 6, 6, 6, 7, 7, 8};
	return families[place];
}

typedef struct score {
	double right, family_right, second_right, sure_right, sure, all;
	double confused[INSTRUMENTS][INSTRUMENTS];
} score;

/* Each instrument counts once: its layers' probabilities together. */
static void
judge(int of_kit, score *out)
{
	for (int i = 0; i < n_examples;) {
		int n = 0;
		double p[INSTRUMENTS] = {0.0};
		for (; i + n < n_examples && examples[i + n].of_kit == examples[i].of_kit &&
		       examples[i + n].instrument == examples[i].instrument;
		     n++) {
			float one[INSTRUMENTS];
			ear_softmax((const float(*)[EAR_INPUTS])weights, examples[i + n].in, one);
			for (int c = 0; c < INSTRUMENTS; c++)
				p[c] += (double)one[c];
		}
		int best = 0, second = -1;
		for (int c = 1; c < INSTRUMENTS; c++)
			best = p[c] > p[best] ? c : best;
		for (int c = 0; c < INSTRUMENTS; c++)
			if (c != best && (second < 0 || p[c] > p[second]))
				second = c;
		const int label = examples[i].label;
		if (examples[i].of_kit == of_kit) {
			out->all++;
			out->right += best == label;
			out->family_right += family(best) == family(label);
			out->second_right += best == label || second == label;
			out->confused[label][best]++;
			if (p[best] / n >= 0.4) {
				out->sure++;
				out->sure_right += best == label;
			}
		}
		i += n;
	}
}

static void
print_score(const score *s)
{
	printf("\nleave one kit out: %.0f instruments; right %.1f %%; first or second guess %.1f %%; right "
	       "but for which "
	       "tom or cymbal %.1f %%; where 40 %% sure or more (%.0f of them) %.1f %%\n\n",
	       s->all, 100.0 * s->right / s->all, 100.0 * s->second_right / s->all,
	       100.0 * s->family_right / s->all, s->sure, 100.0 * s->sure_right / fmax(1.0, s->sure));
	printf("is \\ taken for");
	for (int c = 0; c < INSTRUMENTS; c++)
		printf("  %s", instrument_name(c));
	putchar('\n');
	for (int r = 0; r < INSTRUMENTS; r++) {
		printf("%14s", instrument_name(r));
		for (int c = 0; c < INSTRUMENTS; c++)
			printf("%4.0f", s->confused[r][c]);
		putchar('\n');
	}
}

static void
write_row(FILE *f, const float *x, int n)
{
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%.4ff", i == 0 ? "" : i % 10 ? ", " : ",\n     ", (double)x[i]);
}

static int
write_model(const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f) {
		perror(path);
		return 1;
	}
	fputs("/* Written by tests/bench/fit_ear.c: the ear's numbers (kit_ear.h). */\n"
	      "#ifndef DRUMLIN_KIT_EAR_MODEL_H\n#define DRUMLIN_KIT_EAR_MODEL_H\n\n"
	      "#include \"model/kit_ear.h\"\n\n/* clang-format off */\n"
	      "static const float ear_mean[EAR_FIGURES] = {\n     ",
	      f);
	write_row(f, mean, EAR_FIGURES);
	fputs("};\nstatic const float ear_spread[EAR_FIGURES] = {\n     ", f);
	write_row(f, spread, EAR_FIGURES);
	fputs("};\nstatic const float ear_weights[INSTRUMENTS][EAR_INPUTS] = {\n", f);
	for (int c = 0; c < INSTRUMENTS; c++) {
		fprintf(f, "    {/* %s */\n     ", instrument_name(c));
		write_row(f, weights[c], EAR_INPUTS);
		fputs("},\n", f);
	}
	fputs("};\n/* clang-format on */\n\n#endif\n", f);
	return fclose(f) != 0;
}

int
main(int argc, char **argv)
{
	const char *out = NULL;
	int kits = 0;
	static score s;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
			out = argv[++i];
		else
			collect(kits++, argv[i]);
	}
	if (!n_examples) {
		fputs("fit_ear: no kits whose names say what is in them\n", stderr);
		return 1;
	}
	for (int k = 0; k < kits; k++) {
		fit(k);
		judge(k, &s);
	}
	print_score(&s);
	fit(-1);
	return out ? write_model(out) : 0;
}
