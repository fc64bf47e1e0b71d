/* Draws the morph between the shipped kits: spectrograms on a grid of 5 x 5 places, the kits in its corners,
 * for one instrument a picture. kitpictures KITS_FOLDER OUT_PREFIX writes OUT_PREFIX-BD.png and
 * OUT_PREFIX-SD.png. */
#include "model/kit_morph.h"
#include "model/kitfile.h"
#include "model/morph_source.h"

#include <cairo.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, GRID = 5, COLUMNS = 132, ROWS = 96, GAP = 6, TOP = 20, WINDOW = 2048, SHADES = 40 };
static const double lowest = 30.0, highest = 20000.0, floor_db = -75.0;

static void
must(dr_status status, const dr_error *err)
{
	if (status != DR_OK) {
		fprintf(stderr, "kitpictures: %s\n", err->text);
		exit(status_exit_code(status));
	}
}

static void
say(void *user, const char *line)
{
	(void)user;
	fprintf(stderr, "%s\n", line);
}

/* Power of the row's frequencies around a frame, into power[0..ROWS), from the top down. */
static void
take_column(const kit_sample *s, double at, double power[ROWS])
{
	float *x = morph_fft_buffer(WINDOW);
	float complex *bins = (float complex *)morph_fft_buffer(WINDOW + 2);
	if (!x || !bins)
		abort();
	memset(power, 0, ROWS * sizeof *power);
	for (int c = 0; c < 2 && s->channel[c]; c++) {
		for (int i = 0; i < WINDOW; i++) {
			const double frame = at + i - WINDOW / 2;
			const bool inside = frame >= 0.0 && frame < s->frames;
			x[i] = inside ? s->channel[c][(uint32_t)frame] *
					    (float)(0.5 - 0.5 * cos(2.0 * M_PI * i / WINDOW))
				      : 0.0f;
		}
		morph_fft_forward(WINDOW, x, bins);
		for (int r = 0; r < ROWS; r++) {
			const double hz = highest * pow(lowest / highest, (r + 0.5) / ROWS);
			const double bin = hz * WINDOW / RATE;
			const int k = (int)bin;
			const double f = bin - k;
			for (int n = 0; n < 2; n++) {
				const double re = (double)crealf(bins[k + n]),
					     im = (double)cimagf(bins[k + n]);
				power[r] += (n ? f : 1.0 - f) * (re * re + im * im);
			}
		}
	}
	morph_fft_buffer_free(x);
	morph_fft_buffer_free(bins);
}

static void
draw_sound(cairo_t *c, const kit_sample *s, double seconds, double left, double top)
{
	static double power[COLUMNS][ROWS];
	double most = 1e-30;
	for (int x = 0; x < COLUMNS; x++) {
		take_column(s, x * seconds * RATE / COLUMNS, power[x]);
		for (int r = 0; r < ROWS; r++)
			most = fmax(most, power[x][r]);
	}
	for (int x = 0; x < COLUMNS; x++)
		for (int r = 0; r < ROWS; r++) {
			const double db = 10.0 * log10(power[x][r] / most + 1e-12);
			const double v = floor(SHADES * fmax(0.0, 1.0 - db / floor_db)) / SHADES;
			/* From black through violet and red to yellow. */
			cairo_set_source_rgb(c, fmin(1.0, 1.6 * v), fmax(0.0, 1.5 * v - 0.6),
					     0.55 * sin(M_PI * fmin(1.0, 1.5 * v)));
			cairo_rectangle(c, left + x, top + r, 1.0, 1.0);
			cairo_fill(c);
		}
}

static void
put_text(cairo_t *c, const char *text, double x, double y, bool right)
{
	cairo_text_extents_t size;
	cairo_text_extents(c, text, &size);
	cairo_set_source_rgb(c, 0.8, 0.8, 0.8);
	cairo_move_to(c, right ? x - size.x_advance : x, y);
	cairo_show_text(c, text);
}

static void
draw_grid(kit_morph *m, kit *const corner[KIT_CORNERS], int instrument, double seconds, const char *path)
{
	const int width = GRID * (COLUMNS + GAP) + GAP, height = GRID * (ROWS + GAP) + GAP + 2 * TOP;
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	cairo_t *c = cairo_create(surface);
	cairo_set_antialias(c, CAIRO_ANTIALIAS_NONE);
	cairo_set_source_rgb(c, 0.12, 0.12, 0.13);
	cairo_paint(c);
	for (int y = 0; y < GRID; y++)
		for (int x = 0; x < GRID; x++) {
			float weight[KIT_CORNERS];
			dr_error err;
			kit *k = kit_new(RATE);
			if (!k)
				abort();
			kit_set_weights(KIT_CORNERS, (float)x / (GRID - 1), (float)y / (GRID - 1), weight);
			must(kit_morph_into(m, instrument, weight, k, &err), &err);
			const kit_instrument *in = &k->instrument[instrument];
			draw_sound(c, &in->layers[in->n_layers - 1].sample, seconds,
				   GAP + x * (COLUMNS + GAP), TOP + GAP + y * (ROWS + GAP));
			kit_free(k);
		}
	cairo_set_font_size(c, 13.0);
	for (int i = 0; i < KIT_CORNERS; i++)
		put_text(c, corner[i]->name, i % 2 ? width - GAP : GAP, i / 2 ? height - 6 : TOP - 2, i % 2);
	if (cairo_surface_write_to_png(surface, path) != CAIRO_STATUS_SUCCESS) {
		fprintf(stderr, "%s: cannot be written\n", path);
		exit(1);
	}
	cairo_destroy(c);
	cairo_surface_destroy(surface);
}

/* The folder's kits by name; where there are fewer than four, the first ones again. */
static void
load_corners(const char *folder, kit *corner[KIT_CORNERS])
{
	struct dirent **names;
	dr_error err;
	const int found = scandir(folder, &names, NULL, alphasort);
	int n = 0;
	for (int i = 0; i < found; i++) {
		char path[4096];
		FILE *f;
		snprintf(path, sizeof path, "%s/%s/drumkit.xml", folder, names[i]->d_name);
		if (n < KIT_CORNERS && (f = fopen(path, "r"))) {
			fclose(f);
			must(kit_load(path, RATE, say, NULL, &corner[n++], &err), &err);
		}
		free(names[i]);
	}
	if (n == 0) {
		fprintf(stderr, "%s: no kits\n", folder);
		exit(3);
	}
	free(names);
	for (int i = n; i < KIT_CORNERS; i++)
		corner[i] = kit_share(corner[n > i - n ? n - 1 - (i - n) : 0]);
}

int
main(int argc, char **argv)
{
	static const struct {
		int instrument;
		double seconds;
	} pictures[] = {{INST_BD, 0.4}, {INST_SD, 0.25}};
	kit *corner[KIT_CORNERS];
	kit_morph *m;
	dr_error err;
	bool done = false;
	if (argc != 3) {
		fputs("usage: kitpictures KITS_FOLDER OUT_PREFIX\n", stderr);
		return 2;
	}
	load_corners(argv[1], corner);
	must(kit_morph_new(corner, KIT_CORNERS, &m, &err), &err);
	while (!done)
		must(kit_morph_prepare(m, &done, &err), &err);
	for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s-%s.png", argv[2], instrument_name(pictures[i].instrument));
		draw_grid(m, corner, pictures[i].instrument, pictures[i].seconds, path);
	}
	kit_morph_free(m);
	for (int i = 0; i < KIT_CORNERS; i++)
		kit_free(corner[i]);
	return 0;
}
