/* A kit in memory: twelve instruments' samples, ready for the audio thread.
 *
 * A kit is built by the kit loader (model/kitfile.h) or by a test, and is immutable once it has been
 * published to the engine: the audio thread reads it without any synchronisation. Whoever gets it back
 * from the engine as retired frees it. All samples have the kit's rate. */
#ifndef DRUMLIN_KIT_H
#define DRUMLIN_KIT_H

#include "rt/instrument.h"
#include "rt/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KIT_CORNERS = 4, KIT_MAX_LAYERS = 128 };

/* Planar float samples. channel[1] is NULL for mono. Each channel is followed by KIT_GUARD zero frames,
 * so that an interpolator may read past the end. */
enum { KIT_GUARD = 8 };
typedef struct kit_sample {
	float *channel[2];
	uint32_t frames; /* without the guard */
	uint32_t onset;  /* frame of the attack, for aligning corners */
	float loudness;  /* RMS of the loudest 50 ms, linear full scale, for matching corners */
} kit_sample;

typedef struct kit_layer {
	kit_sample sample;
	uint8_t velocity_lo, velocity_hi; /* inclusive, 1..127; overlapping layers alternate */
	float gain;                       /* linear */
	float pitch;                      /* semitones */
} kit_layer;

typedef enum kit_selection { KIT_SELECT_VELOCITY, KIT_SELECT_ROUND_ROBIN, KIT_SELECT_RANDOM } kit_selection;

typedef struct kit_instrument {
	char name[48];
	kit_layer *layers; /* n_layers of them, by rising velocity_lo; NULL if the instrument is silent */
	uint32_t n_layers;
	kit_selection selection;      /* among the layers that match a velocity */
	float gain;                   /* linear */
	float pan;                    /* -1 left .. 1 right */
	int choke_group;              /* hits cut other voices of the same group; -1 none */
	float attack, decay, release; /* frames at the kit's rate; 0 none */
	float sustain;                /* 0..1, 1 where there is no envelope */
} kit_instrument;

typedef struct kit {
	char name[64];
	char *path; /* where it came from; NULL if it was made in memory */
	uint32_t rate;
	kit_instrument instrument[INSTRUMENTS];
	size_t bytes; /* sample memory held */
	atomic_int holders;
} kit;

/* An empty kit (all instruments silent, gains 1, no envelopes); NULL if memory is short. [not audio] */
kit *kit_new(uint32_t rate);

/* Appends a layer with room for frames (+ guard, zeroed) in one or two channels; the caller fills in
 * the data. The pointer is valid until the next layer is added. Errors: DR_FAILED (memory),
 * DR_BAD_INPUT (too many layers, no frames). [not audio] */
dr_status kit_add_layer(kit *k, int instrument, uint32_t frames, int channels, kit_layer **layer,
			dr_error *err) DR_CHECKED;

/* Silences what is no number or beyond all reason (60 dB over full scale), measures onset and loudness of
 * every layer, sorts the layers, counts the bytes. Call once when all samples are in; after it the kit does
 * not change. [not audio] */
void kit_finish(kit *k);

/* Gives the kit one more holder, who frees it too; returns it. [not audio] */
kit *kit_share(kit *k);

/* Lets go of the kit, and frees everything when nobody else holds it; NULL is allowed. [not audio] */
void kit_free(kit *k);

#endif
