#include "model/kitfile.h"

#include "model/kit_shape.h"
#include "model/kit_source.h"
#include "model/resample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Loading one kit: everything that the steps below share. */
typedef struct loader {
	const kit_load_options *options;
	const kit_source *source;
	kit_warner *warner;
	kit *kit;
	uint64_t done, total; /* bytes of sample files */
} loader;

static void
deinterleave(kit_sample *s, const float *data, int channels)
{
	for (int c = 0; c < channels; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			s->channel[c][i] = data[(size_t)i * (size_t)channels + (size_t)c];
}

static bool
cancelled(const loader *ld)
{
	return ld->options->cancel && atomic_load_explicit(ld->options->cancel, memory_order_relaxed);
}

static uint64_t
file_bytes(const loader *ld, const char *file)
{
	kit_warner quiet = {.where = ""};
	struct stat st;
	char *path = kit_desc_resolve(ld->source->folder, file, &quiet);
	const bool known = path && stat(path, &st) == 0;
	free(path);
	return known ? (uint64_t)st.st_size : 0;
}

static void
tell_progress(loader *ld, const char *file)
{
	if (!ld->options->progress)
		return;
	ld->done += file ? file_bytes(ld, file) : 0;
	ld->options->progress(ld->options->user, ld->done, ld->total);
}

/* One file, cut and enveloped, at the kit's rate; tune is what it is to be higher than its layer, in
 * semitones. A file that is bad is told, and *out is left without data. */
static dr_status
load_sound(loader *ld, const char *file, uint32_t offset, uint32_t end, const kit_desc_envelope *envelope,
	   float tune, audiofile_sound *out, dr_error *err)
{
	out->data = NULL;
	char *path = kit_desc_resolve(ld->source->folder, file, ld->warner);
	if (!path)
		return DR_OK;
	dr_error fault;
	dr_status status = audiofile_decode(path, KIT_MAX_SECONDS, out, &fault);
	const uint32_t rate = ld->options->rate;
	const double played = out->rate * exp2((double)tune / 12.0);
	if (status == DR_OK && (status = shape_trim(out, offset, end, &fault)) == DR_OK) {
		shape_envelope(out, envelope);
		if ((double)out->frames * rate / played > (double)(AUDIOFILE_MAX_BYTES / sizeof(float)))
			status = error_set(&fault, DR_BAD_INPUT, "too long at %u Hz", rate);
		else
			status = resample(&out->data, &out->frames, out->channels, (uint32_t)lrint(played),
					  rate, &fault);
		out->rate = rate;
	}
	free(path);
	tell_progress(ld, file);
	if (status == DR_OK)
		return cancelled(ld) ? error_set(err, DR_CANCELLED, "stopped while loading a kit") : DR_OK;
	free(out->data);
	out->data = NULL;
	if (status == DR_FAILED)
		return error_set(err, status, "%s", fault.text);
	/* The decoder named the whole path, of which the warner names the folder already. */
	const size_t n = strlen(ld->source->folder);
	if (strncmp(fault.text, ld->source->folder, n) == 0 && fault.text[n] == '/')
		kit_warn(ld->warner, "%s", fault.text + n + 1);
	else
		kit_warn(ld->warner, "%s: %s", file, fault.text);
	return DR_OK;
}

/* The layer's own sound with all that sounds with it. */
static dr_status
load_mix(loader *ld, const kit_desc_layer *from, audiofile_sound *out, dr_error *err)
{
	dr_status status =
	    load_sound(ld, from->file, from->offset, from->end, &from->envelope, 0.0f, out, err);
	if (status == DR_OK && out->data && fabsf(from->pan) > 1e-6f)
		status = shape_pan(out, from->pan, err);
	for (uint32_t p = 0; p < from->n_parts && status == DR_OK; p++) {
		const kit_desc_part *part = &from->parts[p];
		audiofile_sound s;
		status = load_sound(ld, part->file, part->offset, part->end, &part->envelope, part->pitch, &s,
				    err);
		if (status == DR_OK && s.data && fabsf(part->pan) > 1e-6f)
			status = shape_pan(&s, part->pan, err);
		if (status == DR_OK && s.data && !out->data) {
			*out = s; /* the first is bad; the rest plays */
			for (size_t i = 0; i < (size_t)s.frames * (size_t)s.channels; i++)
				s.data[i] *= part->gain;
			continue;
		}
		if (status == DR_OK && s.data)
			status = shape_mix(out, &s, part->gain, err);
		free(s.data);
	}
	return status;
}

/* Loads one layer. Only a lack of memory and a stop are errors; whatever is wrong with the files is told. */
static dr_status
load_layer(loader *ld, const kit_desc_instrument *in, const kit_desc_layer *from, dr_error *err)
{
	int lo, hi;
	kit_desc_velocities(from, &lo, &hi);
	if (lo > hi) {
		kit_warn(ld->warner, "%s: no velocity reaches it", from->file ? from->file : "a layer");
		return DR_OK;
	}
	audiofile_sound s = {.data = NULL};
	dr_status status = load_mix(ld, from, &s, err);
	if (status != DR_OK || !s.data) {
		free(s.data);
		return status;
	}
	if (in->filtered)
		shape_filter(&s, in->cutoff, in->resonance);
	const size_t bytes = ((size_t)s.frames + KIT_GUARD) * (size_t)s.channels * sizeof *s.data;
	kit_layer *l;
	if (ld->kit->bytes + bytes > KIT_MAX_BYTES) {
		kit_warn(ld->warner, "%s: left out: a kit may take %zu MiB of memory", from->file,
			 KIT_MAX_BYTES >> 20);
	} else if ((status = kit_add_layer(ld->kit, in->place, s.frames, s.channels, &l, err)) == DR_OK) {
		ld->kit->bytes += bytes;
		deinterleave(&l->sample, s.data, s.channels);
		l->velocity_lo = (uint8_t)lo;
		l->velocity_hi = (uint8_t)hi;
		l->gain = from->gain;
		l->pitch = from->pitch + in->pitch;
	}
	free(s.data);
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
	const float scale = (float)ld->options->rate / 48000.0f;
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
	for (uint32_t l = 0; l < from->n_layers; l++) {
		const dr_status status = load_layer(ld, from, &from->layers[l], err);
		if (status != DR_OK)
			return status;
	}
	return close_gaps(in, err);
}

static dr_status
load_all(loader *ld, const char *path, dr_error *err)
{
	const kit_desc *d = ld->source->desc;
	ld->kit = kit_new(ld->options->rate);
	if (!ld->kit || !(ld->kit->path = strdup(path)))
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	snprintf(ld->kit->name, sizeof ld->kit->name, "%s", d->name);
	for (uint32_t i = 0; ld->options->progress && i < d->n_instruments; i++)
		for (uint32_t l = 0; d->instruments[i].place >= 0 && l < d->instruments[i].n_layers; l++) {
			const kit_desc_layer *layer = &d->instruments[i].layers[l];
			ld->total += file_bytes(ld, layer->file);
			for (uint32_t p = 0; p < layer->n_parts; p++)
				ld->total += file_bytes(ld, layer->parts[p].file);
		}
	tell_progress(ld, NULL);
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
kit_load_with(const char *path, const kit_load_options *o, kit **out, dr_error *err)
{
	kit_warner warner = {.fn = o->warn, .user = o->user, .where = path};
	kit_source source;
	loader ld = {.options = o, .source = &source, .warner = &warner};
	dr_status status = kit_source_open(path, o, &warner, &source, err);
	if (status != DR_OK)
		return status;
	status = load_all(&ld, path, err);
	kit_source_close(&source);
	if (status == DR_OK)
		*out = ld.kit;
	else
		kit_free(ld.kit);
	return status;
}

dr_status
kit_load(const char *path, uint32_t rate, kit_warn_fn *warn, void *user, kit **out, dr_error *err)
{
	return kit_load_with(path, &(kit_load_options){.rate = rate, .warn = warn, .user = user}, out, err);
}
