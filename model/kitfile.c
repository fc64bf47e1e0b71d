#include "model/kitfile.h"

#include "model/audiofile.h"
#include "model/kit_desc.h"
#include "model/kit_hydrogen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Loading one kit: everything that the steps below share. */
typedef struct loader {
	char *folder; /* real path of the kit's folder */
	uint32_t rate;
	kit_warner *warner;
	kit *kit;
} loader;

char *
kit_desc_resolve(const char *folder, const char *file, kit_warner *warner)
{
	if (!file || !*file) {
		kit_warn(warner, "a layer names no file");
		return NULL;
	}
	char joined[PATH_MAX];
	if ((size_t)snprintf(joined, sizeof joined, "%s/%s", folder, file) >= sizeof joined) {
		kit_warn(warner, "%.80s...: the name is too long", file);
		return NULL;
	}
	const bool climbs = file[0] == '/' || strncmp(file, "../", 3) == 0 || strstr(file, "/../") != NULL;
	char *real = climbs ? NULL : realpath(joined, NULL);
	if (!real && !climbs) {
		kit_warn(warner, "%s: %s", file, strerror(errno));
		return NULL;
	}
	const size_t n = strlen(folder);
	if (climbs || strncmp(real, folder, n) != 0 || (real[n] != '/' && n > 1)) {
		kit_warn(warner, "%s: lies outside the kit's folder, and is not read", file);
		free(real);
		return NULL;
	}
	return real;
}

static void
deinterleave(kit_sample *s, const float *data, int channels)
{
	for (int c = 0; c < channels; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			s->channel[c][i] = data[(size_t)i * (size_t)channels + (size_t)c];
}

/* Loads one layer. Only a lack of memory is an error; whatever is wrong with the file is told. */
static dr_status
load_layer(loader *ld, int place, const kit_desc_layer *from, float pitch, dr_error *err)
{
	int lo, hi;
	kit_desc_velocities(from, &lo, &hi);
	if (lo > hi) {
		kit_warn(ld->warner, "%s: no velocity reaches it", from->file ? from->file : "a layer");
		return DR_OK;
	}
	char *path = kit_desc_resolve(ld->folder, from->file, ld->warner);
	if (!path)
		return DR_OK;
	float *data;
	uint32_t frames;
	int channels;
	dr_error fault;
	dr_status status = audiofile_read(path, ld->rate, KIT_MAX_SECONDS, &data, &frames, &channels, &fault);
	free(path);
	if (status == DR_FAILED)
		return error_set(err, status, "%s", fault.text);
	if (status != DR_OK) {
		/* The warner names the folder already. */
		const size_t n = strlen(ld->folder);
		const bool inside = strncmp(fault.text, ld->folder, n) == 0 && fault.text[n] == '/';
		kit_warn(ld->warner, "%s", fault.text + (inside ? n + 1 : 0));
		return DR_OK;
	}
	const size_t bytes = ((size_t)frames + KIT_GUARD) * (size_t)channels * sizeof *data;
	kit_layer *l;
	if (ld->kit->bytes + bytes > KIT_MAX_BYTES) {
		kit_warn(ld->warner, "%s: left out: a kit may take %zu MiB of memory", from->file,
			 KIT_MAX_BYTES >> 20);
	} else if ((status = kit_add_layer(ld->kit, place, frames, channels, &l, err)) == DR_OK) {
		ld->kit->bytes += bytes;
		deinterleave(&l->sample, data, channels);
		l->velocity_lo = (uint8_t)lo;
		l->velocity_hi = (uint8_t)hi;
		l->gain = from->gain;
		l->pitch = from->pitch + pitch;
	}
	free(data);
	return status;
}

/* How far a velocity lies from what a layer answers to; below counts as nearer, so that no two are equal. */
static int
distance(const kit_layer *l, int v)
{
	if (v < l->velocity_lo)
		return 2 * (l->velocity_lo - v) + 1;
	return v > l->velocity_hi ? 2 * (v - l->velocity_hi) : 0;
}

/* Where a velocity has no layer (its file is missing, or the kit left a hole), the nearest ones take it. */
static dr_status
close_gaps(kit_instrument *in, dr_error *err)
{
	if (in->n_layers == 0)
		return DR_OK;
	const size_t size = in->n_layers * sizeof *in->layers;
	kit_layer *as_loaded = malloc(size);
	if (!as_loaded)
		return error_set(err, DR_FAILED, "out of memory for kit layers");
	memcpy(as_loaded, in->layers, size);
	for (int v = 1; v <= 127; v++) {
		int nearest = 255;
		for (uint32_t l = 0; l < in->n_layers; l++)
			if (distance(&as_loaded[l], v) < nearest)
				nearest = distance(&as_loaded[l], v);
		for (uint32_t l = 0; l < in->n_layers && nearest > 0; l++) {
			if (distance(&as_loaded[l], v) != nearest)
				continue;
			if (v < in->layers[l].velocity_lo)
				in->layers[l].velocity_lo = (uint8_t)v;
			if (v > in->layers[l].velocity_hi)
				in->layers[l].velocity_hi = (uint8_t)v;
		}
	}
	free(as_loaded);
	return DR_OK;
}

static dr_status
load_instrument(loader *ld, const kit_desc_instrument *from, dr_error *err)
{
	kit_instrument *in = &ld->kit->instrument[from->place];
	const float scale = (float)ld->rate / 48000.0f;
	snprintf(in->name, sizeof in->name, "%s", from->name);
	in->selection = from->selection;
	in->gain = from->muted ? 0.0f : from->volume * from->gain;
	in->pan = from->pan;
	in->choke_group = from->mute_group;
	in->attack = from->attack * scale;
	in->decay = from->decay * scale;
	in->sustain = from->sustain;
	in->release = from->release * scale;
	if (from->muted)
		kit_warn(ld->warner, "instrument '%s' is muted in the kit", from->name);
	if (from->filtered)
		kit_warn(ld->warner, "instrument '%s': its filter is not used", from->name);
	for (uint32_t l = 0; l < from->n_layers; l++) {
		const dr_status status = load_layer(ld, from->place, &from->layers[l], from->pitch, err);
		if (status != DR_OK)
			return status;
	}
	return close_gaps(in, err);
}

static dr_status
load_desc(loader *ld, const kit_desc *d, const char *path, dr_error *err)
{
	ld->kit = kit_new(ld->rate);
	if (!ld->kit || !(ld->kit->path = strdup(path)))
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	snprintf(ld->kit->name, sizeof ld->kit->name, "%s", d->name);
	uint32_t layers = 0;
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		if (d->instruments[i].place < 0)
			continue;
		const dr_status status = load_instrument(ld, &d->instruments[i], err);
		if (status != DR_OK)
			return status;
		layers += ld->kit->instrument[d->instruments[i].place].n_layers;
	}
	if (layers == 0)
		return error_set(err, DR_BAD_INPUT, "%s: none of its samples can be played", path);
	kit_finish(ld->kit);
	return DR_OK;
}

dr_status
kit_desc_read(const char *path, kit_warner *warner, kit_desc **out, char **folder, dr_error *err)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
	char document[PATH_MAX];
	const char *ending = S_ISDIR(st.st_mode) ? "/drumkit.xml" : "";
	if ((size_t)snprintf(document, sizeof document, "%s%s", path, ending) >= sizeof document)
		return error_set(err, DR_BAD_INPUT, "%s: the name is too long", path);
	dr_status status = kit_hydrogen_read(document, warner, out, err);
	if (status != DR_OK)
		return status;
	kit_desc_place(*out);
	char *slash = strrchr(document, '/');
	if (slash)
		slash[slash == document] = '\0';
	*folder = realpath(slash ? document : ".", NULL);
	if (!*folder) {
		status = error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
		kit_desc_free(*out);
	}
	return status;
}

dr_status
kit_load(const char *path, uint32_t rate, kit_warn_fn *warn, void *user, kit **out, dr_error *err)
{
	kit_warner warner = {.fn = warn, .user = user, .where = path};
	loader ld = {.rate = rate, .warner = &warner};
	kit_desc *d;
	dr_status status = kit_desc_read(path, &warner, &d, &ld.folder, err);
	if (status != DR_OK)
		return status;
	status = load_desc(&ld, d, path, err);
	kit_desc_free(d);
	free(ld.folder);
	if (status == DR_OK)
		*out = ld.kit;
	else
		kit_free(ld.kit);
	return status;
}
