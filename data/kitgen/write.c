#include "data/kitgen/write.h"

#include "data/kitgen/master.h"
#include "model/audiofile.h"
#include "model/kit_desc.h"
#include "model/kit_hydrogen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_STRENGTHS = 3 };

/* Hardness of the layers, the velocities at which they begin, and how far each lies under the hardest: the
 * player's own velocity curve does the rest. By number of layers. */
static const struct {
	double hard[MAX_STRENGTHS];
	int from[MAX_STRENGTHS + 1];
	double db[MAX_STRENGTHS];
} strengths[MAX_STRENGTHS] = {
    {{1.0}, {1, 128}, {0.0}},
    {{0.35, 1.0}, {1, 80, 128}, {-2.0, 0.0}},
    {{0.1, 0.55, 1.0}, {1, 48, 100, 128}, {-3.5, -1.5, 0.0}},
};

/* Twenty bits are 120 dB, and pack far smaller than the file's 24. */
static float
rounded(double x)
{
	return (float)(floor(x * 524288.0 + 0.5) / 524288.0);
}

static dr_status
write_sound(const sound *s, const char *path, dr_error *err)
{
	audiofile_writer *w;
	float *data = malloc(s->n * (size_t)s->channels * sizeof *data);
	if (!data)
		return error_set(err, DR_FAILED, "out of memory");
	for (size_t i = 0; i < s->n; i++)
		for (int c = 0; c < s->channels; c++)
			data[i * (size_t)s->channels + (size_t)c] = rounded(s->x[c][i]);
	dr_status status = audiofile_create(path, RATE, s->channels, &w, err);
	if (status == DR_OK) {
		status = audiofile_write(w, data, s->n, err);
		if (status == DR_OK)
			status = audiofile_close(w, err);
		else
			audiofile_discard(w);
	}
	free(data);
	return status;
}

static dr_status
write_take(const recipe *r, int place, int strength, int take, const char *path, dr_error *err)
{
	sound s = sound_new(r->seconds, r->channels);
	const stroke k = {.hard = strengths[r->strengths - 1].hard[strength],
			  .take = take,
			  .seed = rng_hash(0xd5, (uint64_t)place, (uint64_t)(strength * 16 + take))};
	r->strike(&s, &k);
	const double under = master(&s, r->loudness + strengths[r->strengths - 1].db[strength]);
	if (under > 0.05)
		fprintf(stderr, "%s: the ceiling keeps it %.1f dB under its level\n", path, under);
	const dr_status status = write_sound(&s, path, err);
	sound_free(&s);
	return status;
}

static dr_status
write_instrument(const recipe *r, int place, const char *folder, kit_desc *d, dr_error *err)
{
	kit_desc_instrument *in = kit_desc_add_instrument(d);
	if (!in)
		return error_set(err, DR_FAILED, "out of memory");
	snprintf(in->name, sizeof in->name, "%s %s", instrument_name(place), instrument_title(place));
	in->id = place;
	in->note = instrument_note(place);
	in->release = 1000.0f;
	in->mute_group = r->mute_group;
	in->selection = r->takes > 1 ? KIT_SELECT_ROUND_ROBIN : KIT_SELECT_VELOCITY;
	for (int s = 0; s < r->strengths; s++) {
		const int *from = &strengths[r->strengths - 1].from[s];
		for (int t = 0; t < r->takes; t++) {
			kit_desc_layer *l = kit_desc_add_layer(in);
			char file[32], path[4096];
			snprintf(file, sizeof file, "%s-%d%c.flac", instrument_name(place), s + 1, 'a' + t);
			snprintf(path, sizeof path, "%s/%s", folder, file);
			if (!l || !(l->file = strdup(file)))
				return error_set(err, DR_FAILED, "out of memory");
			l->min = s == 0 ? 0.0f : ((float)from[0] - 0.5f) / 127.0f;
			l->max = s == r->strengths - 1 ? 1.0f : ((float)from[1] - 0.5f) / 127.0f;
			const dr_status status = write_take(r, place, s, t, path, err);
			if (status != DR_OK)
				return status;
		}
	}
	return DR_OK;
}

static void
list_files(const kit_desc *d, FILE *list)
{
	fprintf(list, "kit_%sdir = $(pkgdatadir)/kits/%s\ndist_kit_%s_DATA = data/kits/%s/drumkit.xml",
		d->name, d->name, d->name, d->name);
	for (uint32_t i = 0; i < d->n_instruments; i++)
		for (uint32_t l = 0; l < d->instruments[i].n_layers; l++)
			fprintf(list, " \\\n\tdata/kits/%s/%s", d->name, d->instruments[i].layers[l].file);
	fputs("\n", list);
}

dr_status
write_kit(const kit_recipe *whole, const char *dir, FILE *list, dr_error *err)
{
	char folder[2048], path[4096];
	snprintf(folder, sizeof folder, "%s/%s", dir, whole->name);
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return error_set(err, DR_FAILED, "%s: %s", folder, strerror(errno));
	kit_desc *d = kit_desc_new();
	if (!d)
		return error_set(err, DR_FAILED, "out of memory");
	snprintf(d->name, sizeof d->name, "%s", whole->name);
	snprintf(d->author, sizeof d->author, "the Drumlin project");
	snprintf(d->info, sizeof d->info, "%s", whole->info);
	snprintf(d->license, sizeof d->license, "CC0-1.0");
	dr_status status = DR_OK;
	for (int i = 0; i < INSTRUMENTS && status == DR_OK; i++)
		status = write_instrument(&whole->instrument[i], i, folder, d, err);
	snprintf(path, sizeof path, "%s/drumkit.xml", folder);
	if (status == DR_OK)
		status = kit_hydrogen_write(d, path, err);
	list_files(d, list);
	kit_desc_free(d);
	return status;
}
