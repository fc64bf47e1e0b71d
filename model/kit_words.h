/* What the names of drum samples say, in the many spellings of sample packs. Pure; any thread. */
#ifndef DRUMLIN_KIT_WORDS_H
#define DRUMLIN_KIT_WORDS_H

#include "rt/instrument.h"

/* Beyond the twelve: words that leave open which of several it is, and words of what is no single stroke. */
enum {
	WORDS_NOTHING = -1,
	WORDS_TOM = INSTRUMENTS, /* low, mid or high is not said */
	WORDS_HAT,               /* closed or open is not said */
	WORDS_CYMBAL,            /* crash or ride is not said */
	WORDS_DRUM,              /* some drum */
	WORDS_NO_DRUM            /* a loop, a bass line, a voice */
};

typedef struct kit_words {
	int what;         /* one of the twelve or of the above */
	float sure;       /* 0..1; 0 where what is WORDS_NOTHING */
	int velocity;     /* 1-based rank of the velocity layer that the name gives; 0 none */
	int take;         /* number of the take that the name gives, from 0; -1 none */
	int takes_marked; /* 1: the take is marked as one ("rr2"), 0: it is a bare number */
	char stem[96];    /* the name without those two, lower case, words apart by one space */
} kit_words;

/* Reads a path: its last part, without an audio file's ending, counts most, and the folders before it where
 * that says nothing. */
void kit_words_read_path(const char *path, kit_words *w);

/* Reads a name, in which a slash is no folder. */
void kit_words_read_name(const char *name, kit_words *w);

#endif
