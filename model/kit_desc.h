/* What a kit's file says, before any sample is read: the form that every kit format is parsed into, and
 * from which kitfile.c loads. A new format brings a reader that fills in one of these.
 *
 * A description belongs to whoever asked for it. Blocking code only; never the audio thread. */
#ifndef DRUMLIN_KIT_DESC_H
#define DRUMLIN_KIT_DESC_H

#include "model/kitfile.h"

enum { KIT_DESC_MAX_INSTRUMENTS = 1000 };

/* Shape given to a sample when it is loaded; seconds, sustain 0..1. There is no release: drums are let ring.
 */
typedef struct kit_desc_envelope {
	float attack, hold, decay, sustain;
} kit_desc_envelope;

/* A sound that belongs to a layer and starts with it: another microphone's, say. */
typedef struct kit_desc_part {
	char *file;
	float gain, pitch; /* linear and semitones, on top of the layer's own */
	float pan;         /* its own */
	uint32_t offset, end;
	kit_desc_envelope envelope;
} kit_desc_part;

typedef struct kit_desc_layer {
	char *file;     /* as the kit names it, relative to its folder */
	float min, max; /* velocity, 0..1: from min up to, not including, max (1 is included) */
	float gain;     /* linear */
	float pitch;    /* semitones */
	float pan;      /* -1 left .. 1 right, on top of the instrument's */
	uint32_t offset,
	    end; /* frames of the file that count: from offset to before end; end 0: to its end */
	kit_desc_envelope envelope;
	kit_desc_part *parts; /* n_parts of them are mixed into the layer's own sound */
	uint32_t n_parts;
} kit_desc_layer;

/* Why an instrument plays where it does. */
typedef enum kit_evidence {
	KIT_BY_NOTHING,
	KIT_BY_EAR,   /* its sound */
	KIT_BY_NOTE,  /* its MIDI note */
	KIT_BY_PEDAL, /* where it lies in a hi-hat pressure group */
	KIT_BY_NAME,  /* its own name, its type, its file's or its folder's */
	KIT_BY_MAP    /* a kit map says so */
} kit_evidence;

typedef struct kit_desc_instrument {
	char name[48];
	char type[48]; /* what the kit says it is, "Kick"; empty if it says nothing */
	int id;
	int note; /* General MIDI percussion; -1 where the kit does not say */
	float volume, gain;
	float pan;                    /* -1 left .. 1 right */
	float pan_left, pan_right;    /* older kits; -1 where absent */
	float pitch;                  /* semitones, on top of the layers' own */
	float attack, decay, release; /* frames at 48 kHz */
	float sustain;
	int mute_group; /* -1 none */
	bool muted, filtered, stop_note;
	float cutoff, resonance; /* of the filter, 0..1 as Hydrogen has them */
	int hat_group, pedal_lo,
	    pedal_hi; /* hi-hat pressure: group (-1 none), pedal from 0 open to 127 closed */
	kit_selection selection;
	kit_desc_layer *layers;
	uint32_t n_layers;
	int place;        /* which of the twelve it plays, -1 none; set by kit_place() */
	kit_evidence why; /* and on what evidence */
	float sure;       /* 0..1 */
	int wants; /* where the evidence puts it, though another may have taken the place; -1 unknown */
} kit_desc_instrument;

typedef struct kit_desc {
	char name[64], author[64], info[512], license[64];
	const char *format; /* "Hydrogen", "SFZ" or "folder"; static */
	kit_desc_instrument *instruments;
	uint32_t n_instruments;
} kit_desc;

/* An empty description; NULL if memory is short. kit_desc_free(NULL) is allowed. */
kit_desc *kit_desc_new(void);
void kit_desc_free(kit_desc *d);

/* Appends an instrument (volume and gains 1, no envelope, id and note -1) or a layer (all velocities) in its
 * default state; NULL if memory is short. Pointers are valid until the next one is added. */
kit_desc_instrument *kit_desc_add_instrument(kit_desc *d);
kit_desc_layer *kit_desc_add_layer(kit_desc_instrument *in);

/* Takes away every layer from the first-th on, or the last instrument. */
void kit_desc_drop_layers(kit_desc_instrument *in, uint32_t first);
void kit_desc_drop_last(kit_desc *d);

/* Sets the layer's velocities to lo..hi (1..127, inclusive). */
void kit_desc_set_velocities(kit_desc_layer *l, int lo, int hi);

/* Velocities 1..127 that a layer answers to; lo > hi if it answers to none. */
void kit_desc_velocities(const kit_desc_layer *l, int *lo, int *hi);

/* Whom to tell what, and how often it was told: a broken kit may have thousands of faults, and a
 * performer reads the first few. fn may be NULL. */
typedef struct kit_warner {
	kit_warn_fn *fn;
	void *user;
	const char *where; /* put before each line */
	int count;
} kit_warner;
void kit_warn(kit_warner *w, const char *fmt, ...) DR_PRINTF(2, 3);

/* The real path, malloc'd, of a layer's file, which must exist and lie inside folder (itself a real path),
 * links included. NULL with the fault told if it does not. */
char *kit_desc_resolve(const char *folder, const char *file, kit_warner *warner);

#endif
