/* The words of a map file, with their columns. Private to map_*.c. */
#ifndef DRUMLIN_MAP_WORDS_H
#define DRUMLIN_MAP_WORDS_H

#include "osc/map_file.h"

enum { MAP_WORDS = 96, MAP_WORD = 80 };
typedef struct map_word {
	char text[MAP_WORD];
	int column; /* from 1 */
} map_word;

/* A line under way. */
typedef struct map_line {
	map_word word[MAP_WORDS];
	int n, at; /* at: the word that is read next */
	const char *path;
	int number;
	bool faulty; /* said once a line */
	int faults;
	map_say_fn *say;
	void *user;
} map_line;

/* Takes a line apart. */
void map_words(map_line *l, const char *text, size_t size);

/* Says what is wrong at the next word (or the line's end); false, for return. */
bool map_fault(map_line *l, const char *fmt, ...) DR_PRINTF(2, 3);

const char *map_peek(const map_line *l);                  /* "" at the end */
bool map_take(map_line *l, const char *word);             /* that word, if it comes next */
bool map_whole(map_line *l, int low, int high, int *out); /* a whole number, or a fault */
bool map_real(map_line *l, float low, float high, float *out);

/* A control and its channel: "cc 12 channel 3". from, number and channel of b. */
bool map_control(map_line *l, int channel, midi_binding *b);

/* A target with what it needs: "BD/mute", "command fill", "cell BD 1", "page steps next". */
bool map_target(map_line *l, midi_binding *b);

/* What follows a target: range, curve, step, value, jump, pickup. Ends before any other word. */
bool map_options(map_line *l, midi_binding *b);

/* The states of a light, up to the line's end. */
bool map_states(map_line *l, map_light *light);

#endif
